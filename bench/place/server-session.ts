import { IngestError } from '../../src/errors.js';
import { mariadbError } from '../../src/stores/mariadb-errors.js';
import { serverOptions } from '../../src/stores/mariadb-options.js';
import { MariadbSession } from '../../src/stores/mariadb-session.js';
import { mariadbName, parseMariadbUrl } from '../../src/stores/mariadb-url.js';

/** A session on the server of a store, for what is not the store's own business. */
export interface ServerSession {
  readonly database: string;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Connects to the server of a store. Throws as a connection to the store does. */
export async function openSession(store: string): Promise<ServerSession> {
  const { session, database } = await openMariadbSession(store);
  return {
    database,
    query: (sql, values) => session.query(sql, values),
    close: () => session.close(),
  };
}

/** As {@link openSession}: the session itself. */
export async function openMariadbSession(
  store: string,
  signal?: AbortSignal,
): Promise<{ readonly session: MariadbSession; readonly database: string }> {
  const url = parseMariadbUrl(store, '--store');
  const options = serverOptions(url, process.env);
  try {
    return { session: await MariadbSession.open(options, { first: 0, patienceMs: 0, signal }), database: options.database };
  } catch (error) {
    const meant = mariadbError(error, mariadbName(url));
    throw meant instanceof Error ? meant : new IngestError('ERR_STORE_UNAVAILABLE', String(meant));
  }
}

/** The same URL, of another database. */
export function withDatabase(store: string, database: string): string {
  return store.replace(/^([^:]+:\/\/[^/?#]*)(\/[^?#]*)?/, (_, server: string) => `${server}/${encodeURIComponent(database)}`);
}
