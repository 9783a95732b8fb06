import { setTimeout as pause } from 'node:timers/promises';
import { type Address, type Answer, type Client, connectClient } from './mariadb-client.js';
import { leavesTransaction } from './mariadb-errors.js';
import { factsOf, isAlive, type ServerFacts } from './mariadb-facts.js';
import type { MariadbError } from './mariadb-meanings.js';
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
    if (!(await Promise.race([ended, pause(goodbyeMs, false, { ref: false })]))) this.#client.destroy();
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

function lostConnection(): Error {
  return Object.assign(new Error('the server does not answer'), {
    code: 'ETIMEDOUT',
    errno: 2013,
    sqlState: '08S01',
    fatal: true,
  });
}
