import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { SqliteSettings } from '../../src/stores/connection.js';
import type { Place } from '../place/place.js';
import { openSession } from '../place/server-session.js';
import { hostOf } from '../support/machine.js';
import type { Environment } from './results.js';

/** What does the work, besides Node and the engine. */
const packages = ['better-sqlite3', 'mariadb', 'proper-lockfile', 'piscina', 'p-retry'] as const;

/** What the figures of a place depend on. Measures how long its disk takes to sync. */
export async function environmentOf(place: Place, sqlite: SqliteSettings | undefined): Promise<Environment> {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    ...hostOf(place.disk),
    engine: place.engine,
    engineVersion: place.engine === 'SQLite' ? sqliteVersion() : await serverVersion(place.store),
    journalMode: sqlite?.journalMode ?? null,
    synchronous: sqlite?.synchronous ?? null,
    versions: Object.fromEntries(['kosh-ingest', ...packages].map((name) => [name, versionOf(name)])),
    loadAverage: [one, five, fifteen],
  };
}

function sqliteVersion(): string {
  const db = new Database(':memory:');
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  db.close();
  return version;
}

async function serverVersion(store: string): Promise<string> {
  const session = await openSession(store);
  try {
    const [row] = await session.query('SELECT version() AS version');
    return String(row?.version);
  } finally {
    await session.close();
  }
}

const { resolve } = createRequire(import.meta.url);

/** From its package.json, which stands above its main file. */
function versionOf(name: string): string {
  let folder = dirname(name === 'kosh-ingest' ? resolve('kosh-ingest/package.json') : resolve(name));
  while (!isPackage(folder, name) && dirname(folder) !== folder) folder = dirname(folder);
  const { version = 'unknown' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string };
  return version;
}

function isPackage(folder: string, name: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === name;
}
