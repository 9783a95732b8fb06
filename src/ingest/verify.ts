import type { VerifyTask } from '../../workers/protocol.js';
import { SharedState } from '../../workers/shared-state.js';
import { lockStrategyOf } from '../config/load-options.js';
import type { VerifyConfig } from '../config/verify-config.js';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { currentUser, type OpenedStore } from '../kosh/open-store.js';
import { openToVerify } from '../kosh/open-to-verify.js';
import { join, readThrough, runThrough } from '../kosh/transact.js';
import { Findings } from '../kosh/verify-findings.js';
import { type RefusedPlace, readRefusedPlaces } from '../kosh/verify-refused.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { storeInfoType } from '../records/kosh.js';
import { createSource } from '../sources/registry.js';
import type { Plan } from '../sources/source.js';
import type { DanglingRows, StoreCheck } from '../stores/check-sql.js';
import { IdHashes } from './id-hashes.js';
import { Pool } from './pool.js';
import { runTasks } from './run-tasks.js';
import { storeTasks } from './store-tasks.js';
import type { VerifyProgress, VerifySummary } from './verify-summary.js';
import { WaitWatch } from './wait-watch.js';

/** What a caller of {@link verify} can be told, and how to stop it. */
export interface VerifyHooks {
  /** Called about ten times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Something that the user should know: it waits for a lock. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Aborting it ends the verification: what is being compared is finished, nothing new is begun. */
  readonly signal?: AbortSignal | undefined;
  /** What a load has refused of these inputs, its rejects: units that hold one of them are not expected in the store. Default: none. */
  readonly refused?: readonly RefusedPlace[] | undefined;
}

const progressEveryMs = 110;
/** How long threads may take to start, when it ends before it has begun. */
const startMs = 10_000;
/** How long the workers may take to leave the store. */
const endMs = 2000;
/** Tasks given out a worker: the next one is there when a worker comes back. */
const tasksAWorker = 2;

/**
 * Compares every table of a store with what the text of each record implies, and the store with the inputs when the configuration asks for it; has the engine
 * check itself, and looks for rows that refer to no record. Nothing is written. What is not as it should be is answered, not thrown; an `IngestError` is thrown
 * when the store or an input cannot be read.
 *
 * Each record is read with its rows in one transaction through the lock strategy. The store as a whole is compared in many of them, so it should be quiet.
 */
export async function verify(config: VerifyConfig, hooks: VerifyHooks = {}): Promise<VerifySummary> {
  return new Verification(config, hooks).run();
}

class Verification {
  readonly #config: VerifyConfig;
  readonly #hooks: VerifyHooks;
  readonly #shared = new SharedState();
  readonly #stopped = new AbortController();
  readonly #user = currentUser(process.env);
  readonly #startedMs = performance.now();
  readonly #findings = new Findings();
  readonly #compared = { records: 0, relationships: 0 };
  readonly #hashes = new IdHashes();
  readonly #waits: WaitWatch;
  #strategy: LockStrategy | undefined;
  #check: StoreCheck = { integrity: [], dangling: [], rows: {} };
  #koshRecords = 0;
  #storeDone = 0;
  #inputsDone = 0;

  constructor(config: VerifyConfig, hooks: VerifyHooks) {
    this.#config = config;
    this.#hooks = hooks;
    this.#waits = new WaitWatch({ shared: this.#shared, config, onWarning: hooks.onWarning });
  }

  async run(): Promise<VerifySummary> {
    const config = this.#config;
    const { signal } = this.#hooks;
    const stop = () => {
      this.#shared.stop();
      this.#stopped.abort(new IngestError('ERR_INTERRUPTED', 'the verification was interrupted'));
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    // Inputs are looked for before the store is opened.
    const plan = await this.#plan();
    const refused = this.#refused();
    const strategy = lockStrategyOf(config);
    this.#strategy = strategy;
    let opened: OpenedStore | undefined;
    let pool: Pool | undefined;
    const ticker = setInterval(() => this.#tick(plan), progressEveryMs);
    try {
      opened = await this.#waiting(() => openToVerify(config.store, strategy, { signal: this.#stopped.signal }));
      await this.#checkStore(opened);
      if (this.#check.integrity.length > 0) return this.#summary();
      pool = new Pool(config.workers, { config, user: this.#user, memory: this.#shared.memory, refused });
      await this.#runTasks(pool, storeTasks({ ...opened.joined, onPhase: this.#shared.follow() }, this.#stopped.signal));
      if (plan) await this.#runTasks(pool, inputTasks(plan));
    } catch (error) {
      if (isDamage(error)) await this.#listDamage(strategy, error);
      else if (codeOf(error) !== 'ERR_INTERRUPTED') throw error;
    } finally {
      clearInterval(ticker);
      signal?.removeEventListener('abort', stop);
      if (pool) await this.#close(pool);
      await strategy.close();
      await opened?.joined.connection.close();
    }
    return this.#summary();
  }

  /** Opening waits for the lock as the workers do. */
  async #waiting<T>(open: () => Promise<T>): Promise<T> {
    this.#shared.moved('idle', 'waiting');
    try {
      return await open();
    } finally {
      this.#shared.moved('waiting', 'idle');
    }
  }

  async #plan(): Promise<Plan | undefined> {
    if (!this.#config.withInputs) return undefined;
    const source = await createSource(this.#config, () => {
      throw new Error('the coordinator reads no units');
    });
    return source.plan();
  }

  #refused(): readonly RefusedPlace[] {
    const { refusedIn } = this.#config;
    const { refused = [] } = this.#hooks;
    return refusedIn === undefined ? refused : [...refused, ...readRefusedPlaces(refusedIn)];
  }

  async #checkStore({ joined, info }: OpenedStore): Promise<void> {
    const options = { signal: this.#stopped.signal };
    this.#check = await runThrough(
      joined.strategy,
      (lease) => joined.connection.check({ beforeCommit: () => lease.assertHeld(), ...options }),
      options,
    );
    this.#addIntegrity(this.#check.integrity);
    for (const rows of this.#check.dangling) this.#findings.add(referenceDifference(rows));
    if (this.#check.integrity.length > 0) return;
    const types = { in: [storeInfoType, info.usersType] };
    this.#koshRecords = await readThrough(
      joined,
      async (reader) => {
        const found = await reader.find({ types });
        await found.close();
        return found.count;
      },
      options,
    );
  }

  #addIntegrity(said: readonly string[]): void {
    for (const found of said)
      this.#findings.add({ kind: 'integrity', table: null, id: null, pointer: '', found, expected: null });
  }

  /** A file that is too damaged to be read may still be checked. */
  async #listDamage(strategy: LockStrategy, error: unknown): Promise<void> {
    const { connection } = await join(this.#config.store, strategy, { readOnly: true });
    try {
      const { integrity } = await runThrough(strategy, () => connection.check());
      this.#addIntegrity(integrity.length > 0 ? integrity : [messageOf(error)]);
    } finally {
      await connection.close();
    }
  }

  #runTasks(pool: Pool, tasks: Iterable<VerifyTask> | AsyncIterable<VerifyTask>): Promise<void> {
    return runTasks(tasks, {
      most: this.#config.workers * tasksAWorker,
      run: (task) => this.#runTask(pool, task),
      isStopped: () => this.#shared.stopped,
      onFailure: () => this.#shared.stop(),
    });
  }

  async #runTask(pool: Pool, task: VerifyTask): Promise<void> {
    const result = await pool.run(task);
    this.#findings.addAll(result);
    this.#hashes.add(result.hashes);
    this.#compared.records += result.compared.records;
    this.#compared.relationships += result.compared.relationships;
    if (task.chunk) this.#inputsDone += task.chunk.weight;
    else this.#storeDone += task.ids.length;
  }

  async #close(pool: Pool): Promise<void> {
    await this.#shared.endSessions(endMs);
    await this.#shared.threadsReady(this.#config.workers, startMs);
    await pool.close();
  }

  #tick(plan: Plan | undefined): void {
    this.#waits.look(this.#strategy);
    const records = this.#check.rows.Record;
    const shares = [[this.#storeDone, records ?? 0], ...(plan ? [[this.#inputsDone, plan.weight]] : [])];
    const done = shares.map(([part = 0, whole = 0]) => (whole > 0 ? Math.min(1, part / whole) : 1));
    this.#hooks.onProgress?.({
      recordsDone: this.#shared.records,
      differences: this.#findings.count,
      fraction: records === undefined ? undefined : done.reduce((sum, share) => sum + share, 0) / done.length,
      elapsedMs: performance.now() - this.#startedMs,
    });
  }

  #summary(): VerifySummary {
    const { store, lockStrategy, workers, withInputs } = this.#config;
    const { Record: all = 0, Relationship: relationships = 0 } = this.#check.rows;
    const { differences, more, notes } = this.#findings;
    const records = all - this.#koshRecords;
    const interrupted = this.#shared.stopped;
    return {
      store,
      lockStrategy,
      workers,
      records,
      koshRecords: this.#koshRecords,
      relationships,
      rows: this.#check.rows,
      inputs: withInputs ? this.#compared : null,
      notes: { ...notes, notInInputs: withInputs && !interrupted ? Math.max(0, records - this.#hashes.distinct) : 0 },
      differences,
      moreDifferences: more,
      seconds: Math.round(performance.now() - this.#startedMs) / 1000,
      interrupted,
    };
  }
}

/** SQLite found the file to be damaged while it read it. */
function isDamage(error: unknown): boolean {
  return codeOf((error as Error).cause)?.startsWith('SQLITE_CORRUPT') === true;
}

function* inputTasks({ chunks }: Plan): Generator<VerifyTask> {
  for (const chunk of chunks) yield { kind: 'verify', chunk };
}

function referenceDifference({ table, column, id, rows }: DanglingRows) {
  const found = `${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return { kind: 'reference', table, id, pointer: `/${column}`, found, expected: 'a record with this id' } as const;
}
