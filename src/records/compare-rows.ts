import { child } from './problems.js';
import { type InsertName, inserts, type Rows, type SqlValue } from './types.js';

/** What has to be known of a table to compare its rows. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string }[];
  readonly primaryKey: readonly string[];
}

/** The values of a row in the order of its table's columns. */
export type Row = readonly SqlValue[];

/** A row, or a column of one, that is not as it should be; a row is shown whole when it is missing (`found` undefined) or too many (`expected` undefined). */
export interface RowDifference {
  /** The key of the row in its record, then the column: `/speed/value`, `/names/2/value`. */
  readonly pointer: string;
  readonly found: SqlValue | Row | undefined;
  readonly expected: SqlValue | Row | undefined;
}

/** The rows of a table that a record is mapped to, columns that an insert leaves out as null. */
export function rowsOfTable(rows: Rows, { name, columns }: TableShape): Row[] {
  const all: Row[] = [];
  for (const insert of Object.keys(rows) as InsertName[]) {
    const given: readonly string[] = inserts[insert].columns;
    if (inserts[insert].table !== name) continue;
    const places = columns.map((column) => given.indexOf(column.name));
    const values = rows[insert] as readonly SqlValue[];
    for (let at = 0; at < values.length; at += given.length) {
      all.push(places.map((place) => (place === -1 ? null : (values[at + place] as SqlValue))));
    }
  }
  return all;
}

/** How the rows that a table has of one record differ from those that it should have. Numbers are compared exactly, tags as sets. */
export function compareRows(table: TableShape, found: readonly Row[], expected: readonly Row[]): RowDifference[] {
  const byKey = new Map(found.map((row) => [keyOf(table, row), row]));
  const differences: RowDifference[] = [];
  for (const row of expected) {
    const key = keyOf(table, row);
    const other = byKey.get(key);
    if (other === undefined) differences.push({ pointer: key, found: undefined, expected: row });
    else if (byKey.delete(key)) differences.push(...compareColumns(table, other, row));
  }
  for (const [key, row] of byKey) differences.push({ pointer: key, found: row, expected: undefined });
  return differences;
}

/** What tells a row from others of its record, as a pointer. */
function keyOf({ columns, primaryKey }: TableShape, row: Row): string {
  let key = '';
  for (const [n, { name }] of columns.entries()) {
    if (name !== 'id' && primaryKey.includes(name)) key = child(key, String(row[n]));
  }
  return key;
}

function compareColumns(table: TableShape, found: Row, expected: Row): RowDifference[] {
  const key = keyOf(table, expected);
  return table.columns.flatMap(({ name }, n) => {
    const [one = null, other = null] = [found[n], expected[n]];
    const isSame = one === other || (name === 'tags' && isSameSet(one, other));
    return isSame ? [] : [{ pointer: child(key, name), found: one, expected: other }];
  });
}

/** Sina makes a set of the tags of curves with one name, which has no order. */
function isSameSet(one: SqlValue, other: SqlValue): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  try {
    return sorted(JSON.parse(one)) === sorted(JSON.parse(other));
  } catch {
    return false;
  }
}

function sorted(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value);
}
