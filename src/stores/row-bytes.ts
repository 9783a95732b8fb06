import { type InsertName, inserts, type SqlValue } from '../records/types.js';
import { tables } from './schema.js';

/** Rows, and about how many bytes a SQLite file takes for them. */
export interface RowCounts {
  readonly rows: number;
  readonly bytes: number;
}

/** What an entry of a table or of an index takes beside its values: its number, its length, its place in the page, the types of its values. */
const entryBytes = 9;
/** Of a number: whole ones take less than the eight bytes of a double. */
const numberBytes = 6;
/** Measured: pages are never quite full (docs/verify.md). */
const fill = 1.05;

/** How often a value is written: in the table, in the index of the primary key, in an index of its own. */
const copies = Object.fromEntries(
  Object.entries(inserts).map(([insert, { table, columns }]) => {
    const { primaryKey = [], index } = tables.find(({ name }) => name === table) ?? {};
    const times = columns.map((name) => 1 + Number(primaryKey.includes(name)) + Number(index?.column === name));
    return [insert, { times, entries: index ? 3 : 2 }];
  }),
) as unknown as Readonly<Record<InsertName, { readonly times: readonly number[]; readonly entries: number }>>;

/** What rows will take in a store, about. */
export function countRows(name: InsertName, values: readonly SqlValue[]): RowCounts {
  const { times, entries } = copies[name];
  const rows = values.length / times.length;
  let bytes = rows * entries * entryBytes;
  for (let n = 0; n < values.length; n++) bytes += (times[n % times.length] as number) * valueBytes(values[n] as SqlValue);
  return { rows, bytes: bytes * fill };
}

function valueBytes(value: SqlValue): number {
  if (value === null) return 1;
  return typeof value === 'number' ? numberBytes : 1 + Buffer.byteLength(value);
}
