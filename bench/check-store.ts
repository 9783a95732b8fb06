/**
 * Looks at a closed store in a process of its own: nothing that the benchmark does can then disturb the locks of SQLite.
 *
 *     node dist/bench/check-store.js STORE [--digest]
 *
 * Prints one JSON line, a {@link StoreCheck}.
 */
import Database from 'better-sqlite3';
import { type Table, tables } from '../src/stores/schema.js';
import { RowDigest, rowsByKey } from './support/row-digest.js';

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

function digest(db: Database.Database, table: Table): string {
  const rows = db.prepare(rowsByKey(table)).raw().iterate() as Iterable<unknown[]>;
  const digest = new RowDigest(table);
  for (const row of rows) digest.add(row);
  return digest.end();
}

const [store = '', flag] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(check(store, flag === '--digest'))}\n`);
