/**
 * Looks at a closed store in a process of its own: nothing that the benchmark does can then disturb the locks of SQLite.
 *
 *     node dist/bench/check-store.js STORE [--digest]
 *
 * Prints one JSON line, a {@link StoreCheck}.
 */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { quoteColumn, type Table, tables } from '../src/stores/schema.js';

export interface StoreCheck {
  /** `ok`, or what `PRAGMA integrity_check` found first. */
  readonly integrity: string;
  /** Rows whose record is missing. */
  readonly danglingRows: number;
  readonly journalMode: string;
  /** Version of the library. */
  readonly sqlite: string;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** SHA-256 by table of all its rows in the order of the primary key, JSON texts parsed and written with sorted keys. */
  readonly digests?: Readonly<Record<string, string>>;
}

function check(store: string, withDigests: boolean): StoreCheck {
  const db = new Database(store, { readonly: true, fileMustExist: true });
  const one = (sql: string) => db.prepare(sql).pluck().get();
  const result = {
    integrity: String(one('PRAGMA integrity_check')),
    danglingRows: db.prepare('PRAGMA foreign_key_check').all().length,
    journalMode: String(one('PRAGMA journal_mode')),
    sqlite: String(one('SELECT sqlite_version()')),
    rows: Object.fromEntries(tables.map(({ name }) => [name, Number(one(`SELECT count(*) FROM "${name}"`))])),
  };
  const digests = withDigests ? { digests: Object.fromEntries(tables.map((table) => [table.name, digest(db, table)])) } : {};
  db.close();
  return { ...result, ...digests };
}

function digest(db: Database.Database, { name, columns, primaryKey }: Table): string {
  const hash = createHash('sha256');
  const raw = columns.findIndex((column) => column.name === 'raw');
  const tags = columns.findIndex((column) => column.name === 'tags');
  const list = (names: readonly string[]) => names.map(quoteColumn).join(', ');
  const sql = `SELECT ${list(columns.map((column) => column.name))} FROM "${name}" ORDER BY ${list(primaryKey)}`;
  for (const row of db.prepare(sql).raw().iterate() as Iterable<unknown[]>) {
    for (const at of [raw, tags]) if (typeof row[at] === 'string') row[at] = sorted(JSON.parse(row[at]));
    hash.update(`${JSON.stringify(row)}\n`);
  }
  return hash.digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

const [store = '', flag] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(check(store, flag === '--digest'))}\n`);
