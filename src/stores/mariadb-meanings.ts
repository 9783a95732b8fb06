import { codeOf } from '../errors.js';
import type { Meaning } from './store-error.js';

/** Ended by the server, and known to be rolled back: the same transaction can be run again at once. */
const busy: Meaning = {
  code: 'ERR_STORE_BUSY',
  what: 'ended a transaction that was in the way of another',
  hint: 'With several writers use the lock strategy OnlyRetry, which runs it again.',
};
/** No connection, or a server that takes no work now. Nothing was committed: what comes at COMMIT is told apart. */
const unavailable: Meaning = {
  code: 'ERR_STORE_UNAVAILABLE',
  what: 'cannot be reached',
  hint: 'See that the server runs, and that host and port, or the socket, are those of a MariaDB server.',
};
const notNow: Meaning = {
  ...unavailable,
  what: 'takes no work now',
  hint: 'Wait until the server is ready.',
};
const tooMany: Meaning = {
  ...notNow,
  hint: 'A load needs a connection for each worker and one more: use fewer --workers, or ask for more connections.',
};
const tooLong: Meaning = {
  ...unavailable,
  what: 'ended a statement that took too long',
  hint: 'Use a smaller --batch-size, or ask for a larger max_statement_time.',
};
const readOnlyServer: Meaning = {
  ...unavailable,
  what: 'is on a server that is read-only',
  hint: 'Name the server that takes writes (a replica does not), or connect with readOnly.',
};
const noEntry: Meaning = {
  code: 'ERR_STORE_OPEN',
  what: 'cannot be opened',
  hint: 'Check the user in the URL, the password in the option file (?read_default_file=…) or in KOSH_INGEST_PASSWORD, and whether the server wants TLS (?ssl=true).',
};
const noPassword: Meaning = {
  ...noEntry,
  hint: 'The server knows this user by the name in the operating system, over its socket (?unix_socket=…): use that, or a user with a password.',
};
const expired: Meaning = {
  ...noEntry,
  hint: 'Set a new password with the client mariadb: SET PASSWORD = PASSWORD(…).',
};
const unknownPlugin: Meaning = {
  ...noEntry,
  hint: 'The server wants this user to log in in a way that is not known here: ask for a user with a password.',
};
const noTls: Meaning = {
  ...noEntry,
  hint: 'The server has no TLS: leave out the ssl parameters of the URL and the option file, or ask its administrator for it.',
};
const tls: Meaning = {
  ...noEntry,
  what: 'cannot be opened: TLS failed',
  hint: "Check the file with the authority of the server's certificate (?ssl_ca=…), and that the host is called as in that certificate.",
};
const noDatabase: Meaning = {
  code: 'ERR_STORE_OPEN',
  what: 'cannot be opened',
  hint: 'Check the name of the database, or create it: CREATE DATABASE name. Its tables are created here.',
};
const rights = 'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON database.* TO user';
const noRightOnDatabase: Meaning = { ...noDatabase, hint: `Check the name of the database, or ask for the rights: ${rights}.` };
const noRight: Meaning = {
  code: 'ERR_STORE_READ_ONLY',
  what: 'needs more rights than this user has',
  hint: `Ask for the rights: ${rights}. CREATE is for tables that are missing; kosh_ingest_commits is one of ours (docs/mariadb.md).`,
};
const readOnlyTransactions: Meaning = {
  ...noRight,
  what: 'cannot be written',
  hint: 'The server makes all transactions read-only: ask for tx_read_only = OFF, or connect with readOnly.',
};
const full: Meaning = {
  code: 'ERR_STORE_FULL',
  what: "cannot grow: the server's disk or table is full",
  hint: 'Make space and run the same command again. What was not committed has been rolled back.',
};
const otherTables: Meaning = {
  code: 'ERR_STORE_SCHEMA',
  what: 'has other tables than a Kosh store',
  hint: 'Give another database: in an empty one the tables are created.',
};
const packet: Meaning = {
  code: 'ERR_STORE',
  what: 'takes no statement of this size',
  hint: 'Raise max_allowed_packet on the server, for example SET GLOBAL max_allowed_packet = 67108864.',
};
const wait: Meaning = { ...busy, what: 'kept a transaction waiting for too long' };
const data: Meaning = {
  code: 'ERR_STORE',
  what: 'cannot keep a value',
  hint: 'Compare the column with that of a new store: docs/mariadb.md.',
};
const refusal: Meaning = {
  code: 'ERR_STORE',
  what: 'refused a statement',
  hint: 'What the server says is in the message; its error log may say more. What was not committed has been rolled back.',
};

/** By error number: MariaDB's (https://mariadb.com/kb/en/mariadb-error-codes/), from 45000 on the connector's. */
const byNumber: Readonly<Record<number, Meaning>> = {
  1213: busy, // ER_LOCK_DEADLOCK, also a certification conflict of Galera
  1205: wait, // ER_LOCK_WAIT_TIMEOUT: rolls back the statement alone
  1020: busy, // ER_CHECKREAD: with innodb_snapshot_isolation
  1412: busy, // ER_TABLE_DEF_CHANGED: the tables were created after the snapshot
  1614: busy, // ER_XA_RBDEADLOCK
  1637: notNow, // ER_TOO_MANY_CONCURRENT_TRXS
  1689: busy, // ER_LOCK_ABORTED
  1615: busy, // ER_NEED_REPREPARE
  2006: unavailable, // CR_SERVER_GONE_ERROR
  2013: unavailable, // CR_SERVER_LOST
  1927: unavailable, // ER_CONNECTION_KILLED
  1158: unavailable, // ER_NET_READ_ERROR
  1159: unavailable, // ER_NET_READ_INTERRUPTED
  1160: unavailable, // ER_NET_ERROR_ON_WRITE
  1161: unavailable, // ER_NET_WRITE_INTERRUPTED
  1317: unavailable, // ER_QUERY_INTERRUPTED: KILL
  1080: unavailable, // ER_FORCING_CLOSE
  1184: unavailable, // ER_NEW_ABORTING_CONNECTION
  1053: notNow, // ER_SERVER_SHUTDOWN
  1040: tooMany, // ER_CON_COUNT_ERROR
  1203: tooMany, // ER_TOO_MANY_USER_CONNECTIONS
  1226: tooMany, // ER_USER_LIMIT_REACHED
  1969: tooLong, // ER_STATEMENT_TIMEOUT
  1047: notNow, // ER_UNKNOWN_COM_ERROR: a Galera node outside of the primary component
  1180: notNow, // ER_ERROR_DURING_COMMIT: the same, at COMMIT
  1290: readOnlyServer, // ER_OPTION_PREVENTS_STATEMENT
  1836: readOnlyServer, // ER_READ_ONLY_MODE
  1045: noEntry, // ER_ACCESS_DENIED_ERROR
  1698: noPassword, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
  1820: expired, // ER_MUST_CHANGE_PASSWORD
  1862: expired, // ER_MUST_CHANGE_PASSWORD_LOGIN
  4151: { ...noEntry, hint: 'The account is locked: ask the administrator of the server.' }, // ER_ACCOUNT_HAS_BEEN_LOCKED
  1251: unknownPlugin, // ER_NOT_SUPPORTED_AUTH_MODE
  45023: noTls, // the connector's ER_SERVER_SSL_DISABLED
  45024: unknownPlugin, // ER_AUTHENTICATION_BAD_PACKET
  45025: unknownPlugin, // ER_AUTHENTICATION_PLUGIN_NOT_SUPPORTED
  45047: unknownPlugin, // ER_NOT_SUPPORTED_AUTH_PLUGIN
  45056: tls, // ER_SELF_SIGNED
  45057: tls, // ER_SELF_SIGNED_NO_PWD
  45059: tls, // ER_TLS_IDENTITY_ERROR
  45062: tls, // ER_SELF_SIGNED_BAD_PLUGIN
  45063: tls, // ER_SELF_SIGNED_SHA256
  45064: noEntry, // ER_CLEAR_PASSWORD_WITHOUT_SSL
  1129: { ...noEntry, hint: 'The server has blocked this host: mariadb-admin flush-hosts.' }, // ER_HOST_IS_BLOCKED
  1130: { ...noEntry, hint: 'The server takes no connection from this host: ask its administrator.' }, // ER_HOST_NOT_PRIVILEGED
  1044: noRightOnDatabase, // ER_DBACCESS_DENIED_ERROR
  1049: noDatabase, // ER_BAD_DB_ERROR
  1142: noRight, // ER_TABLEACCESS_DENIED_ERROR
  1143: noRight, // ER_COLUMNACCESS_DENIED_ERROR
  1227: noRight, // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1792: readOnlyTransactions, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1021: full, // ER_DISK_FULL
  1114: full, // ER_RECORD_FILE_FULL
  1054: otherTables, // ER_BAD_FIELD_ERROR
  1146: otherTables, // ER_NO_SUCH_TABLE
  1364: otherTables, // ER_NO_DEFAULT_FOR_FIELD: a column more
  1153: packet, // ER_NET_PACKET_TOO_LARGE
  45046: packet, // the connector's ER_MAX_ALLOWED_PACKET
  1366: data, // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
  1367: data, // ER_ILLEGAL_VALUE_FOR_TYPE
  1406: data, // ER_DATA_TOO_LONG
};

/** By code of the operating system. */
const bySystem: Readonly<Record<string, Meaning>> = {
  ...Object.fromEntries(
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EAI_AGAIN'].map(
      (code) => [code, unavailable],
    ),
  ),
  // The file of a socket: there while the server runs.
  ENOENT: unavailable,
  ENOTFOUND: { ...noEntry, hint: 'No such host: check its name in the URL.' },
  EACCES: { ...noEntry, hint: 'You may not use the socket: check its file.' },
};

/** Codes of Node's TLS: a certificate that is refused (https://nodejs.org/api/tls.html#x509-certificate-error-codes), and a handshake that fails. */
const tlsCode = /^(ERR_(TLS|SSL|OSSL)_|CERT_|UNABLE_TO_|(DEPTH_ZERO_)?SELF_SIGNED_CERT|INVALID_(CA|PURPOSE)$|HOSTNAME_MISMATCH$)/;

/** An error of the connector, as far as it is used here. */
export interface MariadbError extends Error {
  readonly errno?: number;
  readonly sqlState?: string | null;
  readonly sqlMessage?: string;
  readonly fatal?: boolean;
}

/** What an error of the connector means; undefined for any other: those carry no SQLSTATE. */
export function meaningOf(error: MariadbError): Meaning | undefined {
  if (!(error instanceof Error) || typeof error.sqlState !== 'string') return undefined;
  // ER_GET_ERRNO passes an error of the system on.
  if (error.errno === 1030 && /\b28\b/.test(error.sqlMessage ?? '')) return full;
  const code = codeOf(error) ?? '';
  if (tlsCode.test(code)) return tls;
  const known = byNumber[error.errno ?? 0] ?? bySystem[code];
  if (known || !error.fatal) return known ?? refusal;
  // What ends a connection and is none of its own errors: the server does not let the user in.
  return /^(08|70)/.test(error.sqlState) ? unavailable : noEntry;
}
