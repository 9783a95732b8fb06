import { nowMs } from '../../../src/clock.js';
import { type LoadConfig, loadDefaults } from '../../../src/config/load-options.js';
import { load } from '../../../src/ingest/load.js';
import { lockDefaults } from '../../../src/locks/lock-options.js';
import type { ChunkResult } from '../../../workers/protocol.js';
import type { Course } from '../../support/peers.js';
import type { Report, Sizes, TrialJob, Written } from '../protocol.js';
import { isGivenUp, reasonOf } from '../recorder.js';
import { Tally } from '../tally.js';

/** Datasets of each ensemble of a load that only ends with the course. */
const endless = 1_000_000;

/** What became of the bulk load of one process. */
export interface BulkResult {
  /** One a worker. */
  readonly reports: readonly Report[];
  readonly written: Written;
}

/** Loads what a trial reads: {@link Sizes} of the notebook, by one who is alone. */
export async function loadGiven(job: TrialJob, prefix: string): Promise<void> {
  await load(configOf({ ...job, strategy: 'None', workers: 1 }, prefix, job.sizes));
}

/** The bulk load of process number `process`: the one of `kosh-ingest load`, with its pool. Ends with the course, or when its share of the records is in. */
export async function bulkLoad(job: TrialJob, process: number, course: Course): Promise<BulkResult> {
  const prefix = `p${process}_`;
  const workers = new Workers(job.workers, process, course);
  const ending = new AbortController();
  const leftMs = course.toMs - nowMs();
  const timer = Number.isFinite(leftMs) ? setTimeout(() => ending.abort(), leftMs) : undefined;
  const askedMs = nowMs();
  let inserted = 0;
  let isWhole = true;
  const share = shareOf(job, process);
  try {
    if (share)
      await load(configOf(job, prefix, share), {
        signal: ending.signal,
        onChunk: (result) => {
          inserted += result.inserted.records;
          workers.add(result);
        },
      });
  } catch (error) {
    // The strategy has given up, and with it the load: what was committed until then stays.
    if (!isGivenUp(error)) throw error;
    isWhole = false;
    workers.gaveUp(askedMs, reasonOf(error));
  } finally {
    clearTimeout(timer);
  }
  return {
    reports: workers.reports(),
    written: { kind: 'count', prefix, least: inserted, most: isWhole ? inserted : undefined },
  };
}

function configOf(job: TrialJob, prefix: string, { ensembles, datasets, attributes }: Sizes): LoadConfig {
  const { store, sqlite, strategy, lockOptions, workers, batchSize } = job;
  return {
    store,
    sqlite,
    ...loadDefaults,
    journal: false,
    ensembles,
    datasets,
    attributes,
    prefix,
    lockStrategy: strategy,
    ...lockDefaults,
    ...lockOptions,
    workers,
    spread: false,
    batchSize,
    dryRun: false,
    rejects: `${prefix}rejects.jsonl`,
  };
}

/** What a process loads: without an end, or its share of the records, or a little less. Undefined: it has no share. */
function shareOf({ length, processes, sizes }: TrialJob, process: number): Sizes | undefined {
  if (length.kind !== 'records') return { ...sizes, datasets: endless };
  const { records } = length;
  const share = Math.floor(records / processes) + (process < records % processes ? 1 : 0);
  if (share === 0) return undefined;
  const ensembles = Math.max(1, Math.min(sizes.ensembles, Math.floor(share / 2)));
  return { ...sizes, ensembles, datasets: Math.floor(share / ensembles) - 1 };
}

/** What the workers of the pool do, by what they answer. */
class Workers {
  readonly #tallies: readonly Tally[];
  /** Threads by their id, in the order in which they came. */
  readonly #threads: number[] = [];

  constructor(count: number, process: number, course: Course) {
    this.#tallies = Array.from({ length: count }, (_, worker) => new Tally({ process, worker }, course));
  }

  add({ worker, acquisitions, inserted }: ChunkResult): void {
    if (!this.#threads.includes(worker)) this.#threads.push(worker);
    const tally = this.#tallies[this.#threads.indexOf(worker)];
    for (const [i, { waitMs, holdMs, endMs, retries }] of acquisitions.entries()) {
      const begun = endMs - holdMs;
      const units = i === acquisitions.length - 1 ? inserted.records : 0;
      tally?.add({ asked: begun - waitMs, begun, ended: endMs, units, retries, gaveUp: undefined });
    }
  }

  gaveUp(asked: number, code: string): void {
    const ended = nowMs();
    this.#tallies[0]?.add({ asked, begun: ended, ended, units: 0, retries: [], gaveUp: code });
  }

  reports(): Report[] {
    return this.#tallies.map((tally) => tally.report());
  }
}
