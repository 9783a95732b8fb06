import type { Connection, OpenOptions } from './connection.js';
import { openSqlite } from './sqlite.js';

/** Opens a connection to a store. A store is a path: a SQLite file. */
export function openConnection(store: string, options: OpenOptions): Connection {
  return openSqlite(store, options);
}
