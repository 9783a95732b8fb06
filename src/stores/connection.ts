import { randomUUID } from 'node:crypto';
import type { Criterion } from '../records/criteria.js';
import type { InsertName, Problem, Relationship, Rows, SqlValue } from '../records/types.js';
import type { StoreCheck } from './check-sql.js';
import type { Journal, JournalReader } from './journal.js';
import type { Table } from './schema.js';
import type { StatisticsQuery, StoreStatistics } from './statistics.js';

export type Awaitable<T> = T | Promise<T>;

/** A stored record as it is read back. */
export interface StoredRecord {
  readonly id: string;
  readonly type: string;
  readonly raw: string;
}

/** Which relationships: those that have all that is given. */
export interface RelationshipPattern {
  /** One subject, or any of a list. */
  readonly subject?: string | readonly string[] | undefined;
  readonly predicate?: string | undefined;
  readonly object?: string | undefined;
}

/** Which records: those for which all that is given holds. */
export interface RecordQuery {
  /** By name of the attribute. */
  readonly data?: Readonly<Record<string, Criterion>> | undefined;
  /** Types of which a record has one, or none. */
  readonly types?: { readonly in: readonly string[] } | { readonly notIn: readonly string[] } | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Uri of a file of the record; `%` stands for any text. */
  readonly fileUri?: string | undefined;
  /** The record is the subject of a relationship with this predicate and object. */
  readonly subjectOf?: { readonly predicate: string; readonly object: string } | undefined;
}

export interface FoundRecord {
  readonly id: string;
  readonly type: string;
}

/** The records that a query found, as they were at that moment, by id. An engine can keep many of them outside of memory. */
export interface Found {
  readonly count: number;
  /** From number `from` (0-based) on, `limit` of them at most. Works after the transaction in which they were found, too. */
  page(from: number, limit: number): Awaitable<FoundRecord[]>;
  close(): Awaitable<void>;
}

/** What can be read of a store. Valid only while the work runs that was given it. */
export interface Reader {
  /** Those of the ids that the store has. */
  existingIds(ids: readonly string[]): Awaitable<Set<string>>;
  /**
   * Those of the ids that the engine takes for another one, which is in the store or earlier in the list, with that one. Empty where the tables tell all
   * texts apart, as those that are created here do.
   */
  lookalikes(ids: readonly string[]): Awaitable<ReadonlyMap<string, string>>;
  /**
   * The records with these ids, by id; an id that is not there has no entry. In a transaction nobody else changes them until it ends; those that are read
   * `to change` nobody else reads so either, which spares an engine with locks on rows a deadlock.
   */
  records(ids: readonly string[], use?: RecordUse): Awaitable<Map<string, StoredRecord>>;
  /** In order of subject, object, predicate; those behind `after`, `limit` at most (default: all). */
  relationships(pattern: RelationshipPattern, page?: RelationshipPage): Awaitable<Relationship[]>;
  find(query: RecordQuery): Awaitable<Found>;
  /** Counts what there is. It looks at all rows: a second or two for a million records. */
  statistics(query: StatisticsQuery): Awaitable<StoreStatistics>;
  /** All rows that a table with a column `id` has of these records, in no order; the values of a row in the order of the table's columns. */
  rowsOf(table: Table, ids: readonly string[]): Awaitable<SqlValue[][]>;
  /** The records behind the one with the id `after` in the engine's order of ids, `limit` at most; without `after` from the first on. */
  recordsAfter(after: string | undefined, limit: number): Awaitable<RecordSize[]>;
  /** What loads that were interrupted have done. */
  readonly journal: JournalReader;
}

/** A record and the size of its text. */
export interface RecordSize {
  readonly id: string;
  readonly bytes: number;
}

export type RecordUse = 'to read' | 'to change';

export interface RelationshipPage {
  readonly after?: Relationship | undefined;
  readonly limit: number;
}

/** What can be changed in a store. */
export interface Writer {
  /** Inserts rows: the values of `name`'s columns, row after row. A key that is there already fails with {@link RowConflict} and ends the transaction. */
  insert(name: InsertName, values: readonly SqlValue[]): Awaitable<void>;
  /** Gives a record that is in the store these rows instead of those that it has. Its relationships stay. */
  replaceRecord(rows: Rows): Awaitable<void>;
  /** Deletes records with all their rows and relationships. */
  deleteRecords(ids: readonly string[]): Awaitable<void>;
  /** Answers how many there were. */
  deleteRelationships(pattern: RelationshipPattern): Awaitable<number>;
  /** Deletes every row of every table, and what loads have done so far. */
  deleteAll(): Awaitable<void>;
}

/** What loading needs besides. */
export interface Loader {
  /** Inserts the rows that were staged, all of them. Fails as `insert` does. */
  insertStaged(): Awaitable<void>;
  /** Relationships inserted by this transaction whose subject or object is not in the store; the first few. */
  danglingRelationships(): Awaitable<Relationship[]>;
  /** Runs `work`; when it throws, what it has written is undone and the transaction goes on. */
  savepoint<T>(work: () => Awaitable<T>): Awaitable<T>;
}

/** What the work of a transaction can do. Valid only while that work runs. */
export interface Transaction extends Reader, Writer, Loader {
  readonly journal: Journal;
}

/**
 * The runs of one transaction, which is run again when it has failed. An engine whose COMMIT was not answered finds out in the next run whether it was done
 * all the same, and then answers what the run before has returned.
 */
export class TransactionRuns {
  /** Of this transaction alone, in all stores. */
  readonly token: string = randomUUID();
  /** What the run returned whose COMMIT was not answered. */
  unanswered: { readonly result: unknown } | undefined;
}

/** Hooks into a transaction. */
export interface TransactionHooks {
  /** Called once the write lock of the engine is held. */
  readonly onBegin?: (() => void) | undefined;
  /** Called right before COMMIT. What it throws rolls back. */
  readonly beforeCommit?: (() => void) | undefined;
  /** Ends the waiting for other transactions of this thread: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Handed to each run of the same transaction. Default: it is run once. */
  readonly runs?: TransactionRuns | undefined;
}

/**
 * One connection to one store. A transaction is one call: begun for writing, committed when `work` returns, rolled back when it throws.
 * Transactions of one connection take turns. Where an engine would let one connection of a thread wait in vain for another, so do those of a thread.
 */
export interface Connection {
  transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks?: TransactionHooks): Promise<T>;
  /** Reads one state of the store: nothing that others commit meanwhile is seen. */
  read<T>(work: (reader: Reader) => Awaitable<T>, hooks?: Omit<TransactionHooks, 'onBegin' | 'runs'>): Promise<T>;
  /** What kind of store this is, from its tables. Throws `ERR_STORE_SCHEMA` for tables that are not Sina's. */
  schema(): Awaitable<'none' | 'sina'>;
  /** Creates the tables and indexes. Inside a transaction of this connection. */
  createSchema(): Awaitable<void>;
  /** Creates the table of the journal unless it is there. Inside a transaction of this connection, after {@link schema} was asked. */
  createJournal(): Awaitable<void>;
  /**
   * Takes the rows of the next batch close to the store, before the lock is asked for, so that less is left to be done while it is held. Only
   * for a connection opened for loading. Rows that were staged before are forgotten.
   */
  stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): Awaitable<void>;
  /** Why the engine cannot keep the rows of a record, as far as it knows without looking into the store. Empty before {@link schema} was asked. */
  problems(rows: Rows): readonly Problem[];
  /**
   * Has the engine check itself, and looks for rows that refer to no record. Reads the whole store; what is wrong with it is answered, not thrown. The hooks
   * are those of {@link read}.
   */
  check(hooks?: Omit<TransactionHooks, 'onBegin' | 'runs'>): Promise<StoreCheck>;
  close(): Awaitable<void>;
}

/** A key that is already in the store, found while inserting. */
export class RowConflict extends Error {
  override readonly name = 'RowConflict';
  readonly code = 'CONSTRAINT';

  constructor(
    readonly insert: InsertName,
    /** The refused row, when it is known. */
    readonly row: readonly SqlValue[] | undefined,
    cause: unknown,
  ) {
    super(`a row of ${insert} is in the store already`, { cause });
  }
}

/** How a connection uses a SQLite file. Default: the file's own journal mode (Kosh never sets one), and `full`. */
export interface SqliteSettings {
  readonly journalMode: 'delete' | 'truncate' | 'persist' | 'wal' | 'memory' | 'off';
  readonly synchronous: 'off' | 'normal' | 'full' | 'extra';
}

/** What a transaction of a dry run would have written. */
export interface DryRunCounts {
  readonly rows: number;
  /** About what a SQLite file takes for them. */
  readonly bytes: number;
  /** Rows that were really inserted, into a store of their own, and how long that took. */
  readonly sampleRows: number;
  readonly sampleMs: number;
}

/** How a load is tried without writing into its store. */
export interface DryRun {
  /** An existing folder for what is needed meanwhile, the same for all connections of the load. Whoever has made it removes it. */
  readonly folder: string;
  /** Called when a transaction would have been committed. */
  readonly onCommit: (counts: DryRunCounts) => void;
  /** Whether the texts of all records that were loaded can be read back, not only those of ensembles. Default false. */
  readonly keepsRaw?: boolean | undefined;
}

export interface OpenOptions {
  /**
   * Milliseconds that a call waits inside SQLite for another writer before it fails with a busy error. A server has its own limit, and waiting for it blocks
   * no thread.
   */
  readonly busyTimeoutMs: number;
  /**
   * For loading: foreign keys are checked by the caller once a batch ({@link Transaction.danglingRelationships}), not by the
   * engine once a row, and rows can be staged. Default false.
   */
  readonly bulk?: boolean | undefined;
  /** The store must be there, and a write fails. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Of a SQLite store, where it is not to be used as Kosh does. */
  readonly sqlite?: SqliteSettings | undefined;
  /** Of several hosts the one to begin with, counted from 0 and beyond their number again from the first. Default 0. */
  readonly firstHost?: number | undefined;
  /** The store is not written, nor created: see {@link DryRun}. */
  readonly dryRun?: DryRun | undefined;
}
