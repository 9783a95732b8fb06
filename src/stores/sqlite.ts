import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { InsertName, Problem, SqlValue } from '../records/types.js';
import { checkTables, type StoreCheck } from './check-sql.js';
import type { Awaitable, Connection, OpenOptions, Reader, SqliteSettings, Transaction, TransactionHooks } from './connection.js';
import { sqliteDdl, tables } from './schema.js';
import { sqliteError } from './sqlite-errors.js';
import { assertFile, hasJournal } from './sqlite-file.js';
import { sqliteJournalDdl } from './sqlite-journal.js';
import { SqliteTransaction } from './sqlite-transaction.js';
import { inTurn } from './turns.js';

/** Opens a SQLite store, creating the file when it is missing. Tables are not touched. */
export function openSqlite(path: string, options: OpenOptions): Connection {
  if (options.readOnly) assertFile(path);
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
  readonly #readOnly: boolean;
  #isSetUp = false;

  constructor(path: string, { busyTimeoutMs, bulk = false, readOnly = false, sqlite }: OpenOptions) {
    this.#settings = sqlite;
    this.#path = path;
    this.#readOnly = readOnly;
    const isIdle = !['-journal', '-wal'].some((end) => existsSync(path + end));
    // In WAL mode who may only read leaves files beside the store. Where nothing waits to be rolled back or copied, who may write changes nothing, either.
    this.#db = new Database(path, { timeout: busyTimeoutMs, readonly: readOnly && !isIdle, fileMustExist: readOnly });
    if (readOnly) this.#db.pragma('query_only = ON');
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

  async check(hooks: TransactionHooks = {}): Promise<StoreCheck> {
    // Outside of a transaction, which could not be ended once the file turns out to be damaged.
    const integrity = await inTurn(this.#file, async () => this.#integrity(), hooks.signal);
    if (integrity.length > 0) return { integrity, dangling: [], rows: {} };
    const query = (sql: string) => this.#db.prepare(sql).all() as Record<string, unknown>[];
    return { integrity, ...(await this.#run('BEGIN', () => checkTables(query), hooks)) };
  }

  /** A file that is damaged so much that it cannot be checked says so, too. */
  #integrity(): string[] {
    try {
      const said = this.#db.prepare('PRAGMA integrity_check').pluck().all() as string[];
      return said.flatMap((text) => (text === 'ok' ? [] : text.split('\n')));
    } catch (error) {
      if (!codeOf(error)?.startsWith('SQLITE_CORRUPT')) throw sqliteError(error, this.#path);
      return [messageOf(error)];
    }
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
        if (this.#readOnly && hasJournal(this.#path)) this.#rollBackLeftOver();
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

  /**
   * A writer that was killed in its transaction leaves a journal, without which the file is not whole: who opens it to read alone cannot read it. Does nothing
   * to a writer that lives. Where it fails, reading fails too, and says why.
   */
  #rollBackLeftOver(): void {
    let db: Database.Database | undefined;
    try {
      db = new Database(this.#path, { timeout: 0, fileMustExist: true });
      db.pragma('schema_version');
    } catch {
    } finally {
      db?.close();
    }
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
      return schemaOf(this.#db, this.#path);
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  createSchema(): void {
    for (const statement of sqliteDdl()) this.#db.exec(statement);
  }

  createJournal(): void {
    this.#db.exec(sqliteJournalDdl);
  }

  close(): void {
    this.#db.close();
  }
}

function schemaOf(db: Database.Database, path: string): 'none' | 'sina' {
  const found = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  if (found.length === 0) return 'none';
  const ours = tables.filter((table) => found.includes(table.name));
  const refuse = (what: string): never => {
    throw new IngestError('ERR_STORE_SCHEMA', `${path} is a SQLite database but not a Kosh store: ${what}`, {
      hint: 'Give another --store, or a path that does not exist yet: a new store is created there.',
    });
  };
  if (ours.length === 0) refuse(`it has other tables (${found.slice(0, 5).join(', ')})`);
  for (const table of tables) {
    const columns = db.pragma(`table_info("${table.name}")`) as { name: string }[];
    if (columns.length === 0) refuse(`the table ${table.name} is missing (a store of an older Sina?)`);
    const missing = table.columns.find((column) => !columns.some((c) => c.name === column.name));
    if (missing) refuse(`the table ${table.name} has no column ${missing.name}`);
  }
  return 'sina';
}

/** A SQLite file as it is, for those who look at it or try its locks. What SQLite throws passes unchanged. */
export interface BareSqlite {
  exec(sql: string): void;
  all(sql: string): readonly Record<string, unknown>[];
  /** As {@link Connection.schema}. */
  schema(): 'none' | 'sina';
  close(): void;
}

/** Opens a SQLite file and sets nothing. It is created unless `readOnly`; `busyTimeoutMs` is that of {@link OpenOptions}. */
export function openBareSqlite(path: string, { readOnly = false, busyTimeoutMs }: OpenOptions): BareSqlite {
  const db = new Database(path, { timeout: busyTimeoutMs, readonly: readOnly, fileMustExist: readOnly });
  return {
    exec: (sql) => void db.exec(sql),
    all: (sql) => db.prepare(sql).all() as Record<string, unknown>[],
    schema: () => schemaOf(db, path),
    close: () => void db.close(),
  };
}
