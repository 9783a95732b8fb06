import type { InsertName, Relationship, SqlValue } from '../records/types.js';

export type Awaitable<T> = T | Promise<T>;

/** A stored record as it is read back. */
export interface StoredRecord {
  readonly id: string;
  readonly type: string;
  readonly raw: string;
}

/** What the work of a transaction can do. Valid only while that work runs. */
export interface Transaction {
  /** Inserts rows: the values of `name`'s columns, row after row. A key that is there already fails with {@link RowConflict} and ends the transaction. */
  insert(name: InsertName, values: readonly SqlValue[]): Awaitable<void>;
  /** Inserts the rows that were staged, all of them. Fails as `insert` does. */
  insertStaged(): Awaitable<void>;
  /** Those of the ids that the store has. */
  existingIds(ids: readonly string[]): Awaitable<Set<string>>;
  /** The records with these ids, by id; an id that is not there has no entry. */
  records(ids: readonly string[]): Awaitable<Map<string, StoredRecord>>;
  /** Relationships inserted by this transaction whose subject or object is not in the store; the first few. */
  danglingRelationships(): Awaitable<Relationship[]>;
  /** Runs `work`; when it throws, what it has written is undone and the transaction goes on. */
  savepoint<T>(work: () => Awaitable<T>): Awaitable<T>;
}

/** Hooks into a transaction. */
export interface TransactionHooks {
  /** Called once the write lock of the engine is held. */
  readonly onBegin?: (() => void) | undefined;
  /** Called right before COMMIT. What it throws rolls back. */
  readonly beforeCommit?: (() => void) | undefined;
}

/** One connection to one store. A transaction is one call: begun for writing, committed when `work` returns, rolled back when it throws. */
export interface Connection {
  transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks?: TransactionHooks): Promise<T>;
  /** The records with these ids, read outside a transaction. */
  records(ids: readonly string[]): Awaitable<Map<string, StoredRecord>>;
  /** What kind of store this is, from its tables. Throws `ERR_STORE_SCHEMA` for tables that are not Sina's. */
  schema(): Awaitable<'none' | 'sina'>;
  /** Creates the tables and indexes. Inside a transaction of this connection. */
  createSchema(): Awaitable<void>;
  /**
   * Takes the rows of the next batch close to the store, before the lock is asked for, so that less is left to be done while it is held. Only
   * for a connection opened for loading. Rows that were staged before are forgotten.
   */
  stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): Awaitable<void>;
  close(): Awaitable<void>;
}

/** A key that is already in the store, found while inserting. */
export class RowConflict extends Error {
  override readonly name = 'RowConflict';
  readonly code = 'SQLITE_CONSTRAINT';

  constructor(
    readonly insert: InsertName,
    /** The refused row, when it is known. */
    readonly row: readonly SqlValue[] | undefined,
    cause: unknown,
  ) {
    super(`a row of ${insert} is in the store already`, { cause });
  }
}

export interface OpenOptions {
  /** Milliseconds that a call waits inside the engine for another writer before it fails with a busy error. */
  readonly busyTimeoutMs: number;
  /**
   * For loading: foreign keys are checked by the caller once a batch ({@link Transaction.danglingRelationships}), not by the
   * engine once a row, and rows can be staged. Default false.
   */
  readonly bulk?: boolean;
}
