import { membersOf, parseRecord } from '../../../src/records/parse.js';
import { rowsOf } from '../../../src/records/rows.js';
import { type InsertName, inserts, type Rows } from '../../../src/records/types.js';
import { type Table, tables } from '../../../src/stores/schema.js';
import type { Row } from '../../support/store-tables.js';

/** A record as it stands in its table. */
export interface RecordRow {
  readonly id: string;
  readonly type: string;
  readonly raw: string;
}

/** Tables whose rows follow from the texts of the records. */
export const followingTables = tables.filter(({ name }) => name !== 'Record' && name !== 'Relationship');

/** How many differences are listed. */
const listed = 20;

/** What the texts of records and the rows of the other tables say differently. */
export function differences(records: readonly RecordRow[], rows: ReadonlyMap<string, readonly Row[]>): string[] {
  const found: string[] = [];
  const expected = new Set<string>();
  for (const { id, type, raw } of records) {
    try {
      const { own, keys } = rowsOfText(id, raw);
      if (own[0] !== id || own[1] !== type) found.push(`the text of record ${id} (${type}) is that of ${own[0]} (${own[1]})`);
      for (const key of keys) expected.add(key);
    } catch (error) {
      found.push(`the text of record ${id} is none of a record: ${(error as Error).message}`);
    }
  }
  for (const { name } of followingTables) {
    for (const row of rows.get(name) ?? []) {
      const key = keyOf(name, row);
      if (!expected.delete(key)) found.push(`a row that no text stands for: ${key}`);
    }
  }
  for (const key of expected) found.push(`a row is missing: ${key}`);
  return found.length > listed ? [...found.slice(0, listed), `and ${found.length - listed} more`] : found;
}

function rowsOfText(id: string, raw: string): { readonly own: Row; readonly keys: string[] } {
  const parsed = parseRecord(membersOf(raw), () => id);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  const mapped = rowsOf(parsed.record);
  if (!mapped.ok) throw new Error(mapped.problems[0]?.message);
  const { record = [], ...others } = mapped.rows;
  const keys = (Object.keys(others) as (keyof typeof others)[]).flatMap((insert) => keysOf(insert, others));
  return { own: record, keys };
}

/** The rows of one insert, filled up to those of its table. */
function keysOf(insert: InsertName, rows: Rows): string[] {
  const values = rows[insert] ?? [];
  const { table: name, columns } = inserts[insert];
  const table = tables.find((one) => one.name === name) as Table;
  const places = table.columns.map((column) => (columns as readonly string[]).indexOf(column.name));
  const keys: string[] = [];
  for (let at = 0; at < values.length; at += columns.length) {
    keys.push(
      keyOf(
        name,
        places.map((place) => (place < 0 ? null : values[at + place])),
      ),
    );
  }
  return keys;
}

function keyOf(table: string, row: Row): string {
  return JSON.stringify([table, ...row]);
}
