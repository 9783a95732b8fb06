import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadConfig } from '../config/load-options.js';
import { codeOf, type IngestError } from '../errors.js';
import { findInputs, searchedNames } from '../sources/inputs.js';
import { runLoad } from './coordinator.js';
import type { LoadHooks } from './load-hooks.js';
import { addSummary, type LoadSummary } from './summary.js';

/** How often the directory is looked at. By looking, because a file system that machines share tells nobody what others have put there. */
const everyMs = 1000;

/**
 * Loads what is in a directory, then what is renamed into it, until the signal is aborted; that is no interruption, but the end. A file that is there already when
 * it is first seen is loaded at once; one that is still being written is loaded when it has not changed from one look to the next. One that changes after that is loaded again.
 * What the store has already is left as it is (`ifExists` `skip`, unless another way is asked for), so that a watch that is begun again loads nothing twice.
 */
export async function watch(config: LoadConfig, directory: string, hooks: LoadHooks): Promise<LoadSummary> {
  const looks = new Looks(config, directory);
  const ifExists = config.ifExists === 'error' ? 'skip' : config.ifExists;
  const round = { ...config, watch: undefined, ifExists, journal: false } as const;
  let sum: LoadSummary | undefined;
  let inputs = await looks.next();
  hooks.onWarning?.(`watching ${directory} for ${searchedNames(config.format)}, each also with .gz; Ctrl-C ends it`);
  for (;;) {
    // The first one opens the store, also when there is nothing to load yet.
    if (inputs.length > 0 && !hooks.signal?.aborted) {
      const summary = await loadRound({ ...round, inputs, addsRejects: sum !== undefined }, hooks);
      if (summary) {
        sum = sum ? addSummary(sum, summary) : summary;
        hooks.onRound?.(summary);
        if (summary.stopped && !hooks.signal?.aborted) return sum;
      }
    }
    await delay(everyMs, undefined, { signal: hooks.signal }).catch(() => undefined);
    if (hooks.signal?.aborted) return { ...(sum ?? (await nothing(round, hooks))), interrupted: false, stopped: null };
    inputs = await looks.next();
  }
}

/** Loads files, but for those that are gone since they were seen; undefined when all are. */
async function loadRound(config: LoadConfig, hooks: LoadHooks): Promise<LoadSummary | undefined> {
  try {
    return await runLoad(config, hooks);
  } catch (error) {
    const there = await Promise.all(config.inputs.map((path) => stat(path).catch(() => undefined)));
    const inputs = config.inputs.filter((_, n) => there[n]);
    if (codeOf(error) !== 'ERR_INPUT' || inputs.length === config.inputs.length) throw error;
    return inputs.length > 0 ? loadRound({ ...config, inputs }, hooks) : undefined;
  }
}

/** The summary of a load of nothing. */
function nothing(round: LoadConfig, hooks: LoadHooks): Promise<LoadSummary> {
  return runLoad({ ...round, inputs: [], ensembles: 0, datasets: 0 }, hooks);
}

/** Notices new files, and those that have changed. */
class Looks {
  readonly #config: LoadConfig;
  readonly #directory: string;
  /** Size and time of change of each file, as it was loaded and as it was at the last look. */
  readonly #loaded = new Map<string, string>();
  #last = new Map<string, string>();
  #isFirst = true;

  constructor(config: LoadConfig, directory: string) {
    this.#config = config;
    this.#directory = directory;
  }

  /** Files to be loaded now. Throws `ERR_INPUT` when there is no such directory at the first look. */
  async next(): Promise<string[]> {
    const now = await this.#look();
    const isSettled = (path: string, stamp: string) => this.#isFirst || this.#last.get(path) === stamp;
    const ready = [...now].filter(([path, stamp]) => this.#loaded.get(path) !== stamp && isSettled(path, stamp));
    for (const [path, stamp] of ready) this.#loaded.set(path, stamp);
    this.#last = now;
    this.#isFirst = false;
    return ready.map(([path]) => path);
  }

  async #look(): Promise<Map<string, string>> {
    const stamps = new Map<string, string>();
    for (const { path } of await this.#files()) {
      const info = await stat(path, { bigint: true }).catch(() => undefined);
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
      const isThere = await stat(this.#directory).then(
        (info) => info.isDirectory(),
        () => !this.#isFirst,
      );
      // With a cause, something in it cannot be read: to wait for that would be silent.
      if (codeOf(error) === 'ERR_INPUT' && isThere && (error as IngestError).cause === undefined) return [];
      throw error;
    }
  }
}
