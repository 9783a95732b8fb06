import { homedir } from 'node:os';
import { join } from 'node:path';
import { IngestError } from '../errors.js';
import { isMariadbUrl, mariadbName, parseMariadbUrl } from './mariadb-url.js';

/** `~` and `~/…` as the home directory: a shell does this for a flag, nobody does it for a file or a variable. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/**
 * Where a store is: the path of a SQLite file, with `~` expanded, or the URL of a MariaDB database as it was given. Anything else is `ERR_USAGE`, and so is a
 * URL that makes no sense or holds a password: messages never repeat it. This is the only place that knows which stores there are.
 *
 * @param source where the value was given, for the message
 */
export function storeLocation(store: string, source: string): string {
  if (isMariadbUrl(store)) {
    parseMariadbUrl(store, source);
    return store;
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(store)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    throw new IngestError('ERR_USAGE', `${source}: expected a SQLite file or a MariaDB database, found a ${scheme} URL`, {
      hint: 'give a path alone, such as threadsafe.sqlite, or mariadb://user@host/database',
    });
  }
  if (store === ':memory:') {
    throw new IngestError('ERR_USAGE', `${source}: an in-memory store cannot be shared by workers`, {
      hint: 'give the path of a SQLite file',
    });
  }
  if (store.trim() !== store || store.includes('\0')) {
    const found = JSON.stringify(store);
    throw new IngestError('ERR_USAGE', `${source}: a path with blanks at its ends or a NUL character (found ${found})`, {
      hint: 'give the path without them',
    });
  }
  return expandHome(store);
}

/** Whether the store is a database of a server, which has its own locks. */
export function isOnServer(store: string): boolean {
  return isMariadbUrl(store);
}

/** A store as messages name it: its path, or its URL without parameters. */
export function storeName(store: string): string {
  return isMariadbUrl(store) ? mariadbName(parseMariadbUrl(store, 'store')) : store;
}

/** The command, as words, behind which a statement of SQL is run in the store by its own client. */
export function storeClient(store: string): string[] {
  if (!isMariadbUrl(store)) return ['sqlite3', store];
  const { hosts, socketPath, user, database, optionFile } = parseMariadbUrl(store, 'store');
  const [first] = hosts;
  const given: readonly (readonly [string, string | number | undefined])[] = [
    ['--defaults-file', optionFile && expandHome(optionFile)],
    ['--host', first?.host],
    ['--port', first?.port],
    ['--socket', socketPath],
    ['--user', user],
  ];
  // The client takes its socket for localhost. Without an option file it has to be told to ask for the password.
  const more =
    optionFile !== undefined || socketPath !== undefined
      ? []
      : [...(first?.host === 'localhost' ? ['--protocol=tcp'] : []), '-p'];
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return ['mariadb', ...words, ...more, ...(database === undefined ? [] : [database]), '-e'];
}

/** What Kosh's `connect` takes for the store: a URL of SQLAlchemy, which names a driver and one host. */
export function koshUri(store: string): string {
  if (!isMariadbUrl(store)) return store;
  const { hosts, socketPath, user, database = '', optionFile } = parseMariadbUrl(store, 'store');
  const name = mariadbName({ hosts: hosts.slice(0, 1), tls: {}, database, ...(user === undefined ? {} : { user }) });
  const parameters = Object.entries({ read_default_file: optionFile && expandHome(optionFile), unix_socket: socketPath })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURI(value)}`]))
    .join('&');
  return name.replace('mariadb:', 'mysql+pymysql:') + (parameters && `?${parameters}`);
}

/** A name for files about a store: its path, or the name of its database. */
export function storeStem(store: string): string {
  return isMariadbUrl(store) ? (parseMariadbUrl(store, 'store').database ?? 'kosh') : store;
}
