import { problemError } from '../records/draft.js';
import { quoted } from '../records/problems.js';
import { type InsertName, inserts, type Relationship, type Rows, type SqlValue } from '../records/types.js';
import { escapeNonAscii } from './column-rules.js';
import { type Awaitable, type RelationshipPattern, RowConflict, type Transaction } from './connection.js';
import { duplicateEntry, numberOf } from './mariadb-errors.js';
import { MariadbReader, marks, patternSql, slices } from './mariadb-reader.js';
import type { SchemaFacts } from './mariadb-schema.js';
import type { MariadbSession } from './mariadb-session.js';
import { quoteColumn, tables } from './schema.js';
import { UnseenEnds } from './unseen-ends.js';

/** Bytes of rows in one statement: the connector hangs with much larger ones (mariadb-connector-nodejs issue 281). */
const statementBytes = 4 * 2 ** 20;

/** Tables with rows of a record, those first that refer to it. */
const recordTables = tables.filter(({ recordKeys }) => recordKeys.includes('id')).map(({ name }) => name);

/** What a transaction can do, in a session that has begun one. A new one for each transaction. */
export class MariadbTransaction extends MariadbReader implements Transaction {
  readonly #staged: ReadonlyMap<InsertName, readonly SqlValue[]>;
  /** Foreign keys are off for loading: the ends of relationships are looked for, and kept from being deleted. */
  readonly #unseen = new UnseenEnds((ids) => this.existingIds(ids));

  /** `staged`: the rows that {@link insertStaged} inserts. */
  constructor(session: MariadbSession, schema: SchemaFacts | undefined, staged: ReadonlyMap<InsertName, readonly SqlValue[]>) {
    super(session, { schema, writes: true });
    this.#staged = staged;
  }

  async insertStaged(): Promise<void> {
    for (const [name, values] of this.#staged) await this.#insert(name, values);
  }

  async insert(name: InsertName, values: readonly SqlValue[]): Promise<void> {
    this.#refuseUnkept(name, values);
    if (name === 'relationship') await this.#unseen.hold(values);
    await this.#insert(name, values);
  }

  async #insert(name: InsertName, values: readonly SqlValue[]): Promise<void> {
    const { table, columns } = inserts[name];
    const sql = `INSERT INTO "${table}" (${columns.map(quoteColumn).join(', ')}) VALUES ${marks(columns.length)}`;
    const single = values.length === columns.length;
    try {
      if (single) await this.query(sql, this.#bound(name, values)[0]);
      else for (const rows of this.#blocks(name, values)) await this.send(() => this.session.batch(sql, rows));
    } catch (error) {
      if (numberOf(error) !== duplicateEntry) throw error;
      const conflict = new RowConflict(name, single ? values : undefined, error);
      // Of several rows those before the conflict are in: the transaction must not be committed.
      if (!single) this.endWith(conflict);
      throw conflict;
    }
  }

  /** Rows in blocks that a statement takes. */
  *#blocks(name: InsertName, values: readonly SqlValue[]): Generator<SqlValue[][]> {
    const most = Math.min(statementBytes, this.session.facts.maxPacketBytes / 2);
    let block: SqlValue[][] = [];
    let bytes = 0;
    for (const row of this.#bound(name, values)) {
      let size = 0;
      for (const value of row) size += value === null ? 1 : 9 + 3 * (value as string).length;
      if (bytes + size > most && block.length > 0) {
        yield block;
        block = [];
        bytes = 0;
      }
      block.push(row);
      bytes += size;
    }
    if (block.length > 0) yield block;
  }

  /** Rows as they are sent: numbers as text, because the bulk protocol begins a new packet whenever an integer follows a fraction. */
  #bound(name: InsertName, values: readonly SqlValue[]): SqlValue[][] {
    const width = inserts[name].columns.length;
    const rawAt = name === 'record' && (this.schema?.rules.rawIsEscaped ?? true) ? 2 : -1;
    const rows: SqlValue[][] = [];
    for (let at = 0; at < values.length; at += width) {
      const row: SqlValue[] = new Array(width);
      for (let n = 0; n < width; n++) {
        const value = values[at + n] as SqlValue;
        row[n] = typeof value === 'number' ? numberText(value) : n === rawAt ? escapeNonAscii(value as string) : value;
      }
      rows.push(row);
    }
    return rows;
  }

  /** What the server would refuse without saying which record and attribute it is. */
  #refuseUnkept(name: InsertName, values: readonly SqlValue[]): void {
    const rules = this.schema?.rules;
    if (!rules || rules.problems({ [name]: values as SqlValue[] }).length === 0) return;
    const width = inserts[name].columns.length;
    for (let at = 0; at < values.length; at += width) {
      const row = values.slice(at, at + width);
      const problems = rules.problems({ [name]: row });
      const id = row[Math.max(0, (inserts[name].columns as readonly string[]).indexOf('id'))];
      if (problems.length > 0) throw problemError(problems, `the store cannot keep ${quoted(String(id))}`);
    }
  }

  async replaceRecord({ record, ...rows }: Rows): Promise<void> {
    this.#refuseUnkept('record', record as SqlValue[]);
    const [id, type, raw] = this.#bound('record', record as SqlValue[])[0] as SqlValue[];
    // The record's own row stays: deleted, it would take its relationships along.
    await Promise.all([
      this.query('UPDATE "Record" SET type = ?, raw = ? WHERE id = ?', [type, raw, id]),
      ...recordTables.map((table) => this.query(`DELETE FROM "${table}" WHERE id = ?`, [id])),
    ]);
    for (const name of Object.keys(rows) as (keyof typeof rows)[]) await this.insert(name, rows[name] as SqlValue[]);
  }

  async deleteRecords(ids: readonly string[]): Promise<void> {
    for (const some of slices(ids)) {
      const within = (column: string) => `${column} IN ${marks(some.length)}`;
      for (const table of recordTables) await this.query(`DELETE FROM "${table}" WHERE ${within('id')}`, some);
      for (const end of ['subject_id', 'object_id']) await this.query(`DELETE FROM "Relationship" WHERE ${within(end)}`, some);
      await this.query(`DELETE FROM "Record" WHERE ${within('id')}`, some);
    }
  }

  async deleteRelationships(pattern: RelationshipPattern): Promise<number> {
    const { where, values } = patternSql(pattern);
    return (await this.query(`DELETE FROM "Relationship"${where}`, values)).affectedRows ?? 0;
  }

  async deleteAll(): Promise<void> {
    // Records last: what refers to them is gone by then.
    for (const { name } of [...tables].reverse()) await this.query(`DELETE FROM "${name}"`);
    await this.journal.eraseAll();
  }

  danglingRelationships(): Promise<Relationship[]> {
    return this.#unseen.dangling();
  }

  async savepoint<T>(work: () => Awaitable<T>): Promise<T> {
    await this.query('SAVEPOINT part');
    const held = this.#unseen.length;
    try {
      const result = await work();
      await this.query('RELEASE SAVEPOINT part');
      return result;
    } catch (error) {
      if (!this.hasEnded) await this.query('ROLLBACK TO SAVEPOINT part');
      this.#unseen.forget(held);
      throw error;
    }
  }
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
