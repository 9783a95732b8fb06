import { setTimeout as pause } from 'node:timers/promises';
import { IngestError } from '../errors.js';
import { type Address, type Client, connectClient } from './mariadb-client.js';
import { numberOf } from './mariadb-errors.js';
import type { ServerOptions } from './mariadb-options.js';

/** How long a server has to answer that it lives. */
const answerMs = 5000;

/** What is known of every connection. */
export interface ServerFacts {
  /** Which of the hosts it is. */
  readonly hostNumber: number;
  readonly maxPacketBytes: number;
  /** A node of a Galera cluster. */
  readonly isClustered: boolean;
  /** The session, as the server lists it. The number alone is another's after a restart. */
  readonly id: number;
  readonly host: string;
}

/** Asks a new connection. Throws `ERR_STORE_OPEN` for a server that is none of MariaDB, or too old. */
export async function factsOf(client: Client): Promise<Omit<ServerFacts, 'hostNumber'>> {
  // A server that was built without Galera (on Windows) has no @@wsrep_on to ask for.
  const [row] = await client.query(`SELECT VERSION() AS version, @@max_allowed_packet AS packet, id, host,
    (SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'wsrep_on') AS wsrep
    FROM information_schema.PROCESSLIST WHERE id = CONNECTION_ID()`);
  const { version, packet, wsrep, id, host } = row as {
    version: string;
    packet: number;
    wsrep: string | null;
    id: number;
    host: string;
  };
  if (!/mariadb/i.test(version) || !isRecent(version)) {
    throw new IngestError('ERR_STORE_OPEN', `the server is ${version}, and a store needs MariaDB 10.6 or later`, {
      hint: 'Give the URL of a MariaDB server.',
    });
  }
  // Another node may have committed what this one has not applied yet: who reads waits for it, and who writes with the INSERT that each transaction begins
  // with. In a transaction that has begun nothing waits any more.
  const isClustered = wsrep === 'ON';
  if (isClustered) {
    const [ready] = await client.query("SHOW STATUS LIKE 'wsrep_ready'");
    if (ready?.Value !== 'ON') throw notReady();
    await client.query('SET SESSION wsrep_sync_wait = 5');
  }
  return { maxPacketBytes: packet, isClustered, id, host };
}

/** As the server says it of a statement, on a node that is cut off or about to join: another is asked, or it is waited for. */
function notReady(): Error {
  return Object.assign(new Error('the node takes no part in its cluster'), {
    code: 'ER_UNKNOWN_COM_ERROR',
    errno: 1047,
    sqlState: '08S01',
    fatal: true,
  });
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^5\.5\.5-/, '')
    .split('.')
    .map(Number);
  return major > 10 || (major === 10 && minor >= 6);
}

/** Whether the server answers, and still has our session. */
export async function isAlive(options: ServerOptions, address: Address, { id, host }: ServerFacts): Promise<boolean> {
  let client: Client | undefined;
  try {
    client = await connectClient({ ...options, connectTimeoutMs: Math.min(options.connectTimeoutMs, answerMs) }, address);
    const asked = client.query('SELECT 1 FROM information_schema.PROCESSLIST WHERE id = ? AND host = ?', [id, host]);
    const rows = await Promise.race([asked, pause(answerMs, undefined, { ref: false })]);
    return rows !== undefined && rows.length > 0;
  } catch (error) {
    // Whatever the server says, it lives: "too many connections".
    const number = numberOf(error) ?? 0;
    return number > 0 && number < 45_000;
  } finally {
    client?.destroy();
  }
}
