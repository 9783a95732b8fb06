import { IngestError } from '../errors.js';
import { type FileOptions, openError, readBytes, readOptionFile } from './mariadb-option-file.js';
import { withoutUndefined } from './mariadb-parameters.js';
import { type MariadbHost, type MariadbUrl, mariadbName } from './mariadb-url.js';
import { expandHome } from './store-location.js';

/** How TLS is spoken. */
export interface ServerTls {
  /** The authorities that are trusted, PEM; missing: those that Node trusts. */
  readonly ca?: string;
  /** The client's certificate and its key, PEM: both or none. */
  readonly cert?: string;
  readonly key?: string;
  /** Whether the server's certificate must come from a trusted authority. Default true. */
  readonly verify: boolean;
  /** Whether it must have been issued for the host that is connected to. Default true, false without `verify`. */
  readonly verifyIdentity: boolean;
}

/** What to connect to a server with. It holds the password: never to be logged. */
export interface ServerOptions {
  /** In the order in which they are tried; empty when there is a `socketPath`, else one at least. */
  readonly hosts: readonly Required<MariadbHost>[];
  readonly socketPath?: string;
  readonly user: string;
  /** Missing: there is none. */
  readonly password?: string;
  readonly database: string;
  /** Missing: no TLS. */
  readonly tls?: ServerTls;
  /** Milliseconds. Default 10,000. */
  readonly connectTimeoutMs: number;
}

/**
 * What to connect with: what the URL says, else its option file, else the defaults: 127.0.0.1, 3306, `$USER`. The password is that of
 * `KOSH_INGEST_PASSWORD`, else of the option file, else `MYSQL_PWD`. As with MariaDB's clients, `localhost` without a port is the socket
 * when the option file names one. Reads the option file and those of TLS, now. Paths: `~` is the home directory.
 *
 * A file that cannot be read is `ERR_STORE_OPEN`; one that says what is not understood, and a store without a database, `ERR_USAGE`.
 */
export function serverOptions(url: MariadbUrl, env: NodeJS.ProcessEnv): ServerOptions {
  const file: FileOptions =
    url.optionFile === undefined ? { texts: new Map() } : readOptionFile(expandHome(url.optionFile), url.optionGroup);
  const database = url.database ?? file.texts.get('database');
  if (database === undefined) {
    throw new IngestError('ERR_USAGE', `${mariadbName(url)}: no database`, {
      hint: 'name it in the URL, mariadb://user@host/database, or in its option file, database=… under [client]',
    });
  }
  // An empty variable is one that is not given.
  const user = url.user ?? file.texts.get('user') ?? (env.USER || undefined);
  if (user === undefined) {
    throw new IngestError('ERR_USAGE', `${mariadbName(url)}: no user`, {
      hint: 'name it in the URL: mariadb://user@host/database',
    });
  }
  const password = env.KOSH_INGEST_PASSWORD || (file.texts.get('password') ?? env.MYSQL_PWD);
  return {
    ...readAddress(url, file),
    user,
    database,
    ...withoutUndefined({ password: password || undefined, tls: readTls(url, file) }),
    connectTimeoutMs: url.connectTimeoutMs ?? file.connectTimeoutMs ?? 10_000,
  };
}

function readAddress(url: MariadbUrl, file: FileOptions): Pick<ServerOptions, 'hosts' | 'socketPath'> {
  if (url.socketPath !== undefined) return { hosts: [], socketPath: expandHome(url.socketPath) };
  const fileHost = file.texts.get('host');
  const named: readonly MariadbHost[] = url.hosts.length > 0 || fileHost === undefined ? url.hosts : [{ host: fileHost }];
  const socket = file.texts.get('socket');
  if (socket !== undefined && named.every(({ host, port }) => host === 'localhost' && port === undefined)) {
    return { hosts: [], socketPath: expandHome(socket) };
  }
  const hosts = named.length > 0 ? named : [{ host: '127.0.0.1' }];
  return { hosts: hosts.map(({ host, port = file.port ?? 3306 }) => ({ host, port })) };
}

function readTls({ tls }: MariadbUrl, file: FileOptions): ServerTls | undefined {
  if (!(tls.wanted ?? file.wanted)) return undefined;
  const verify = tls.verify ?? (tls.verifyIdentity || file.verify) ?? true;
  const [cert, key] = [tls.cert ?? file.texts.get('ssl-cert'), tls.key ?? file.texts.get('ssl-key')];
  const pem = (path: string | undefined) => (path === undefined ? undefined : readPem(expandHome(path)));
  return {
    // As for the clients, one file can hold both.
    ...withoutUndefined({ ca: pem(tls.ca ?? file.texts.get('ssl-ca')), cert: pem(cert ?? key), key: pem(key ?? cert) }),
    verify,
    verifyIdentity: verify && (tls.verifyIdentity ?? true),
  };
}

function readPem(path: string): string {
  const text = readBytes(path, 'TLS file').toString();
  // OpenSSL takes an empty file of authorities for none, and Node's own would be trusted.
  if (text.includes('-----BEGIN ')) return text;
  throw openError(`the TLS file ${path} holds nothing in PEM format`, 'give a file that has a line -----BEGIN …-----');
}
