import Database from 'better-sqlite3';
import { connect } from '../../src/kosh/connect.js';
import type { SqliteSettings } from '../../src/stores/connection.js';
import { isOnServer } from '../../src/stores/store-location.js';
import { openSession } from '../place/server-session.js';
import { BareLoop, createBareStore } from '../support/bare-loop.js';

/** A new store that is written with nothing of ours in between: one connection, one single-row INSERT a row. */
export interface BareStore {
  readonly loop: BareLoop;
  /** Runs in one transaction what `work` does with the loop. */
  transaction(work: () => void): Promise<void>;
  /** The JSON text of a record. */
  read(id: string): Promise<string>;
  close(): Promise<void>;
}

/** Creates it, with its tables and what Kosh puts into every store. */
export function openBareStore(store: string, sqlite: SqliteSettings | undefined): Promise<BareStore> {
  return isOnServer(store) ? openMariadb(store) : openSqlite(store, sqlite);
}

async function openSqlite(store: string, settings: SqliteSettings | undefined): Promise<BareStore> {
  const { journalMode, synchronous } = settings ?? { journalMode: 'delete', synchronous: 'full' };
  const db = new Database(store);
  db.pragma(`journal_mode = ${journalMode}`);
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma('foreign_keys = ON');
  const loop = createBareStore(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const select = db.prepare('SELECT raw FROM "Record" WHERE id = ?').pluck();
  return {
    loop,
    async transaction(work) {
      begin.run();
      work();
      commit.run();
    },
    read: async (id) => select.get(id) as string,
    close: async () => void db.close(),
  };
}

async function openMariadb(store: string): Promise<BareStore> {
  await (await connect(store, { username: 'bench' })).close();
  const session = await openSession(store);
  let statements: (readonly [sql: string, values: readonly unknown[]])[] = [];
  const loop = new BareLoop((sql) => ({ run: (...values) => statements.push([sql, values]) }));
  return {
    loop,
    async transaction(work) {
      statements = [];
      work();
      for (const [sql, values] of statements) await session.query(sql, values);
      await session.query('COMMIT');
    },
    async read(id) {
      const [row] = await session.query('SELECT raw FROM "Record" WHERE id = ?', [id]);
      await session.query('COMMIT');
      return String(row?.raw);
    },
    close: () => session.close(),
  };
}
