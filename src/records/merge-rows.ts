import { type InsertName, inserts, type Rows, type SqlValue } from './types.js';

const names = Object.keys(inserts) as InsertName[];

/** The rows of several records put together, one list for each insert, records first: what a batch writes. */
export function mergeRows(all: Iterable<Rows>): Map<InsertName, SqlValue[]> {
  const merged = new Map<InsertName, SqlValue[]>(names.map((name) => [name, []]));
  for (const rows of all) {
    for (const name in rows) {
      const into = merged.get(name as InsertName) as SqlValue[];
      const values = rows[name as InsertName] as SqlValue[];
      for (let n = 0; n < values.length; n++) into.push(values[n] as SqlValue);
    }
  }
  for (const [name, values] of merged) if (values.length === 0) merged.delete(name);
  return merged;
}
