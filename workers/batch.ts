import { mergeRows } from '../src/records/merge-rows.js';
import type { InsertName, Rows, SqlValue } from '../src/records/types.js';
import type { Part } from '../src/sources/source.js';

export type MergedRows = Map<InsertName, SqlValue[]>;

/** All rows of some parts in the order of their keys, which is the order in which the indexes take them fastest. */
export function sortedRows(parts: readonly Part[]): MergedRows {
  const records = parts.flatMap((part) => part.records).sort((a, b) => compare(a.id, b.id));
  const relationships = parts.flatMap((part) => part.relationships);
  relationships.sort((a, b) => compare(a.subject, b.subject) || compare(a.object, b.object));
  const rows: Rows[] = records.map((record) => record.rows);
  rows.push({ relationship: relationships.flatMap(({ subject, predicate, object }) => [subject, object, predicate]) });
  return mergeRows(rows);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
