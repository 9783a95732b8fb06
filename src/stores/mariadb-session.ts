import { setTimeout as pause } from 'node:timers/promises';
import { IngestError } from '../errors.js';
import { type Address, type Answer, type Client, connectClient } from './mariadb-client.js';
import { leavesTransaction, type MariadbError, numberOf } from './mariadb-errors.js';
import type { ServerOptions } from './mariadb-options.js';

/** A statement that is not answered for so long makes a second connection ask whether the server still lives. */
const probeEveryMs = 5000;
/** Wait between two looks for a server that is away. */
const lookAgainMs = 250;

/** How long the end of a session may take. */
const goodbyeMs = 2000;

/** Where to look for a server, and for how long. */
export interface Search {
  /** Which of the hosts is asked first. */
  readonly first: number;
  /** Milliseconds to wait for a server that is away. 0 asks every host once. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One session on a server. Statements are sent one after the other; what is not committed is gone when it ends. */
export class MariadbSession {
  readonly #client: Client;
  readonly #options: ServerOptions;
  readonly #address: Address;
  /** What the server said when it was connected to. */
  readonly facts: ServerFacts;
  /** Ends the waiting for an answer, one for each statement that has none. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isOpen = true;

  /** The first host that answers and takes work. Throws what the last one said. */
  static async open(options: ServerOptions, { first, patienceMs, signal }: Search): Promise<MariadbSession> {
    const addresses: Address[] = options.socketPath === undefined ? [...options.hosts] : [{ socketPath: options.socketPath }];
    const deadline = performance.now() + patienceMs;
    for (;;) {
      let last: unknown;
      for (let n = 0; n < addresses.length; n++) {
        signal?.throwIfAborted();
        try {
          const host = (first + n) % addresses.length;
          return await unlessAborted(MariadbSession.#openAt(options, addresses[host] as Address, host), signal);
        } catch (error) {
          // A host that refuses the user says more than one that is away.
          if (last === undefined || isAway(last)) last = error;
        }
      }
      if (!isAway(last) || performance.now() >= deadline) throw last;
      await pause(lookAgainMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }

  static async #openAt(options: ServerOptions, address: Address, host: number): Promise<MariadbSession> {
    const client = await connectClient(options, address);
    try {
      return new MariadbSession(client, options, address, { ...(await factsOf(client)), hostNumber: host });
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  private constructor(client: Client, options: ServerOptions, address: Address, facts: ServerFacts) {
    this.#client = client;
    this.#options = options;
    this.#address = address;
    this.facts = facts;
  }

  /** False once the connection is gone, or the server has said something that ends it. */
  get isOpen(): boolean {
    return this.#isOpen && this.#client.isValid();
  }

  query(sql: string, values?: readonly unknown[]): Promise<Answer> {
    return this.#watched(() => this.#client.query(sql, values));
  }

  /** One statement for many rows. */
  async batch(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    if (this.facts.isClustered) await this.query(forRows(sql, rows.length), rows.flat());
    else await this.#watched(() => this.#client.batch(sql, rows));
  }

  /** Ends whatever transaction there is; a session that cannot do so is ended itself. */
  async rollback(): Promise<void> {
    if (!this.#isOpen) return;
    try {
      await this.query('ROLLBACK');
    } catch {
      this.destroy();
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // A server that is silent does not say goodbye.
    const ended = this.#client.end().then(
      () => true,
      () => false,
    );
    if (!(await Promise.race([ended, pause(goodbyeMs, false)]))) this.#client.destroy();
  }

  destroy(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#client.destroy();
    for (const end of this.#waiting) end(lostConnection());
  }

  /**
   * A server that was stopped, or a machine that is off the network, never answers, and a long statement is not answered for long either: a limit of
   * time cannot tell them apart. A second connection can.
   */
  async #watched<T>(send: () => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw lostConnection();
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    let end: (error: Error) => void = () => {};
    const lost = new Promise<never>((_, reject) => {
      end = reject;
    });
    this.#waiting.add(end);
    const watch = async () => {
      const alive = await isAlive(this.#options, this.#address, this.facts);
      if (ended) return;
      if (!alive) this.destroy();
      else timer = setTimeout(watch, probeEveryMs);
    };
    timer = setTimeout(watch, probeEveryMs);
    try {
      return await Promise.race([send(), lost]);
    } catch (error) {
      // Also one whose connection is still there: closed here, or the transaction in it would keep its locks.
      if ((error as MariadbError).fatal) this.destroy();
      throw error;
    } finally {
      ended = true;
      clearTimeout(timer);
      this.#waiting.delete(end);
    }
  }
}

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

async function factsOf(client: Client): Promise<Omit<ServerFacts, 'hostNumber'>> {
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
  // Another node may have committed what this one has not applied yet: a read waits for it.
  const isClustered = wsrep === 'ON';
  if (isClustered) {
    const [ready] = await client.query("SHOW STATUS LIKE 'wsrep_ready'");
    if (ready?.Value !== 'ON') throw notReady();
    await client.query('SET SESSION wsrep_sync_wait = 1');
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

/**
 * An INSERT of one row as one of many. A node of Galera whose transaction ends because another node was first answers the bulk protocol as if all was well
 * (10.11.19), and what comes next is another transaction: the half of a load was committed.
 */
function forRows(sql: string, count: number): string {
  const marks = sql.slice(sql.lastIndexOf('('));
  return sql + `, ${marks}`.repeat(count - 1);
}

/** A connection that comes after all is closed. */
async function unlessAborted(opening: Promise<MariadbSession>, signal: AbortSignal | undefined): Promise<MariadbSession> {
  if (!signal) return opening;
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    opening.then(
      (session) => session.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isAway(error: unknown): boolean {
  return !leavesTransaction(error);
}

/** Whether the server answers, and still has our session. */
async function isAlive(options: ServerOptions, address: Address, { id, host }: ServerFacts): Promise<boolean> {
  let client: Client | undefined;
  try {
    client = await connectClient({ ...options, connectTimeoutMs: Math.min(options.connectTimeoutMs, probeEveryMs) }, address);
    const asked = client.query('SELECT 1 FROM information_schema.PROCESSLIST WHERE id = ? AND host = ?', [id, host]);
    const rows = await Promise.race([asked, pause(probeEveryMs, undefined, { ref: false })]);
    return rows !== undefined && rows.length > 0;
  } catch (error) {
    // Whatever the server says, it lives: "too many connections".
    const number = numberOf(error) ?? 0;
    return number > 0 && number < 45_000;
  } finally {
    client?.destroy();
  }
}

function lostConnection(): Error {
  return Object.assign(new Error('the server does not answer'), {
    code: 'ETIMEDOUT',
    errno: 2013,
    sqlState: '08S01',
    fatal: true,
  });
}
