import type { LoadConfig } from '../src/config/load-options.js';
import type { WireError } from '../src/errors.js';
import type { Acquisition } from '../src/kosh/transact.js';
import type { Chunk, Reject } from '../src/sources/source.js';

/** What a worker is given when its thread starts. Plain data. */
export interface WorkerSetup {
  readonly config: LoadConfig;
  /** Whose user record becomes the `creator` of what is generated. */
  readonly user: string;
  /** Of the {@link SharedState}. */
  readonly memory: SharedArrayBuffer;
}

export interface Counts {
  records: number;
  relationships: number;
}

/** What became of a chunk. Read = inserted + rejected; what is to be planned again counts in neither. */
export interface ChunkResult {
  readonly inserted: Counts;
  readonly rejected: Counts;
  readonly ensembles: number;
  readonly datasets: number;
  readonly rejects: readonly Reject[];
  /** The thread that processed it, by its id in the process. */
  readonly worker: number;
  readonly acquisitions: readonly Acquisition[];
  /** Units that only lack a record which another unit may still bring. */
  readonly again: readonly Chunk[];
}

/** A task for a worker. `final`: a unit that lacks a record is refused, not planned again. */
export interface ChunkTask {
  readonly chunk: Chunk;
  readonly final: boolean;
}

/** Never an exception: an Error thrown in a worker loses its class and code on the way. */
export type TaskReply = { readonly ok: true; readonly result: ChunkResult } | { readonly ok: false; readonly error: WireError };
