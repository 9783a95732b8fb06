import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { IngestError } from '../errors.js';
import type { InsertName, Problem, SqlValue } from '../records/types.js';
import type { Awaitable, Connection, OpenOptions, Reader, SqliteSettings, Transaction, TransactionHooks } from './connection.js';
import { sqliteDdl, tables } from './schema.js';
import { sqliteError } from './sqlite-errors.js';
import { SqliteTransaction } from './sqlite-transaction.js';
import { inTurn } from './turns.js';

/** Opens a SQLite store, creating the file when it is missing. Tables are not touched. */
export function openSqlite(path: string, options: OpenOptions): Connection {
  try {
    return new SqliteConnection(path, options);
  } catch (error) {
    throw sqliteError(error, path);
  }
}

class SqliteConnection implements Connection {
  readonly #path: string;
  readonly #db: Database.Database;
  readonly #transaction: SqliteTransaction;
  /** The file, whatever its name. */
  readonly #file: string;
  readonly #settings: SqliteSettings | undefined;
  #isSetUp = false;

  constructor(path: string, { busyTimeoutMs, bulk = false, readOnly = false, sqlite }: OpenOptions) {
    this.#settings = sqlite;
    this.#path = path;
    this.#db = new Database(path, { timeout: busyTimeoutMs, readonly: readOnly, fileMustExist: readOnly });
    this.#db.pragma(`foreign_keys = ${bulk ? 'OFF' : 'ON'}`);
    if (bulk) this.#db.exec("ATTACH ':memory:' AS stage");
    const { dev, ino } = statSync(path, { bigint: true });
    this.#file = `${dev}:${ino}`;
    this.#transaction = new SqliteTransaction(this.#db);
  }

  transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    // IMMEDIATE: a transaction that reads first and writes later can be refused with no wait and no use of a retry.
    return this.#run('BEGIN IMMEDIATE', work, hooks);
  }

  read<T>(work: (reader: Reader) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    return this.#run('BEGIN', work, hooks);
  }

  /** What reads the file, which has to wait for its turn. */
  #setUp(): void {
    if (this.#isSetUp) return;
    if (this.#settings) this.#db.pragma(`journal_mode = ${this.#settings.journalMode}`);
    // As durable as what Kosh writes: its SQLite has FULL in every journal mode, better-sqlite3's has NORMAL in WAL.
    this.#db.pragma(`synchronous = ${this.#settings?.synchronous ?? 'full'}`);
    this.#isSetUp = true;
  }

  #run<T>(begin: string, work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks): Promise<T> {
    const turn = async () => {
      try {
        this.#setUp();
        this.#db.exec(begin);
        hooks.onBegin?.();
        this.#transaction.begun();
        const result = await work(this.#transaction);
        hooks.beforeCommit?.();
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        // Still open after most errors, ended by the engine after a few (full disk, a conflict).
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
        throw sqliteError(error, this.#path);
      }
    };
    return inTurn(this.#file, turn, hooks.signal);
  }

  stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): void {
    this.#transaction.stage(rows);
  }

  /** SQLite keeps any text of any length. */
  problems(): readonly Problem[] {
    return [];
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
}
