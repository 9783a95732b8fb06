import { type InsertName, inserts, type Relationship, type Rows, type SqlValue } from '../records/types.js';
import {
  type Awaitable,
  type Found,
  type RecordQuery,
  type RecordSize,
  type RelationshipPage,
  type RelationshipPattern,
  RowConflict,
  type StoredRecord,
  type Transaction,
} from './connection.js';
import { quoteColumn, type Table, tables } from './schema.js';
import type { SqliteDatabase, SqliteStatement } from './sqlite-database.js';
import { isKeyConflict } from './sqlite-errors.js';
import { findRecords } from './sqlite-find.js';
import { SqliteJournal } from './sqlite-journal.js';
import { patternSql } from './sqlite-pattern.js';
import { sqliteStatistics } from './sqlite-statistics.js';
import type { StatisticsQuery, StoreStatistics } from './statistics.js';

/** Rows a statement: fewer calls; beyond this no gain was measured. */
const rowsAStatement = 48;

/** Tables with rows of a record, those first that refer to it. */
const recordTables = tables.filter(({ recordKeys }) => recordKeys.includes('id')).map(({ name }) => name);

/** A row by its columns. */
type RowObject = Record<string, SqlValue | Buffer>;

/** What a transaction can do, on a connection that has begun one. */
export class SqliteTransaction implements Transaction {
  readonly journal = new SqliteJournal((sql) => this.#prepare(sql));
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();
  #relationshipMark = 0;
  #staged: InsertName[] = [];
  #founds = 0;

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  /** Called when a transaction begins. */
  begun(): void {
    this.#relationshipMark = 0;
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

  replaceRecord({ record, ...rows }: Rows): void {
    const [id, type, raw] = record as SqlValue[];
    // The record's own row stays: deleted, it would take its relationships along.
    this.#prepare('UPDATE "Record" SET type = ?, raw = ? WHERE id = ?').run(type, raw, id);
    for (const table of recordTables) this.#prepare(`DELETE FROM "${table}" WHERE id = ?`).run(id);
    for (const name of Object.keys(rows) as (keyof typeof rows)[]) this.insert(name, rows[name] as SqlValue[]);
  }

  deleteRecords(ids: readonly string[]): void {
    for (const id of ids) {
      for (const table of recordTables) this.#prepare(`DELETE FROM "${table}" WHERE id = ?`).run(id);
    }
    const list = JSON.stringify(ids);
    const within = (column: string) => `${column} IN (SELECT value FROM json_each(?))`;
    this.#prepare(`DELETE FROM "Relationship" WHERE ${within('subject_id')} OR ${within('object_id')}`).run(list, list);
    this.#prepare(`DELETE FROM "Record" WHERE ${within('id')}`).run(list);
  }

  deleteRelationships(pattern: RelationshipPattern): number {
    const { where, values } = patternSql(pattern);
    return this.#prepare(`DELETE FROM "Relationship"${where}`).run(...values).changes;
  }

  deleteAll(): void {
    // Records last: what refers to them is gone by then.
    for (const { name } of [...tables].reverse()) this.#prepare(`DELETE FROM "${name}"`).run();
    this.journal.eraseAll();
  }

  relationships(pattern: RelationshipPattern, page?: RelationshipPage): Relationship[] {
    const { where, values } = patternSql(pattern, page?.after);
    return this.#prepare(
      `SELECT subject_id AS subject, predicate, object_id AS object FROM "Relationship"${where}
       ORDER BY subject_id, object_id, predicate LIMIT ?`,
    ).all(...values, page?.limit ?? -1) as Relationship[];
  }

  find(query: RecordQuery): Found {
    return findRecords(this.#db, query, `temp.found_${++this.#founds}`);
  }

  statistics(query: StatisticsQuery): Promise<StoreStatistics> {
    return sqliteStatistics((sql, values) => this.#prepare(sql).all(...values), query);
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

  /** The tables of SQLite compare letter for letter. */
  lookalikes(): ReadonlyMap<string, string> {
    return new Map();
  }

  records(ids: readonly string[]): Map<string, StoredRecord> {
    // Kosh with orjson stores raw as a BLOB of UTF-8, with ujson as TEXT.
    const rows = this.#prepare(
      'SELECT id, type, CAST(raw AS TEXT) AS raw FROM "Record" WHERE id IN (SELECT value FROM json_each(?))',
    ).all(JSON.stringify(ids)) as StoredRecord[];
    return new Map(rows.map((row) => [row.id, row]));
  }

  rowsOf({ name, columns }: Table, ids: readonly string[]): SqlValue[][] {
    const list = columns.map((column) => quoteColumn(column.name)).join(', ');
    const sql = `SELECT ${list} FROM "${name}" WHERE id IN (SELECT value FROM json_each(?))`;
    const rows = this.#prepare(sql).all(JSON.stringify(ids)) as RowObject[];
    // Sina with orjson stores JSON as a BLOB of UTF-8.
    return rows.map((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString() : value)));
  }

  recordsAfter(after: string | undefined, limit: number): RecordSize[] {
    const where = after === undefined ? '' : ' WHERE id > ?';
    return this.#prepare(`SELECT id, coalesce(octet_length(raw), 0) AS bytes FROM "Record"${where} ORDER BY id LIMIT ?`).all(
      ...(after === undefined ? [] : [after]),
      limit,
    ) as RecordSize[];
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

  #prepare(sql: string): SqliteStatement {
    // Outside of a transaction SQLite commits each statement by itself: work that goes on after a conflict would leave a part.
    if (!this.#db.inTransaction) throw new Error('the transaction has ended');
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
    throw isKeyConflict(error) ? new RowConflict(name, row, error) : error;
  }
}
