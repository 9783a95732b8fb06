import type { ChunkResult } from '../../workers/protocol.js';
import { SharedState } from '../../workers/shared-state.js';
import { type LoadConfig, lockStrategyOf } from '../config/load-options.js';
import { codeOf, IngestError } from '../errors.js';
import { currentUser, openStore } from '../kosh/open-store.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { createSource } from '../sources/registry.js';
import type { Chunk, Plan, Source } from '../sources/source.js';
import { storeName } from '../stores/store-location.js';
import { Pool } from './pool.js';
import { RejectsFile } from './rejects.js';
import type { LoadProgress, LoadSummary } from './summary.js';
import { LoadTally } from './tally.js';

/** What a caller of {@link load} can be told, and how to stop it. */
export interface LoadHooks {
  /** Called about ten times a second. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called with what became of each chunk, as soon as its worker has said so. @internal For `bench`. */
  readonly onChunk?: ((result: ChunkResult) => void) | undefined;
  /** Something that the user should know and that does not stop the load. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Aborting it ends the load: running transactions are finished, nothing new is begun. */
  readonly signal?: AbortSignal | undefined;
}

const progressEveryMs = 110;
/** A wait of this length is not passed over in silence. */
const tellAfterMs = 2000;
const tellEveryMs = 60_000;
/** How long threads may take to start, when a load ends before it has begun. */
const startMs = 10_000;
/** How long the workers may take to leave the store. */
const endMs = 2000;
/** Chunks given out a worker: the next one is there when a worker comes back. */
const chunksAWorker = 2;

/**
 * Fills a store: plans chunks, has a pool of worker threads read, map and write them through the lock strategy, and adds up what became of
 * them. What cannot be loaded goes to the rejects file and does not stop the rest. Throws an `IngestError` when the load cannot go on;
 * what was committed until then stays.
 */
export async function load(config: LoadConfig, hooks: LoadHooks = {}): Promise<LoadSummary> {
  return new Coordinator(config, hooks).run();
}

class Coordinator {
  readonly #config: LoadConfig;
  readonly #hooks: LoadHooks;
  readonly #shared = new SharedState();
  readonly #stopped = new AbortController();
  readonly #tally = new LoadTally();
  readonly #rejects: RejectsFile;
  readonly #startedMs = performance.now();
  readonly #user = currentUser(process.env);
  /** Kept until the end: the workers find the lock of the process through it. */
  #strategy: LockStrategy | undefined;
  #waitingSinceMs: number | undefined;
  /** How long the wait had lasted when it was last told of. */
  #toldMs = 0;
  #weightDone = 0;
  #weight = 0;

  constructor(config: LoadConfig, hooks: LoadHooks) {
    this.#config = config;
    this.#hooks = hooks;
    this.#rejects = new RejectsFile(config.rejects);
  }

  async run(): Promise<LoadSummary> {
    const config = this.#config;
    const { signal } = this.#hooks;
    const stop = () => {
      this.#shared.stop();
      this.#stopped.abort(new IngestError('ERR_INTERRUPTED', 'the load was interrupted'));
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    // Inputs are looked for before the store is touched, and threads start while it is opened.
    const source = createSource(config, () => {
      throw new Error('the coordinator reads no units');
    });
    const plan = await source.plan();
    await this.#rejects.check(config.store);
    this.#weight = plan.weight;
    const workers = Math.max(1, Math.min(config.workers, plan.width));
    const strategy = lockStrategyOf(config);
    this.#strategy = strategy;
    const pool = new Pool(workers, { config, user: this.#user, memory: this.#shared.memory });
    const ticker = setInterval(() => this.#tick(), progressEveryMs);
    try {
      await this.#prepareStore(strategy);
      await this.#runPlan(pool, source, plan);
    } catch (error) {
      if (codeOf(error) !== 'ERR_INTERRUPTED') throw error;
    } finally {
      clearInterval(ticker);
      signal?.removeEventListener('abort', stop);
      await this.#shared.endSessions(endMs);
      await this.#shared.threadsReady(workers, startMs);
      await pool.close();
      await strategy.close();
      await this.#rejects.close();
    }
    return this.#summary();
  }

  async #prepareStore(strategy: LockStrategy): Promise<void> {
    this.#shared.moved('idle', 'waiting');
    try {
      const { store, sqlite } = this.#config;
      const { joined } = await openStore(store, strategy, this.#user, { signal: this.#stopped.signal, sqlite });
      await joined.connection.close();
    } finally {
      this.#shared.moved('waiting', 'idle');
    }
  }

  /**
   * Stage after stage; then, together again, what lacked a record, as long as that brings anything in; then all that is left at once, so that
   * units which need one another find one another.
   */
  async #runPlan(pool: Pool, source: Source, plan: Plan): Promise<void> {
    let left = await this.#runChunks(pool, plan.chunks, false);
    while (left.length > 0) {
      const { inserted } = this.#tally.records;
      left = await this.#runChunks(pool, source.again(left, false), false);
      if (this.#tally.records.inserted > inserted) continue;
      await this.#runChunks(pool, source.again(left, true), true);
      return;
    }
  }

  async #runChunks(pool: Pool, chunks: Iterable<Chunk>, final: boolean): Promise<Chunk[]> {
    const again: Chunk[] = [];
    const running = new Set<Promise<void>>();
    let failure: { error: unknown } | undefined;
    let stage = 0;
    for (const chunk of chunks) {
      if (chunk.stage !== stage) await Promise.all(running);
      stage = chunk.stage;
      while (running.size >= this.#config.workers * chunksAWorker) await Promise.race(running);
      if (failure || this.#shared.stopped) break;
      const task = this.#runChunk(pool, chunk, final)
        .then((left) => void again.push(...left))
        .catch((error: unknown) => {
          failure ??= { error };
          // The others finish what they have begun.
          this.#shared.stop();
        })
        .finally(() => running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
    if (failure) throw failure.error;
    return again;
  }

  async #runChunk(pool: Pool, chunk: Chunk, final: boolean): Promise<readonly Chunk[]> {
    const result = await pool.run({ chunk, final });
    this.#tally.add(result);
    this.#hooks.onChunk?.(result);
    this.#weightDone += chunk.weight;
    await this.#rejects.write(result.rejects);
    return result.again;
  }

  #tick(): void {
    const nowMs = performance.now();
    if (!this.#shared.waitsForOthers) this.#waitingSinceMs = undefined;
    else this.#waitingSinceMs ??= nowMs;
    const waitedMs = nowMs - (this.#waitingSinceMs ?? nowMs);
    const waitsFor = waitedMs < tellAfterMs ? undefined : this.#inTheWay();
    this.#tellWait(waitsFor, waitedMs);
    this.#hooks.onProgress?.({
      recordsDone: this.#shared.records,
      rejected: this.#tally.records.rejected,
      fraction: this.#weight > 0 ? Math.min(1, this.#weightDone / this.#weight) : undefined,
      elapsedMs: nowMs - this.#startedMs,
      wait: waitsFor === undefined ? undefined : { for: waitsFor, seconds: waitedMs / 1000 },
    });
  }

  /** Once for each wait that is longer than a moment, and once a minute while it lasts. */
  #tellWait(waitsFor: string | undefined, waitedMs: number): void {
    if (waitsFor === undefined) this.#toldMs = 0;
    else if (this.#toldMs === 0 || waitedMs - this.#toldMs >= tellEveryMs) {
      this.#toldMs = waitedMs;
      this.#hooks.onWarning?.(`waiting for ${waitsFor} for ${Math.round(waitedMs / 1000)} s`);
    }
  }

  #inTheWay(): string {
    const { store, lockStrategy, lockPath } = this.#config;
    const holder = this.#strategy?.holder;
    if (holder) return `the lock ${lockPath}.lock held by ${holder}`;
    const other = lockStrategy === 'RFileLock' ? 'a program outside of the lock' : 'another writer';
    return `the store ${storeName(store)}, which ${other} holds or which cannot be reached,`;
  }

  #summary(): LoadSummary {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const { count, file } = this.#rejects;
    return {
      ...this.#tally.summary(this.#config, seconds),
      rejects: { count, file },
      interrupted: this.#shared.stopped,
    };
  }
}
