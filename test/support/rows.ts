import { readFileSync } from 'node:fs';
import { type InsertName, inserts, type Rows } from '../../src/records/types.js';

/** One row of a store as `dump_store.py` prints it: the table, and each column; `raw` and `tags` are parsed. */
export interface DumpRow {
  readonly table: string;
  readonly [column: string]: unknown;
}

const columnsOf = new Map<string, string[]>();
for (const { table, columns } of Object.values(inserts)) {
  if ((columnsOf.get(table)?.length ?? 0) < columns.length) columnsOf.set(table, [...columns]);
}

/** The rows of records in the form of a dump, in its order. Columns that an insert leaves out are null, as in the store. */
export function dumpRows(...all: Rows[]): DumpRow[] {
  return sortDump(all.flatMap((rows) => Object.keys(rows).flatMap((name) => dumpInsert(name as InsertName, rows))));
}

function dumpInsert(name: InsertName, rows: Rows): DumpRow[] {
  const { table, columns } = inserts[name];
  const values = rows[name] ?? [];
  const dumped: DumpRow[] = [];
  for (let at = 0; at < values.length; at += columns.length) {
    const row: Record<string, unknown> = { table };
    for (const column of columnsOf.get(table) ?? []) row[column] = null;
    columns.forEach((column, i) => {
      row[column] = values[at + i];
    });
    dumped.push(parsed(row as DumpRow));
  }
  return dumped;
}

function parsed(row: DumpRow): DumpRow {
  const copy: Record<string, unknown> = { ...row };
  if (typeof row.raw === 'string') copy.raw = JSON.parse(row.raw);
  if (typeof row.tags === 'string') copy.tags = JSON.parse(row.tags);
  if (Array.isArray(copy.tags)) copy.tags.sort();
  return copy as DumpRow;
}

/** A file that `dump_store.py` wrote. */
export function readDump(path: URL): DumpRow[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return sortDump(lines.map((line) => JSON.parse(line) as DumpRow));
}

/** Sorted by what identifies a row, so that two dumps can be compared. */
export function sortDump(rows: DumpRow[]): DumpRow[] {
  const keys = new Map(rows.map((row) => [row, canonical({ ...row, raw: undefined })]));
  return rows.sort((one, other) => ((keys.get(one) as string) < (keys.get(other) as string) ? -1 : 1));
}

function canonical(row: object): string {
  return JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
}
