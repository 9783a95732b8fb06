import type { Found, FoundRecord, RecordQuery } from './connection.js';
import { findSql, type ListSql } from './find-sql.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** So many found records need no table of their own, which costs more than to find one. */
const fewRecords = 500;

/** A list as one value: SQLite takes a limited number of values. */
const list: ListSql = (texts) => ({ sql: '(SELECT value FROM json_each(?))', values: [JSON.stringify(texts)] });

/** Finds records; many are kept in a temporary table of this name. */
export function findRecords(db: SqliteDatabase, query: RecordQuery, table: string): Found {
  const { sql, values } = findSql(query, list);
  const few = db.prepare(`${sql} LIMIT ?`).all(...values, fewRecords + 1) as FoundRecord[];
  if (few.length <= fewRecords) return foundInMemory(few);
  const changes = inTemp(db, () => {
    db.exec(`CREATE TABLE ${table} (n INTEGER PRIMARY KEY, id TEXT, type TEXT)`);
    return db.prepare(`INSERT INTO ${table} (id, type) ${sql}`).run(...values).changes;
  });
  return {
    count: changes,
    page: (from, limit) =>
      db.prepare(`SELECT id, type FROM ${table} WHERE n > ? ORDER BY n LIMIT ?`).all(from, limit) as FoundRecord[],
    close: () => {
      if (db.open) inTemp(db, () => db.exec(`DROP TABLE IF EXISTS ${table}`));
    },
  };
}

/** A temporary table is no part of the store: a connection that only reads may have one, too. */
function inTemp<T>(db: SqliteDatabase, work: () => T): T {
  const { query_only: was } = db.prepare('PRAGMA query_only').get() as { query_only: number };
  if (was === 0) return work();
  db.exec('PRAGMA query_only = OFF');
  try {
    return work();
  } finally {
    db.exec('PRAGMA query_only = ON');
  }
}

function foundInMemory(records: readonly FoundRecord[]): Found {
  return { count: records.length, page: (from, limit) => records.slice(from, from + limit), close: () => {} };
}
