import type { IngestError } from '../errors.js';

/** What a URL says about TLS. What is missing is as the option file says, or the default of `ServerTls`. */
export interface MariadbUrlTls {
  /** True: TLS or no connection. False: no TLS, whatever the option file says. */
  readonly wanted?: boolean;
  /** Paths of PEM files, as written: the authorities, and the client's certificate and key. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the server's certificate must come from an authority that is trusted. */
  readonly verify?: boolean;
  /** Whether it must have been issued for the host that is connected to, too. */
  readonly verifyIdentity?: boolean;
}

/** What the parameters of a URL say. */
export interface MariadbParameters {
  /** Path of the server's Unix socket, as written. */
  readonly socketPath?: string;
  /** Path of a MariaDB option file, as written. */
  readonly optionFile?: string;
  /** A group of the option file that is read besides those of every client. */
  readonly optionGroup?: string;
  readonly tls: MariadbUrlTls;
  /** Milliseconds. */
  readonly connectTimeoutMs?: number;
}

/** Makes the error about a URL. No message repeats what could be a part of a password; without a hint, an example of a URL is one. */
export type Refuse = (message: string, hint?: string) => IngestError;

/** The longest timeout for connecting, in seconds. */
export const maxConnectTimeout = 86_400;

/** Where a password belongs, for a hint. */
export const passwordHint =
  'put it into an option file (?read_default_file=~/.my.cnf, password=… under [client]) or into KOSH_INGEST_PASSWORD';

/** Those of SQLAlchemy, PyMySQL and mysql-connector that have a meaning here. */
const names = [
  'read_default_file',
  'read_default_group',
  'unix_socket',
  'ssl',
  'ssl_ca',
  'ssl_cert',
  'ssl_key',
  'ssl_verify_cert',
  'ssl_verify_identity',
  'ssl_disabled',
  'connect_timeout',
  'charset',
] as const;

type Name = (typeof names)[number];
type Values = ReadonlyMap<Name, string>;

/** Reads `name=value&…`, what stands behind the `?` of a URL. A `+` of a value is a blank, as it is for SQLAlchemy. */
export function readParameters(query: string, refuse: Refuse): MariadbParameters {
  const values = split(query, refuse);
  const optionGroup = values.get('read_default_group');
  if (optionGroup !== undefined && !values.has('read_default_file')) throw refuse('read_default_group without read_default_file');
  // The connection is utf8mb4 anyway.
  if (!/^(utf-?8(mb[34])?)?$/i.test(values.get('charset') ?? '')) throw refuse('charset: expected utf8mb4');
  return {
    tls: readTls(values, refuse),
    ...withoutUndefined({
      socketPath: values.get('unix_socket'),
      optionFile: values.get('read_default_file'),
      optionGroup,
      connectTimeoutMs: readTimeout(values.get('connect_timeout'), refuse),
    }),
  };
}

/** Replaces `%20` and the like. */
export function decode(text: string, refuse: Refuse): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw refuse('a % that is not followed by the two digits of a byte of UTF-8', 'write a % of a name or a path as %25');
  }
  if (/\p{Cc}/u.test(decoded)) throw refuse('a control character in the URL');
  return decoded;
}

/** For TypeScript's `exactOptionalPropertyTypes`: a member that is undefined is left out. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function split(query: string, refuse: Refuse): Values {
  const values = new Map<Name, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), refuse);
    if (/pass|^pwd?$|secret/i.test(name)) {
      throw refuse('a password in a URL can be read by every user of the machine', passwordHint);
    }
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) {
      // Shown when it looks like one.
      const shown = equals > 0 && /^[a-z][\w-]{0,39}$/i.test(name) ? name : 'a parameter';
      throw refuse(`${shown}: no such parameter`, `known: ${names.join(', ')}`);
    }
    if (values.has(known)) throw refuse(`${known}: given twice`);
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' '), refuse);
    if (value === '') throw refuse(`${known}: without a value`);
    values.set(known, value);
  }
  return values;
}

function readTls(values: Values, refuse: Refuse): MariadbUrlTls {
  const isTrue = (name: Name): boolean | undefined => {
    const text = values.get(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (['true', '1', 'yes', 'on'].includes(text)) return true;
    if (['false', '0', 'no', 'off'].includes(text)) return false;
    throw refuse(`${name}: expected true or false`);
  };
  const files = withoutUndefined({ ca: values.get('ssl_ca'), cert: values.get('ssl_cert'), key: values.get('ssl_key') });
  const [ssl, disabled] = [isTrue('ssl'), isTrue('ssl_disabled')];
  const [verify, verifyIdentity] = [isTrue('ssl_verify_cert'), isTrue('ssl_verify_identity')];
  if (verify === false && verifyIdentity) throw refuse('ssl_verify_identity=true has no meaning with ssl_verify_cert=false');

  const asked = ssl || disabled === false || verify || verifyIdentity || Object.keys(files).length > 0;
  const forbidden = ssl === false || disabled;
  if (asked && forbidden) throw refuse('TLS is asked for and forbidden', 'leave out ssl_disabled, or the other ssl parameters');
  return { ...files, ...withoutUndefined({ wanted: asked ? true : forbidden ? false : undefined, verify, verifyIdentity }) };
}

function readTimeout(text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > maxConnectTimeout) throw refuse(`connect_timeout: expected seconds, 1 to ${maxConnectTimeout}`);
  return seconds * 1000;
}
