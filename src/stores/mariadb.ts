import { codeOf, IngestError } from '../errors.js';
import type { InsertName, Problem, Rows, SqlValue } from '../records/types.js';
import type { StoreCheck } from './check-sql.js';
import {
  type Awaitable,
  type Connection,
  type OpenOptions,
  type Reader,
  type Transaction,
  type TransactionHooks,
  TransactionRuns,
} from './connection.js';
import { checkMariadb } from './mariadb-check.js';
import { cannotCreate, duplicateEntry, mariadbError, noSuchTable, numberOf } from './mariadb-errors.js';
import { mariadbJournalDdl } from './mariadb-journal.js';
import { assertMarked, removeMarks } from './mariadb-marks.js';
import { serverOptions } from './mariadb-options.js';
import { beginSnapshot, MariadbReader } from './mariadb-reader.js';
import { createMarks, mariadbDdl, marksTable, readSchema, type SchemaFacts } from './mariadb-schema.js';
import { MariadbSession } from './mariadb-session.js';
import { MariadbTransaction } from './mariadb-transaction.js';
import { mariadbName, parseMariadbUrl } from './mariadb-url.js';
import { inTurn } from './turns.js';

/** How long a server that has been there before is waited for, in one try. */
const patienceMs = 10_000;
/** Errors after which another host is tried. */
const leftServers = ['ERR_STORE_UNAVAILABLE', 'ERR_COMMIT_UNKNOWN'];
let connections = 0;

/** A connection to a store in MariaDB. Connects with the first transaction, and again whenever the server has gone away. */
export function openMariadb(url: string, options: OpenOptions): Connection {
  return new MariadbConnection(url, options);
}

class MariadbConnection implements Connection {
  readonly #url: string;
  /** As it is shown. */
  readonly #name: string;
  readonly #bulk: boolean;
  readonly #readOnly: boolean;
  /** The host to begin with: another one after each failure of a server. */
  #firstHost: number;
  /** For {@link inTurn}: each connection waits for its own transactions alone. */
  readonly #turns = `mariadb ${++connections}`;
  #session: MariadbSession | undefined;
  #wasThere: boolean;
  #schema: SchemaFacts | undefined;
  #staged: ReadonlyMap<InsertName, readonly SqlValue[]> = new Map();
  /** The mark of the last transaction, which is known to be committed. */
  #mark: string | undefined;
  #isClosed = false;

  constructor(url: string, { bulk = false, readOnly = false, firstHost = 0 }: OpenOptions) {
    this.#url = url;
    this.#name = mariadbName(parseMariadbUrl(url, 'store'));
    this.#bulk = bulk;
    this.#readOnly = readOnly;
    this.#firstHost = firstHost;
    // Who loads has seen the store before.
    this.#wasThere = bulk;
  }

  transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    return inTurn(this.#turns, () => this.#write(work, hooks), hooks.signal);
  }

  read<T>(work: (reader: Reader) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    return inTurn(this.#turns, () => this.#read(work, hooks), hooks.signal);
  }

  #read<T>(work: (reader: Reader) => Awaitable<T>, hooks: TransactionHooks): Promise<T> {
    const read = async (session: MariadbSession) => {
      await beginSnapshot(session);
      const reader = new MariadbReader(session, { schema: this.#schema, writes: false });
      const result = await work(reader);
      reader.assertOpen();
      return result;
    };
    return this.#inSession(read, hooks);
  }

  check(hooks: TransactionHooks = {}): Promise<StoreCheck> {
    return inTurn(this.#turns, () => this.#inSession(checkMariadb, hooks), hooks.signal);
  }

  /** Runs `work`, which only reads, and ends the transaction that it has begun. */
  async #inSession<T>(work: (session: MariadbSession) => Promise<T>, { beforeCommit, signal }: TransactionHooks): Promise<T> {
    let session: MariadbSession | undefined;
    try {
      session = await this.#connected(signal);
      const result = await work(session);
      beforeCommit?.();
      return result;
    } catch (error) {
      const meant = mariadbError(error, this.#name);
      this.#leaveBadServer(session, meant);
      throw meant;
    } finally {
      await session?.rollback();
    }
  }

  async #write<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks): Promise<T> {
    if (this.#readOnly) {
      const message = `the store ${this.#name} cannot be written: it was opened for reading alone`;
      throw new IngestError('ERR_STORE_READ_ONLY', message);
    }
    const runs = hooks.runs ?? new TransactionRuns();
    let session: MariadbSession | undefined;
    let atCommit = false;
    let earlier: TransactionRuns['unanswered'];
    try {
      session = await this.#connected(hooks.signal);
      if (!(await this.#leaveMark(session, runs))) {
        await session.rollback();
        this.#mark = runs.token;
        return runs.unanswered?.result as T;
      }
      // What was not answered was not done either. But in a cluster it can still be on its way from another node, and win over this run.
      if (session.facts.isClustered) earlier = runs.unanswered;
      runs.unanswered = earlier;
      hooks.onBegin?.();
      const tx = new MariadbTransaction(session, this.#schema, this.#staged);
      const result = await work(tx);
      tx.assertOpen();
      await assertMarked(session, runs.token, this.#name);
      hooks.beforeCommit?.();
      atCommit = true;
      runs.unanswered = { result };
      await session.query('COMMIT');
      runs.unanswered = undefined;
      this.#mark = runs.token;
      return result;
    } catch (error) {
      const meant = mariadbError(error, this.#name, atCommit);
      this.#leaveBadServer(session, meant);
      await session?.rollback();
      if (atCommit && (meant as IngestError).code !== 'ERR_COMMIT_UNKNOWN') runs.unanswered = earlier;
      throw meant;
    }
  }

  /** A server that takes no work now may answer all the same: the next try connects anew, to another host if there is one. */
  #leaveBadServer(session: MariadbSession | undefined, error: unknown): void {
    if (!leftServers.includes(codeOf(error) ?? '')) return;
    session?.destroy();
    this.#firstHost++;
  }

  /**
   * Writes the mark of a transaction, the first thing in it; false when the mark is there, which means that an earlier run was committed. To insert is to
   * ask: where that run still has no end, it is waited for.
   */
  async #leaveMark(session: MariadbSession, runs: TransactionRuns): Promise<boolean> {
    const inserted = session.query(`INSERT INTO "${marksTable}" (token) VALUES (?)`, [runs.token]);
    const before = this.#mark;
    const removed = before === undefined ? undefined : session.query(`DELETE FROM "${marksTable}" WHERE token = ?`, [before]);
    try {
      await Promise.all([inserted, removed]);
    } catch (error) {
      if (numberOf(error) === duplicateEntry && runs.unanswered) return false;
      if (numberOf(error) !== noSuchTable) throw error;
      await Promise.allSettled([inserted, removed]);
      await this.#execute([createMarks()]);
      return this.#leaveMark(session, runs);
    }
    return true;
  }

  async #connected(signal: AbortSignal | undefined): Promise<MariadbSession> {
    if (this.#isClosed) throw new Error('the connection is closed');
    if (this.#session?.isOpen) return this.#session;
    const session = await this.#open({ patienceMs: this.#wasThere ? patienceMs : 0, signal });
    this.#session = session;
    this.#wasThere = true;
    // Those that a transaction has read cannot be changed until it ends, and no gaps are locked, in which others could not insert.
    await session.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    if (this.#bulk) await session.query('SET SESSION foreign_key_checks = 0');
    return session;
  }

  async #open(search: { readonly patienceMs: number; readonly signal?: AbortSignal | undefined }): Promise<MariadbSession> {
    const options = serverOptions(parseMariadbUrl(this.#url, 'store'), process.env);
    const session = await MariadbSession.open(options, { first: this.#firstHost, ...search });
    // One that hangs costs its time once.
    this.#firstHost = session.facts.hostNumber;
    return session;
  }

  stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): void {
    this.#staged = rows;
  }

  problems(rows: Rows): readonly Problem[] {
    return this.#schema?.rules.problems(rows) ?? [];
  }

  async schema(): Promise<'none' | 'sina'> {
    try {
      this.#schema = await readSchema(await this.#connected(undefined), this.#name);
      return this.#schema.kind;
    } catch (error) {
      throw mariadbError(error, this.#name);
    }
  }

  async createSchema(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#execute(mariadbDdl(this.#schema?.ids));
        await this.schema();
        return;
      } catch (error) {
        // Kosh creates its tables at the same moment, in another character set: the keys of the others have to follow.
        if (numberOf((error as Error).cause) !== cannotCreate || tries === 3) throw error;
        await this.schema();
      }
    }
  }

  async createJournal(): Promise<void> {
    if (!this.#schema?.hasJournal) await this.#execute([mariadbJournalDdl]);
  }

  /** In a session of its own: a statement that creates a table commits whatever transaction it is in. */
  async #execute(statements: readonly string[]): Promise<void> {
    try {
      const session = await this.#open({ patienceMs: 0 });
      try {
        for (const statement of statements) await session.query(statement);
      } finally {
        await session.close();
      }
    } catch (error) {
      throw mariadbError(error, this.#name);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const session = this.#session;
    if (!session?.isOpen) return;
    if (this.#mark !== undefined) await removeMarks(session, this.#mark).catch(() => undefined);
    await session.close();
  }
}
