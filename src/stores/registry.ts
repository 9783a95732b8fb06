import type { Connection, OpenOptions } from './connection.js';
import { DryRunConnection } from './dry-run.js';
import { isStoreThere } from './dry-run-place.js';
import { openMariadb } from './mariadb.js';
import { isMariadbUrl } from './mariadb-url.js';
import { openSqlite } from './sqlite.js';

/** Opens a connection to a store: a URL of MariaDB, or the path of a SQLite file. */
export function openConnection(store: string, { dryRun, ...options }: OpenOptions): Connection {
  if (dryRun) {
    const isThere = isMariadbUrl(store) || isStoreThere(store);
    return new DryRunConnection(isThere ? openConnection(store, { ...options, bulk: false, readOnly: true }) : undefined, dryRun);
  }
  return isMariadbUrl(store) ? openMariadb(store, options) : openSqlite(store, options);
}
