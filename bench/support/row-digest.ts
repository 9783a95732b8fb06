import { createHash } from 'node:crypto';
import { quoteColumn, type Table } from '../../src/stores/schema.js';

/** The statement that reads all rows of a table in the order of its primary key, the columns as the table has them. */
export function rowsByKey({ name, columns, primaryKey }: Table): string {
  const list = (names: readonly string[]) => names.map(quoteColumn).join(', ');
  return `SELECT ${list(columns.map((column) => column.name))} FROM "${name}" ORDER BY ${list(primaryKey)}`;
}

/** SHA-256 of rows in the order in which they are added, JSON texts parsed and written with sorted keys. */
export class RowDigest {
  readonly #hash = createHash('sha256');
  /** Columns that hold JSON. */
  readonly #json: readonly number[];

  constructor({ columns }: Table) {
    this.#json = ['raw', 'tags'].map((name) => columns.findIndex((column) => column.name === name));
  }

  /** A row of {@link rowsByKey}; it is changed. */
  add(row: unknown[]): void {
    for (const at of this.#json) if (typeof row[at] === 'string') row[at] = sorted(JSON.parse(row[at]));
    this.#hash.update(`${JSON.stringify(row)}\n`);
  }

  end(): string {
    return this.#hash.digest('hex');
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
