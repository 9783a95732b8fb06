import { type Socket, connect as tcpConnect } from 'node:net';
import type { Connection as MariadbConnection } from 'mariadb';
import type { ServerOptions } from './mariadb-options.js';

/** A connection of the connector, as far as it is used here. */
export interface Client {
  /** Answers rows as objects. */
  query(sql: string, values?: readonly unknown[]): Promise<Answer>;
  /** One statement for many rows, in MariaDB's bulk protocol. */
  batch(sql: string, rows: readonly (readonly unknown[])[]): Promise<unknown>;
  /** False when the connection is known to be gone. */
  isValid(): boolean;
  end(): Promise<void>;
  destroy(): void;
}

/** What a statement is answered with: rows, or how many it changed. */
export type Answer = readonly Record<string, unknown>[] & { readonly affectedRows?: number };

/** One address of a server: a host with its port, or a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** What is set in every session. */
const session = {
  // Names in double quotes, as SQLite has them. Strict, whatever the server's own mode: a value that does not fit is an error, not another value.
  sql_mode: 'ANSI_QUOTES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  // Nothing is ever committed but by COMMIT, also not what is sent after the server has ended a transaction by itself.
  autocommit: 0,
  // What a server's own settings would take away: rows of an answer, the end of a transaction, a search in large tables.
  // No bigint: the connector writes these as JSON into the error of a session that could not be set up.
  sql_select_limit: Number.MAX_SAFE_INTEGER,
  completion_type: 'NO_CHAIN',
  sql_big_selects: 1,
};

/**
 * Connects to one address. The error of a connection that goes away while it is idle has a listener: without one the connector ends the process
 * (mariadb-connector-nodejs issue 333).
 */
export async function connectClient(options: ServerOptions, address: Address): Promise<Client> {
  const { user, password, database, tls, connectTimeoutMs } = options;
  // On demand: it takes every thread 80 ms, which a load into a file has no use for.
  const { createConnection } = await import('mariadb');
  let socket: Socket | undefined;
  const connection: MariadbConnection = await createConnection({
    ...address,
    ...('host' in address ? { stream: () => (socket = tcpConnect({ ...address, noDelay: true })) } : {}),
    user,
    ...(password === undefined ? {} : { password }),
    database,
    ...(tls === undefined ? {} : { ssl: sslOf(tls, address) }),
    connectTimeout: connectTimeoutMs,
    charset: 'utf8mb4',
    sessionVariables: session,
    connectAttributes: { program_name: 'kosh-ingest' },
    keepAliveDelay: 10_000,
    bigIntAsNumber: true,
    insertIdAsNumber: true,
    checkDuplicate: false,
    // Statements hold the user's data: they have no place in an error. 0 would be the default, 256 characters.
    debugLen: 1,
    logParam: false,
  });
  connection.on('error', () => undefined);
  const client = connection as unknown as Client;
  // The connector's own connects again and sends a KILL. The server that answers may be another one by then, or the same after a restart: there the number
  // belongs to somebody else, or to nobody, and then a rejection that cannot be caught ends the process.
  if (socket) client.destroy = () => socket?.destroy();
  return client;
}

function sslOf({ ca, cert, key, verify, verifyIdentity }: NonNullable<ServerOptions['tls']>, address: Address) {
  return {
    // Whom the certificate is for: of an address in numbers Node would else believe that it is localhost.
    ...('host' in address ? { host: address.host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: verify,
    ...(verifyIdentity ? {} : { checkServerIdentity: () => undefined }),
  };
}
