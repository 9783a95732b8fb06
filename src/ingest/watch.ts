import { setTimeout as delay } from 'node:timers/promises';
import type { LoadConfig } from '../config/load-options.js';
import { codeOf, type IngestError } from '../errors.js';
import { stat } from '../sources/file-stats.js';
import type { FilesChunk } from '../sources/files-chunk.js';
import { findInputs, searchedNames } from '../sources/inputs.js';
import { runLoad } from './coordinator.js';
import type { LoadHooks } from './load-hooks.js';
import { addSummary, type LoadSummary } from './summary.js';

/** The directory is not looked at more often. By looking, because a file system that machines share tells nobody what others have put there. */
const everyMs = 1000;

/** What is done again and again is not done before so many times what it took: looks at many files, tries of many documents that wait. */
const timesApart = 10;
/** Documents that wait are tried so often when nothing comes here: what they lack can come in another way. */
const retryMs = 30_000;

/**
 * Loads what is in a directory, then what is renamed into it, until the signal is aborted; that is no interruption, but the end, unless it comes in the middle of a
 * load. A file that is there already when it is first seen is loaded at once; one that is still being written is loaded when it has not changed from one look to
 * the next. One that changes after that, or goes and comes back, is loaded again. What the store has already is left as it is (`ifExists` `skip`, unless another way
 * is asked for), so that a watch that is begun again loads nothing twice; and then a document that lacks a record waits for it, until the end at the most.
 */
export async function watch(config: LoadConfig, directory: string, hooks: LoadHooks): Promise<LoadSummary> {
  const { signal } = hooks;
  const looks = new Looks(config, directory);
  const rounds = new Rounds(config, hooks);
  let inputs = await looks.next();
  hooks.onWarning?.(`watching ${directory} for ${searchedNames(config.format)}, each also with .gz; Ctrl-C ends it`);
  while (!rounds.isOver) {
    looks.forget(await rounds.load(inputs));
    if (!rounds.isOver) await delay(looks.pauseMs, undefined, { signal }).catch(() => undefined);
    if (!rounds.isOver) inputs = await looks.next();
  }
  if (signal?.aborted) await rounds.end();
  return rounds.sum();
}

/** The loads of a watch. */
class Rounds {
  readonly #config: LoadConfig;
  readonly #hooks: LoadHooks;
  #sum: LoadSummary | undefined;
  /** Why a round did not come to its end. */
  #stopped: LoadSummary['stopped'] = null;
  /** Documents that lack a record. */
  #waiting: readonly string[] = [];
  /** Whether records have come since those were tried. */
  #hasNews = false;
  #triedMs = 0;
  #notBeforeMs = 0;

  constructor(config: LoadConfig, hooks: LoadHooks) {
    const ifExists = config.ifExists === 'error' ? 'skip' : config.ifExists;
    this.#config = { ...config, watch: undefined, ifExists, journal: false, ensembles: 0, datasets: 0 };
    this.#hooks = hooks;
  }

  /** By the signal, or by a stop. */
  get isOver(): boolean {
    return this.#hooks.signal?.aborted === true || this.#stopped !== null;
  }

  /** Loads what has come, then what has waited for it. Answers what was gone when its turn came. */
  async load(inputs: readonly string[]): Promise<readonly string[]> {
    const fresh = new Set(inputs);
    const waited = this.#waiting.filter((path) => !fresh.has(path));
    if (waited.length === 0) this.#tried(performance.now());
    let gone: readonly string[] = [];
    // The first one opens the store, also when there is nothing to load yet: what is wrong with it is said at once.
    if (inputs.length > 0 || !this.#sum) {
      const round = await this.#round(inputs, () => inputs.length > 0);
      this.#stopped = round.summary?.stopped ?? null;
      this.#waiting = [...waited, ...(round.lacking ?? [])];
      gone = round.gone;
    }
    const fromMs = performance.now();
    const isDue = fromMs >= this.#notBeforeMs && (this.#hasNews || fromMs >= this.#triedMs + retryMs);
    if (waited.length === 0 || !isDue || this.isOver) return gone;
    const round = await this.#round(this.#waiting, ({ waiting }, tried) => waiting < tried);
    for (const path of round.gone) this.#hooks.onWarning?.(`${path} is gone, before the records have come that it lacked`);
    this.#waiting = round.lacking ?? this.#waiting;
    // One that was interrupted is tried again at the end.
    if (round.summary?.stopped && !round.summary.interrupted) this.#stopped = round.summary.stopped;
    this.#tried(fromMs);
    return [...gone, ...round.gone];
  }

  #tried(fromMs: number): void {
    this.#hasNews = false;
    this.#triedMs = performance.now();
    this.#notBeforeMs = this.#triedMs + timesApart * (this.#triedMs - fromMs);
  }

  /** What waits still is refused, unless it can be loaded now. */
  async end(): Promise<void> {
    if (this.#waiting.length > 0) await this.#run(this.#waiting, () => true, { ...this.#hooks, signal: undefined });
    this.#waiting = [];
    if (this.#stopped) this.#hooks.onWarning?.('not all that had come was loaded: watch again for the rest');
  }

  /** All loads as one; a load of nothing when there was none. */
  async sum(): Promise<LoadSummary> {
    const sum = this.#sum ?? (await runLoad({ ...this.#config, inputs: [] }, this.#hooks));
    const interrupted = this.#stopped?.code === 'ERR_INTERRUPTED';
    return { ...sum, waiting: this.#waiting.length, interrupted, stopped: this.#stopped };
  }

  /** `lacking`: the documents that lack a record; undefined when that is not known, because the load was ended early. */
  async #round(inputs: readonly string[], isTold: IsTold): Promise<Round & { readonly lacking: readonly string[] | undefined }> {
    const lacking: string[] = [];
    const keep: LoadHooks['keep'] = (left) =>
      left.filter((chunk) => {
        const { documents = [] } = chunk as FilesChunk;
        // Lines are read together with others of their file, which are done; and what waits must not replace what has come meanwhile.
        if (documents.length === 0 || this.#config.ifExists !== 'skip') return true;
        for (const { path } of documents) lacking.push(path);
        return false;
      });
    const round = await this.#run(inputs, isTold, { ...this.#hooks, keep });
    if (round.summary && round.summary.records.inserted > 0) this.#hasNews = true;
    return { ...round, lacking: round.summary?.stopped ? undefined : lacking };
  }

  async #run(inputs: readonly string[], isTold: IsTold, hooks: LoadHooks): Promise<Round> {
    const { read = 0, rejected = 0 } = this.#sum?.records ?? {};
    const earlier = { read, refused: rejected, rejects: this.#sum?.rejects.count ?? 0 };
    const round = await loadRound({ ...this.#config, inputs, earlier }, hooks);
    const { summary } = round;
    if (!summary) return round;
    this.#sum = this.#sum ? addSummary(this.#sum, summary) : summary;
    if (isTold(summary, inputs.length)) this.#hooks.onRound?.(summary);
    return round;
  }
}

/** Whether a caller is to hear of a load of so many files. */
type IsTold = (summary: LoadSummary, tried: number) => boolean;

interface Round {
  /** Undefined when all files were gone. */
  readonly summary: LoadSummary | undefined;
  /** Files that were gone since they were seen. */
  readonly gone: readonly string[];
}

/** Loads files, but for those that are gone since they were seen. */
async function loadRound(config: LoadConfig, hooks: LoadHooks): Promise<Round> {
  try {
    return { summary: await runLoad(config, hooks), gone: [] };
  } catch (error) {
    const there = await Promise.all(config.inputs.map((path) => stat(path).catch(() => undefined)));
    const inputs = config.inputs.filter((_, n) => there[n]);
    const gone = config.inputs.filter((_, n) => !there[n]);
    if (codeOf(error) !== 'ERR_INPUT' || gone.length === 0) throw error;
    if (inputs.length === 0) return { summary: undefined, gone };
    const round = await loadRound({ ...config, inputs }, hooks);
    return { ...round, gone: [...gone, ...round.gone] };
  }
}

/** Notices new files, and those that have changed. */
class Looks {
  readonly #config: LoadConfig;
  readonly #directory: string;
  /** Size and time of change of each file, as it was loaded and as it was at the last look. */
  readonly #loaded = new Map<string, string>();
  #last = new Map<string, string>();
  #isFirst = true;
  #lookMs = 0;

  constructor(config: LoadConfig, directory: string) {
    this.#config = config;
    this.#directory = directory;
  }

  /** How long to wait until the next look. */
  get pauseMs(): number {
    return Math.max(everyMs, timesApart * this.#lookMs);
  }

  /** Files to be loaded now. Throws `ERR_INPUT` when there is no such directory at the first look. */
  async next(): Promise<string[]> {
    const fromMs = performance.now();
    const now = await this.#look();
    this.#lookMs = performance.now() - fromMs;
    const isSettled = (path: string, stamp: string) => this.#isFirst || this.#last.get(path) === stamp;
    const ready = [...now].filter(([path, stamp]) => this.#loaded.get(path) !== stamp && isSettled(path, stamp));
    for (const [path, stamp] of ready) this.#loaded.set(path, stamp);
    this.#last = now;
    this.#isFirst = false;
    return ready.map(([path]) => path);
  }

  /** Files that have gone are new when they come back. */
  forget(paths: readonly string[]): void {
    for (const path of paths) this.#loaded.delete(path);
  }

  async #look(): Promise<Map<string, string>> {
    const files = await this.#files();
    const found = await Promise.all(files.map(({ path }) => stat(path, { bigint: true }).catch(() => undefined)));
    const stamps = new Map<string, string>();
    for (const [n, { path }] of files.entries()) {
      const info = found[n];
      if (info) stamps.set(path, `${info.ino}:${info.size}:${info.mtimeNs}`);
    }
    return stamps;
  }

  /** None where there are none yet; a directory that is away for a moment is waited for. */
  async #files(): ReturnType<typeof findInputs> {
    try {
      return await findInputs([this.#directory], this.#config.format, () =>
        Promise.reject(new Error('a directory has no stdin')),
      );
    } catch (error) {
      if (codeOf(error) !== 'ERR_INPUT') throw error;
      const info = await stat(this.#directory).catch(() => undefined);
      const isAway = !info && !this.#isFirst;
      // With a cause, something in it cannot be read: to wait for that would be silent.
      const isEmpty = info?.isDirectory() && (error as IngestError).cause === undefined;
      if (isAway || isEmpty) return [];
      throw error;
    }
  }
}
