import type { Connection, OpenOptions } from './connection.js';
import { isMariadbUrl } from './mariadb-url.js';
import { openSqlite } from './sqlite.js';

/** Opens a connection to a store: a URL of MariaDB, or the path of a SQLite file. What most stores do without is imported when it is wanted. */
export async function openConnection(store: string, { dryRun, ...options }: OpenOptions): Promise<Connection> {
  if (dryRun) {
    const [{ DryRunConnection }, { isStoreThere }] = await Promise.all([import('./dry-run.js'), import('./dry-run-place.js')]);
    const isThere = isMariadbUrl(store) || isStoreThere(store);
    const under = isThere ? await openConnection(store, { ...options, bulk: false, readOnly: true }) : undefined;
    return new DryRunConnection(under, dryRun);
  }
  return isMariadbUrl(store) ? (await import('./mariadb.js')).openMariadb(store, options) : openSqlite(store, options);
}
