/** What a peer is told to do; it answers each with an {@link Answer}. */
export type Order =
  /** Begins a write transaction on a SQLite file, waiting `patienceMs` for another one's. */
  | { readonly kind: 'take SQLite lock'; readonly path: string; readonly patienceMs: number }
  /** Takes RFileLock's lock. */
  | { readonly kind: 'take file lock'; readonly path: string; readonly patienceMs: number }
  | { readonly kind: 'let go' }
  /** Reads what a SQLite file holds; `isWhole`: every page of it. */
  | { readonly kind: 'read'; readonly path: string; readonly isWhole: boolean };

/** What a SQLite file holds. */
export interface Contents {
  readonly tables: readonly string[];
  /** As a store; else why it is none. */
  readonly schema: 'none' | 'sina' | { readonly refused: string };
  readonly hasStoreInfo: boolean;
  /** Own lines of loads that have not come to their end. */
  readonly unfinished: readonly string[];
  /** What `quick_check` says, `ok` alone when all is well; undefined when it was not asked. */
  readonly integrity: readonly string[] | undefined;
}

export type Answer =
  | { readonly kind: 'done'; readonly contents?: Contents }
  /** Somebody else has it. */
  | { readonly kind: 'busy' }
  /** `said`: code and message. */
  | { readonly kind: 'failed'; readonly said: string; readonly code: string };
