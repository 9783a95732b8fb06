import type { Connection, OpenOptions } from './connection.js';
import { openMariadb } from './mariadb.js';
import { isMariadbUrl } from './mariadb-url.js';
import { openSqlite } from './sqlite.js';

/** Opens a connection to a store: a URL of MariaDB, or the path of a SQLite file. */
export function openConnection(store: string, options: OpenOptions): Connection {
  return isMariadbUrl(store) ? openMariadb(store, options) : openSqlite(store, options);
}
