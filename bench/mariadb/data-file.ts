import { quoteColumn } from '../../src/stores/schema.js';

/** What is loaded with `LOAD DATA`, and where to. */
export interface DataFile {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

/** Rows as `LOAD DATA` reads them: a line for a row, tabs between columns. */
export function lineOf(row: readonly unknown[]): string {
  return `${row.map(field).join('\t')}\n`;
}

function field(value: unknown): string {
  if (value === null) return '\\N';
  return String(value).replace(/[\\\t\n\0]/g, (character) => escapes[character] ?? character);
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' };

/** The statement that loads them. `from` is `INFILE 'path'` or `LOCAL INFILE 'name'`. */
export function loadStatement(from: string, { table, columns }: Omit<DataFile, 'rows'>): string {
  return `LOAD DATA ${from} INTO TABLE "${table}" CHARACTER SET utf8mb4
    FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${columns.map(quoteColumn).join(', ')})`;
}

/** Throws when not all rows are in, or one is not as it was given: what is an error elsewhere is a warning here. */
export function assertLoaded(answer: { readonly affectedRows: number; readonly warningStatus: number }, file: DataFile): void {
  const { affectedRows, warningStatus } = answer;
  if (affectedRows === file.rows && warningStatus === 0) return;
  throw new Error(`LOAD DATA put ${affectedRows} of ${file.rows} rows into ${file.table}, with ${warningStatus} warnings`);
}
