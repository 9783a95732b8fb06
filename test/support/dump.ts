import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { tables } from '../../src/stores/schema.js';

/** A row by its columns, with the name of its `table`. */
export type Row = Record<string, unknown>;

/**
 * Every row of a store as one line of JSON with sorted keys, sorted: two stores with the same lines hold the same. `raw` and `tags` are parsed, tags
 * are sorted; the stamps that Kosh leaves in `user_defined` are dropped.
 */
export function dumpStore(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    return tables
      .flatMap(({ name }) => (db.prepare(`SELECT * FROM "${name}"`).all() as Row[]).map((row) => line({ table: name, ...row })))
      .sort();
  } finally {
    db.close();
  }
}

/** The lines of a `rows.jsonl` of the reference, in the same form. */
export function goldenRows(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line(JSON.parse(text) as Row))
    .sort();
}

/** Row counts by table, for a look at what is there. */
export function countRows(path: string): Record<string, number> {
  const db = new Database(path, { readonly: true });
  try {
    const count = (name: string) => db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number;
    return Object.fromEntries(tables.map(({ name }) => [name, count(name)]));
  } finally {
    db.close();
  }
}

/** What SQLite itself finds wrong with a store: empty when nothing. */
export function integrityProblems(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    const integrity = db.pragma('integrity_check') as { integrity_check: string }[];
    const keys = db.pragma('foreign_key_check') as unknown[];
    return [...integrity.filter((row) => row.integrity_check !== 'ok'), ...keys];
  } finally {
    db.close();
  }
}

/** A row as {@link dumpStore} writes it. */
export function line(row: Row): string {
  const parsed: Row = { ...row };
  if (typeof row.raw === 'string') parsed.raw = JSON.parse(row.raw);
  if (typeof row.tags === 'string') parsed.tags = JSON.parse(row.tags);
  if (Array.isArray(parsed.tags)) parsed.tags = [...parsed.tags].sort();
  const info = ((parsed.raw as Row | undefined)?.user_defined as Row | undefined)?.kosh_information;
  if (info) {
    for (const key of Object.keys(info)) {
      if (key.endsWith('_last_modified') || key === 'last_update_from_db') delete (info as Row)[key];
    }
  }
  return JSON.stringify(sortKeys(parsed));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, sortKeys(entry)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
