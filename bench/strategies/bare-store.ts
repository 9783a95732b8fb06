import Database from 'better-sqlite3';
import { connect } from '../../src/kosh/connect.js';
import type { SqliteSettings } from '../../src/stores/connection.js';
import { mariadbError } from '../../src/stores/mariadb-errors.js';
import { sqliteError } from '../../src/stores/sqlite-errors.js';
import { isOnServer, storeName } from '../../src/stores/store-location.js';
import { openSession, type ServerSession } from '../place/server-session.js';
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

/** Creates it, with its tables and what Kosh puts into every store. It and what is done with the store throw as a store of ours does. */
export function openBareStore(store: string, sqlite: SqliteSettings | undefined): Promise<BareStore> {
  return isOnServer(store) ? openMariadb(store) : openSqlite(store, sqlite);
}

async function openSqlite(store: string, settings: SqliteSettings | undefined): Promise<BareStore> {
  const { journalMode, synchronous } = settings ?? { journalMode: 'delete', synchronous: 'full' };
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, store);
    }
  };
  return told(() => {
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
      transaction: async (work) =>
        told(() => {
          begin.run();
          work();
          commit.run();
        }),
      read: async (id) => told(() => select.get(id) as string),
      close: async () => void db.close(),
    };
  });
}

async function openMariadb(store: string): Promise<BareStore> {
  await (await connect(store, { username: 'bench' })).close();
  const session = await openSession(store);
  const query: ServerSession['query'] = (sql, values) =>
    session.query(sql, values).catch((error: unknown) => {
      throw mariadbError(error, storeName(store));
    });
  let statements: (readonly [sql: string, values: readonly unknown[]])[] = [];
  const loop = new BareLoop((sql) => ({ run: (...values) => statements.push([sql, values]) }));
  return {
    loop,
    async transaction(work) {
      statements = [];
      work();
      for (const [sql, values] of statements) await query(sql, values);
      await query('COMMIT');
    },
    async read(id) {
      const [row] = await query('SELECT raw FROM "Record" WHERE id = ?', [id]);
      await query('COMMIT');
      return String(row?.raw);
    },
    close: () => session.close(),
  };
}
