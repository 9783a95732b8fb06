import type { ChunkResult } from '../../workers/protocol.js';
import { SharedState } from '../../workers/shared-state.js';
import { dryRunOf, type LoadConfig, lockStrategyOf } from '../config/load-options.js';
import { codeOf, IngestError } from '../errors.js';
import { currentUser, openStore } from '../kosh/open-store.js';
import type { Joined } from '../kosh/transact.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import type { Chunk, Reject } from '../sources/source.js';
import { Spool } from '../sources/spool.js';
import { ChunkRunner } from './chunk-runner.js';
import { tooManyRejects } from './error-limit.js';
import { HowFar } from './how-far.js';
import type { LoadHooks } from './load-hooks.js';
import { ownIdOf } from './load-id.js';
import { type Begun, LoadJournal } from './load-journal.js';
import { goingOnText, isPlannedAs, otherLoadText, type Planned, planAs, shardText } from './planning.js';
import { Pool } from './pool.js';
import { RejectsFile } from './rejects.js';
import type { LoadProgress, LoadSummary } from './summary.js';
import { LoadTally } from './tally.js';
import { WaitWatch } from './wait-watch.js';

const progressEveryMs = 110;
/** How long threads may take to start, when a load ends before it has begun. */
const startMs = 10_000;
/** How long the workers may take to leave the store. */
const endMs = 2000;

/** One load from its plan to its end. */
export function runLoad(config: LoadConfig, hooks: LoadHooks): Promise<LoadSummary> {
  return new Coordinator(config, hooks).run();
}

class Coordinator {
  readonly #config: LoadConfig;
  readonly #hooks: LoadHooks;
  readonly #shared = new SharedState();
  readonly #stopping = new AbortController();
  readonly #tally = new LoadTally();
  readonly #rejects: RejectsFile;
  readonly #spool = new Spool();
  readonly #howFar = new HowFar();
  readonly #user = currentUser(process.env);
  /** Why the load is ended early. */
  #stopped: IngestError | undefined;
  #begun: Begun | undefined;
  #isWhole = false;
  /** Units that wait for the records of other shards. */
  #waiting = 0;

  constructor(config: LoadConfig, hooks: LoadHooks) {
    this.#config = config;
    this.#hooks = hooks;
    this.#rejects = new RejectsFile(config);
  }

  async run(): Promise<LoadSummary> {
    const config = this.#config;
    const { signal, onWarning } = this.#hooks;
    const interrupt = () => this.#stop(new IngestError('ERR_INTERRUPTED', 'the load was interrupted'));
    if (signal?.aborted) interrupt();
    signal?.addEventListener('abort', interrupt);
    // Inputs are looked for before the store is touched, and threads start while it is opened.
    const { source, plan } = await planAs(config, this.#spool);
    await this.#rejects.check(config.store);
    for (const note of plan.notes ?? []) this.#hooks.onWarning?.(note);
    this.#howFar.planned(plan);
    const workers = Math.max(1, Math.min(config.workers, plan.width));
    // Kept until the end: the workers find the lock of the process through it.
    const strategy = lockStrategyOf(config);
    const load = config.journal === false ? undefined : ownIdOf(config);
    const pool = new Pool(workers, { config, user: this.#user, load, memory: this.#shared.memory });
    const waits = new WaitWatch({ shared: this.#shared, config, onWarning });
    const ticker = setInterval(() => this.#tick(waits.look(strategy)), progressEveryMs);
    let joined: Joined | undefined;
    try {
      joined = await this.#prepareStore(strategy);
      const journal = new LoadJournal(joined, config, this.#stopping.signal);
      this.#begun = config.dryRun ? await journal.found() : load === undefined ? undefined : await journal.begin();
      await this.#load(pool, { source, plan }, load === undefined ? undefined : journal);
    } catch (error) {
      // The same command would find the same.
      if (codeOf(error) === 'ERR_INPUT_CHANGED') this.#begun = undefined;
      if (!this.#stopped || ![this.#stopped.code, 'ERR_INTERRUPTED'].includes(codeOf(error) ?? '')) throw error;
    } finally {
      clearInterval(ticker);
      signal?.removeEventListener('abort', interrupt);
      await this.#shared.endSessions(endMs);
      await this.#shared.threadsReady(workers, startMs);
      await pool.close();
      await joined?.connection.close();
      await strategy.close();
      await this.#spool.close();
      await this.#rejects.close(this.#isWhole);
      this.#sayHowItStands();
    }
    return this.#summary();
  }

  /** Ends the load as soon as what has begun is finished. */
  #stop(reason: IngestError): void {
    this.#stopped ??= reason;
    this.#shared.stop();
    this.#stopping.abort(reason);
  }

  async #prepareStore(strategy: LockStrategy): Promise<Joined> {
    this.#shared.moved('idle', 'waiting');
    try {
      const { store, sqlite } = this.#config;
      const options = { signal: this.#stopping.signal, sqlite, dryRun: dryRunOf(this.#config) };
      return (await openStore(store, strategy, this.#user, options)).joined;
    } finally {
      this.#shared.moved('waiting', 'idle');
    }
  }

  async #load(pool: Pool, fresh: Planned, journal: LoadJournal | undefined): Promise<void> {
    const begun = this.#begun;
    if (begun?.hasEnded) {
      this.#hooks.onWarning?.(`${shardText(this.#config)} of this load is done already`);
      this.#isWhole = true;
      return;
    }
    for (const other of begun?.others ?? []) this.#hooks.onWarning?.(otherLoadText(other));
    // Shards are cut as the first one of them was: else lines would be in none, or in two.
    const isAsPlanned = !begun || isPlannedAs(this.#config, begun);
    const { source, plan } = begun?.goesOn ? await this.#goOn(begun) : isAsPlanned ? fresh : await this.#replanned(begun);
    const runner = new ChunkRunner({
      pool,
      source,
      workers: this.#config.workers,
      onResult: (chunk, result) => this.#onResult(chunk, result),
      isStopped: () => this.#shared.stopped,
      stop: () => this.#shared.stop(),
    });
    try {
      await this.#runAll(runner, await runner.run(plan), journal);
    } catch (error) {
      if (!(runner.hasEndedElsewhere && codeOf(error) === 'ERR_INTERRUPTED')) throw error;
    }
    if (!runner.hasEndedElsewhere) return;
    this.#hooks.onWarning?.('another process has brought the same load to its end');
    this.#isWhole = true;
  }

  async #replanned(begun: Begun): Promise<Planned> {
    const planned = await planAs(this.#config, this.#spool, begun);
    this.#howFar.planned(planned.plan);
    return planned;
  }

  /** What an interrupted load has left, planned as that was. */
  async #goOn(begun: Begun): Promise<Planned> {
    this.#hooks.onWarning?.(goingOnText(begun, this.#config.dryRun));
    const planned = await this.#replanned(begun);
    await this.#refuse(begun.rejects);
    return planned;
  }

  /** What is left when every chunk has been tried, and the end. */
  async #runAll(runner: ChunkRunner, left: readonly Chunk[], journal: LoadJournal | undefined): Promise<void> {
    if (this.#shared.stopped) return;
    let last = this.#hooks.keep?.(left) ?? left;
    this.#waiting = left.length - last.length;
    if (this.#config.shard && (journal || this.#config.dryRun)) {
      this.#checkLimit(true);
      if (this.#shared.stopped) return;
      const ended = await journal?.endShard(left);
      if (!ended) {
        this.#waiting = left.length;
        this.#isWhole = true;
        return;
      }
      // What this run's predecessor has done of what others left.
      const all = this.#begun ? runner.undone(ended, this.#begun.done) : ended;
      last = ended.length > left.length ? await runner.again(all) : all;
    }
    await runner.finally(last);
    this.#checkLimit(true);
    if (this.#shared.stopped) return;
    // Before the journal, which lists them, is gone.
    await this.#rejects.settle(this.#begun?.goesOn ? this.#begun.startedAt : undefined);
    await journal?.end();
    this.#isWhole = true;
  }

  async #onResult(chunk: Chunk, result: ChunkResult): Promise<void> {
    this.#tally.add(result);
    this.#hooks.onChunk?.(result);
    this.#howFar.done(chunk);
    await this.#refuse(result.rejects);
    this.#checkLimit(false);
  }

  async #refuse(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length > 0) this.#hooks.onRejects?.(rejects);
    await this.#rejects.write(rejects);
  }

  #checkLimit(atEnd: boolean): void {
    const { records, rejects } = this.#tally;
    const read = (this.#begun?.loaded.records ?? 0) + records.read;
    const { count } = this.#rejects;
    const refused = Math.max(records.rejected, count);
    // More comes in a load that leaves something to its caller.
    const standing = { read, refused, rejects: count, fresh: rejects, atEnd: atEnd && !this.#hooks.keep };
    const error = tooManyRejects(this.#config, standing);
    if (error) this.#stop(error);
  }

  #tick(wait: LoadProgress['wait']): void {
    const recordsDone = this.#shared.records;
    this.#hooks.onProgress?.({
      recordsDone,
      rejected: this.#tally.records.rejected,
      fraction: this.#howFar.fraction(recordsDone),
      elapsedMs: this.#howFar.elapsedMs,
      wait,
    });
  }

  #sayHowItStands(): void {
    const records = (this.#begun?.loaded.records ?? 0) + this.#tally.records.inserted;
    if (this.#begun && !this.#isWhole && records > 0) this.#hooks.onUnfinished?.({ records });
  }

  #summary(): LoadSummary {
    const seconds = this.#howFar.elapsedMs / 1000;
    const { count, file, listed } = this.#rejects;
    const begun = this.#begun;
    // An interrupt that came when all was done has changed nothing.
    const stopped = this.#isWhole ? undefined : this.#stopped;
    return {
      ...this.#tally.summary(this.#config, seconds),
      rejects: { count, file },
      resumed: begun?.goesOn ? { startedAt: begun.startedAt, ...begun.loaded } : null,
      waiting: this.#waiting,
      interrupted: stopped?.code === 'ERR_INTERRUPTED',
      stopped: stopped ? { code: stopped.code, message: stopped.message, hint: stopped.hint } : null,
      ...(this.#config.dryRun ? { dryRun: { ...this.#tally.estimate(seconds, this.#config.workers), rejects: listed } } : {}),
    };
  }
}
