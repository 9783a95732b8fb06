import Database from 'better-sqlite3';
import { codeOf, IngestError } from '../errors.js';
import { type InsertName, inserts, type Relationship, type SqlValue } from '../records/types.js';
import {
  type Awaitable,
  type Connection,
  type OpenOptions,
  RowConflict,
  type StoredRecord,
  type Transaction,
  type TransactionHooks,
} from './connection.js';
import { quoteColumn, sqliteDdl, tables } from './schema.js';
import { sqliteError } from './sqlite-errors.js';

/** Rows a statement: fewer calls; beyond this no gain was measured. */
const rowsAStatement = 48;
/** 64 MiB of pages: a batch's part of the indexes stays in memory. */
const bulkCacheKiB = 65_536;

/** Opens a SQLite store, creating the file when it is missing. Tables are not touched. */
export function openSqlite(path: string, options: OpenOptions): Connection {
  try {
    return new SqliteConnection(path, options);
  } catch (error) {
    throw sqliteError(error, path);
  }
}

class SqliteConnection implements Connection, Transaction {
  readonly #path: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #queue: Promise<unknown> = Promise.resolve();
  #relationshipMark = 0;

  constructor(path: string, { busyTimeoutMs, bulk = false }: OpenOptions) {
    this.#path = path;
    this.#db = new Database(path, { timeout: busyTimeoutMs });
    // As durable as what Kosh writes: its SQLite has FULL in every journal mode, better-sqlite3's has NORMAL in WAL.
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma(`foreign_keys = ${bulk ? 'OFF' : 'ON'}`);
    if (bulk) this.#db.pragma(`cache_size = ${-bulkCacheKiB}`);
  }

  transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    const turn = this.#queue.then(() => this.#transaction(work, hooks));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks): Promise<T> {
    try {
      // IMMEDIATE: a transaction that reads first and writes later can be refused with no wait and no use of a retry.
      this.#db.exec('BEGIN IMMEDIATE');
      hooks.onBegin?.();
      this.#relationshipMark = 0;
      const result = await work(this);
      hooks.beforeCommit?.();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // Still open after most errors, ended by the engine after a few (full disk, a conflict).
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw sqliteError(error, this.#path);
    }
  }

  insert(name: InsertName, values: readonly SqlValue[]): void {
    const width = inserts[name].columns.length;
    if (name === 'relationship') this.#markRelationships();
    const most = width * rowsAStatement;
    // One list for all statements of the batch: a new one each time is garbage to be collected while the lock is held.
    let block: SqlValue[] = new Array(Math.min(most, values.length));
    for (let from = 0; from < values.length; from += block.length) {
      if (values.length - from < block.length) block = new Array(values.length - from);
      for (let n = 0; n < block.length; n++) block[n] = values[from + n] as SqlValue;
      try {
        this.#insertStatement(name, block.length / width).run(block);
      } catch (error) {
        if (!codeOf(error)?.startsWith('SQLITE_CONSTRAINT')) throw error;
        throw new RowConflict(name, block.length === width ? block : undefined, error);
      }
    }
  }

  #insertStatement(name: InsertName, rows: number): Database.Statement {
    const { table, columns } = inserts[name];
    const row = `(${columns.map(() => '?').join(',')})`;
    // OR ROLLBACK spares the journal that a statement of many rows needs to undo itself. A single row needs none, and
    // its conflict leaves the transaction open.
    return this.#prepare(
      `INSERT ${rows > 1 ? 'OR ROLLBACK ' : ''}INTO "${table}" (${columns.map(quoteColumn).join(',')}) ` +
        `VALUES ${new Array(rows).fill(row).join(',')}`,
    );
  }

  /** Remembers the last row before the first relationship of a transaction: what comes after it is ours. */
  #markRelationships(): void {
    if (this.#relationshipMark > 0) return;
    const last = this.#prepare('SELECT max(rowid) AS last FROM "Relationship"').get() as { last: number | null };
    this.#relationshipMark = (last.last ?? 0) + 1;
  }

  danglingRelationships(): Relationship[] {
    if (this.#relationshipMark === 0) return [];
    return this.#prepare(
      `SELECT subject_id AS subject, predicate, object_id AS object FROM "Relationship" AS r WHERE rowid >= ? AND (
         NOT EXISTS (SELECT 1 FROM "Record" WHERE id = r.subject_id) OR
         NOT EXISTS (SELECT 1 FROM "Record" WHERE id = r.object_id)) LIMIT 100`,
    ).all(this.#relationshipMark) as Relationship[];
  }

  existingIds(ids: readonly string[]): Set<string> {
    const rows = this.#prepare('SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM "Record" WHERE id = value)').all(
      JSON.stringify(ids),
    ) as { value: string }[];
    return new Set(rows.map((row) => row.value));
  }

  records(ids: readonly string[]): Map<string, StoredRecord> {
    // Kosh with orjson stores raw as a BLOB of UTF-8, with ujson as TEXT.
    const rows = this.#prepare(
      'SELECT id, type, CAST(raw AS TEXT) AS raw FROM "Record" WHERE id IN (SELECT value FROM json_each(?))',
    ).all(JSON.stringify(ids)) as StoredRecord[];
    return new Map(rows.map((row) => [row.id, row]));
  }

  async savepoint<T>(work: () => Awaitable<T>): Promise<T> {
    this.#db.exec('SAVEPOINT part');
    try {
      const result = await work();
      this.#db.exec('RELEASE part');
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK TO part; RELEASE part');
      throw error;
    }
  }

  schema(): 'none' | 'sina' {
    try {
      return this.#schema();
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  #schema(): 'none' | 'sina' {
    const found = this.#db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
    if (found.length === 0) return 'none';
    const ours = tables.filter((table) => found.includes(table.name));
    const refuse = (what: string): never => {
      throw new IngestError('ERR_STORE_SCHEMA', `${this.#path} is a SQLite database but not a Kosh store: ${what}`, {
        hint: 'Give another --store, or a path that does not exist yet: a new store is created there.',
      });
    };
    if (ours.length === 0) refuse(`it has other tables (${found.slice(0, 5).join(', ')})`);
    for (const table of tables) {
      const columns = this.#db.pragma(`table_info("${table.name}")`) as { name: string }[];
      if (columns.length === 0) refuse(`the table ${table.name} is missing (a store of an older Sina?)`);
      const missing = table.columns.find((column) => !columns.some((c) => c.name === column.name));
      if (missing) refuse(`the table ${table.name} has no column ${missing.name}`);
    }
    return 'sina';
  }

  createSchema(): void {
    for (const statement of sqliteDdl()) this.#db.exec(statement);
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
