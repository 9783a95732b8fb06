import { strategies } from '../../../src/locks/registry.js';
import type { LoadName } from '../loads.js';
import { publishedSeconds } from '../published.js';
import type { BenchResults, Distribution, Floor, TrialResult, Unit } from '../results.js';
import type { ScalingCurve } from '../scaling.js';

/** Trials that can be compared with each other: one load and one batch size, so one floor. */
export interface Group {
  readonly load: LoadName;
  readonly batchSize: number;
  readonly unit: Unit;
  /** `notebook`, or `bulk, up to 2,000 records a transaction`. */
  readonly title: string;
  /** By processes, then workers, then strategy. */
  readonly trials: readonly TrialResult[];
  readonly floor: Floor | undefined;
  readonly curves: readonly ScalingCurve[];
}

/** The groups of a run in the order in which their trials stand there. */
export function groupsOf({ trials, floors, scaling }: BenchResults): Group[] {
  const isOf = (one: TrialResult) => (other: { readonly load: LoadName; readonly batchSize: number }) =>
    other.load === one.load && other.batchSize === one.batchSize;
  const firsts = trials.filter((trial, i) => trials.findIndex(isOf(trial)) === i);
  return firsts.map((first) => ({
    load: first.load,
    batchSize: first.batchSize,
    unit: first.unit,
    title: titleOf(first),
    trials: trials.filter(isOf(first)).sort(inOrder),
    floor: floors.find(isOf(first)),
    curves: scaling.filter(isOf(first)),
  }));
}

function titleOf({ load, batchSize }: TrialResult): string {
  return load === 'bulk' ? `${load}, up to ${batchSize.toLocaleString('en-US')} records a transaction` : load;
}

const rank = Object.keys(strategies);

function inOrder(a: TrialResult, b: TrialResult): number {
  return a.processes - b.processes || a.workers - b.workers || rank.indexOf(a.strategy) - rank.indexOf(b.strategy);
}

/** A trial of kosh-scaling beside what Kosh's authors published for as many runs. */
export interface PublishedRow {
  readonly trial: TrialResult;
  /** Runs, ensembles, datasets and attributes. */
  readonly n: number;
  /** Median of the rounds; absent with a fault. */
  readonly seconds?: number | undefined;
  /** Absent where nothing was published. */
  readonly published?: number | undefined;
}

/** The trials of kosh-scaling; none when the load was not asked for. */
export function publishedRows(trials: readonly TrialResult[]): PublishedRow[] {
  return trials
    .filter(({ load }) => load === 'kosh-scaling')
    .sort(inOrder)
    .map((trial) => {
      const n = trial.processes;
      return { trial, n, seconds: trial.jobSeconds?.median, published: publishedSeconds(trial.strategy, n) };
    });
}

/** Samples that a percentile needs: with fewer it is the longest one, or near it. */
const needed: Readonly<Partial<Record<keyof Distribution, number>>> = { p99: 100, p999: 1000 };

/** Hand-overs that say something: fewer are chance. */
const neededHandOvers = 30;

/** A time of a distribution; undefined without enough samples for it. */
export function quantile(times: Distribution, name: Exclude<keyof Distribution, 'histogram'>): number | undefined {
  return times.count >= (needed[name] ?? 1) ? times[name] : undefined;
}

/** The same of hand-overs, of which a few say nothing. */
export function handOverQuantile(times: Distribution, name: Exclude<keyof Distribution, 'histogram'>): number | undefined {
  return times.count >= neededHandOvers ? quantile(times, name) : undefined;
}

/** No call of the trials was tried again, and none given up. */
export function isSmooth({ trials }: Pick<Group, 'trials'>): boolean {
  return trials.every(({ calls: { gaveUp, retries } }) => gaveUp === 0 && retries === 0);
}

/** Of both kinds of hand-over the one that there was more of, which is what a trial mostly did. */
export function usualHandOver({ handOverMs: { sameProcess, otherProcess } }: TrialResult) {
  return sameProcess.count >= otherProcess.count ? sameProcess : otherProcess;
}
