import { isIPv6 } from 'node:net';
import { IngestError } from '../errors.js';
import {
  decode,
  type MariadbParameters,
  passwordHint,
  type Refuse,
  readParameters,
  withoutUndefined,
} from './mariadb-parameters.js';

/** A server as a URL names it. */
export interface MariadbHost {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** 1 to 65535; missing: as the option file says, or 3306. */
  readonly port?: number;
}

/** What the URL of a MariaDB store says, decoded; plain data that holds no password. What the URL does not say is missing. */
export interface MariadbUrl extends MariadbParameters {
  /** In the order in which they are tried; empty when the URL names none. */
  readonly hosts: readonly MariadbHost[];
  readonly user?: string;
  readonly database?: string;
}

const example = 'give a URL such as mariadb://user@host:3306/database?read_default_file=~/.my.cnf';

// Hosts up to the first / ? #, then path, query, fragment. SQLAlchemy's schemes are dialect+driver.
const form = /^(?:mariadb|mysql)(?:\+[a-z0-9]+)?:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i;

/**
 * Whether a store is a MariaDB database, by the scheme of its URL: `mariadb` or `mysql`, with or without SQLAlchemy's `+driver`. Also when
 * something is wrong with the scheme, such as a blank before it: {@link parseMariadbUrl} refuses it without showing it, a path would be shown.
 */
export function isMariadbUrl(store: string): boolean {
  return /^[\s\p{Cc}]*(mariadb|mysql)(\+[^/:]*)?:\/\//iu.test(store);
}

/**
 * Reads the URL of a MariaDB store: `mariadb://user@host:port,host2/database?parameter=value&…`, where everything behind the scheme may be
 * missing. Names and values are percent-decoded. Touches no file.
 *
 * `ERR_USAGE`: whatever is not understood, and a password, because every user of the machine can read command lines. The message repeats
 * neither the URL nor a value.
 *
 * @param source where the value was given, for the message
 */
export function parseMariadbUrl(store: string, source: string): MariadbUrl {
  const refuse: Refuse = (message, hint = example) => new IngestError('ERR_USAGE', `${source}: ${message}`, { hint });
  if (/[\s\p{Cc}\p{Cs}]/u.test(store)) throw refuse('a blank or a control character in the URL', 'write a blank as %20');
  // WHATWG's URL takes no list of hosts, and its errors repeat the URL.
  const [, authority, path = '', query = '', fragment = ''] = form.exec(store) ?? [];
  if (authority === undefined) throw refuse('not the URL of a MariaDB store');

  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user?.includes(':')) throw refuse('a password in a URL can be read by every user of the machine', passwordHint);
  // SQLAlchemy takes `user:a/b@host`. Without an @ there is no password behind the hosts.
  if (`${path}${query}${fragment}`.includes('@')) {
    throw refuse('an @ behind the hosts', `write an @ of a name or a path as %40; if a password is before it, ${passwordHint}`);
  }
  if (fragment !== '') throw refuse('a # in the URL', 'write a # of a name or a path as %23');

  const hosts = readHosts(authority.slice(at + 1), refuse);
  const parameters = readParameters(query.slice(1), refuse);
  if (parameters.socketPath !== undefined && !hosts.every(({ host }) => ['localhost', '127.0.0.1', '::1'].includes(host))) {
    throw refuse('unix_socket, and a host that is not localhost', 'give one of the two');
  }
  return {
    hosts,
    ...withoutUndefined({
      user: user === undefined ? undefined : readUser(user, refuse),
      database: readDatabase(path, refuse),
    }),
    ...parameters,
  };
}

/**
 * A store as messages show it: `mariadb://user@host:port,host2/database`, or `mariadb://user@unix(/path)/database` when the URL names a
 * socket. Without the parameters, but for an option file that alone says where the store is; names are percent-encoded.
 */
export function mariadbName(url: MariadbUrl): string {
  const user = url.user === undefined ? '' : `${encodeURIComponent(url.user)}@`;
  const hosts = url.hosts.map(({ host, port }) => {
    const name = host.includes(':') ? `[${host.replaceAll('%', '%25')}]` : host;
    return port === undefined ? name : `${name}:${port}`;
  });
  const place = url.socketPath === undefined ? hosts.join(',') : `unix(${encodeURI(url.socketPath)})`;
  const file = place === '' && url.optionFile !== undefined ? `?read_default_file=${encodeURI(url.optionFile)}` : '';
  return `mariadb://${user}${place}/${encodeURIComponent(url.database ?? '')}${file}`;
}

function readUser(text: string, refuse: Refuse): string {
  if (text.includes('@')) throw refuse('more than one @ before the hosts', 'write an @ of a name as %40');
  const user = decode(text, refuse);
  if (user === '') throw refuse('an empty user name', 'leave out the @, or give a name before it');
  // `user%3Apassword@` would be a name, and names are shown.
  if (user.includes(':')) throw refuse('a user name with a colon', `if a password is behind the colon, ${passwordHint}`);
  return user;
}

function readHosts(list: string, refuse: Refuse): MariadbHost[] {
  return list === '' ? [] : list.split(',').map((item) => readHost(item, refuse));
}

function readHost(text: string, refuse: Refuse): MariadbHost {
  if (text === '' || text.startsWith(':')) throw refuse('an empty host');
  const [, address, name = '', port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? [];
  const host = address === undefined ? name : decode(address, refuse);
  if (address === undefined ? !/^[a-z0-9._-]+$/i.test(host) : !isIPv6(host)) {
    throw refuse(
      'a host that is neither a name nor an address',
      'an IPv6 address is in brackets: mariadb://user@[::1]:3306/database',
    );
  }
  if (port === undefined) return { host };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) throw refuse('a port that is not 1 to 65535');
  return { host, port: Number(port) };
}

function readDatabase(path: string, refuse: Refuse): string | undefined {
  if (path.includes('/', 1)) throw refuse('more than one / behind the hosts', 'write a / of a name or a path as %2F');
  return path.length > 1 ? decode(path.slice(1), refuse) : undefined;
}
