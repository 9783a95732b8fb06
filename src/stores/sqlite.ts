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
  #staged: InsertName[] = [];

  constructor(path: string, { busyTimeoutMs, bulk = false }: OpenOptions) {
    this.#path = path;
    this.#db = new Database(path, { timeout: busyTimeoutMs });
    // As durable as what Kosh writes: its SQLite has FULL in every journal mode, better-sqlite3's has NORMAL in WAL.
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma(`foreign_keys = ${bulk ? 'OFF' : 'ON'}`);
    if (bulk) this.#db.exec("ATTACH ':memory:' AS stage");
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

  stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): void {
    this.#db.exec('BEGIN');
    for (const name of this.#staged) this.#prepare(`DELETE FROM stage.${name}`).run();
    this.#staged = [...rows.keys()];
    for (const [name, values] of rows) {
      this.#db.exec(`CREATE TABLE IF NOT EXISTS stage.${name} (${columnList(name)})`);
      this.#insertBlocks(`INTO stage.${name}`, name, values);
    }
    this.#db.exec('COMMIT');
  }

  insertStaged(): void {
    for (const name of this.#staged) {
      if (name === 'relationship') this.#markRelationships();
      const columns = columnList(name);
      const sql = `INSERT OR ROLLBACK INTO main."${inserts[name].table}" (${columns}) SELECT ${columns} FROM stage.${name}`;
      conflictsOf(name, undefined, () => this.#prepare(sql).run());
    }
  }

  insert(name: InsertName, values: readonly SqlValue[]): void {
    if (name === 'relationship') this.#markRelationships();
    const { table, columns } = inserts[name];
    const single = values.length === columns.length;
    // OR ROLLBACK spares the journal that a statement of many rows needs to undo itself. A single row needs none, and
    // its conflict leaves the transaction open.
    const into = `${single ? '' : 'OR ROLLBACK '}INTO main."${table}" (${columnList(name)})`;
    conflictsOf(name, single ? values : undefined, () => this.#insertBlocks(into, name, values));
  }

  #insertBlocks(into: string, name: InsertName, values: readonly SqlValue[]): void {
    const width = inserts[name].columns.length;
    const row = `(${inserts[name].columns.map(() => '?').join(',')})`;
    // One list for all statements of the batch: a new one each time is garbage that is collected while the lock is held.
    let block: SqlValue[] = new Array(Math.min(width * rowsAStatement, values.length));
    for (let from = 0; from < values.length; from += block.length) {
      if (values.length - from < block.length) block = new Array(values.length - from);
      for (let n = 0; n < block.length; n++) block[n] = values[from + n] as SqlValue;
      this.#prepare(`INSERT ${into} VALUES ${new Array(block.length / width).fill(row).join(',')}`).run(block);
    }
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

function columnList(name: InsertName): string {
  return inserts[name].columns.map(quoteColumn).join(',');
}

/** Runs an insert; a key that is there already becomes a {@link RowConflict}. */
function conflictsOf(name: InsertName, row: readonly SqlValue[] | undefined, insert: () => void): void {
  try {
    insert();
  } catch (error) {
    throw codeOf(error)?.startsWith('SQLITE_CONSTRAINT') ? new RowConflict(name, row, error) : error;
  }
}
