import type { StrategyName } from '../../src/locks/registry.js';
import { type Kind, kinds } from '../support/peers.js';
import type { Percentiles } from '../support/statistics.js';
import type { ContentionFigures, StoreFigures } from './figures.js';
import type { WayName } from './ways.js';

/** How long things take, and with how many it is tried. */
export interface Sizes {
  /** That each trial is measured for, after `warmUpMs` in which it only runs. */
  readonly windowMs: number;
  readonly warmUpMs: number;
  /** Threads, and processes, that want one lock. */
  readonly counts: readonly number[];
  /** Processes that write one store. */
  readonly writers: readonly number[];
  /** Runs whose cost is measured. */
  readonly samples: number;
}

/** The work that is done under the lock keeps the thread busy for so long, as a small transaction does. */
export const holdMs = 1;
/** What passes between two runs of one contender when it is not a hot loop. */
export const thinkMs = 5;
/** What passes between two runs whose cost is measured when they do not follow one another at once. */
export const apartMs = 2;
/** Of each transaction: two records with nine attributes. */
export const rowsATransaction = 20;
export const recordsATransaction = 2;

/** An uncontended run. */
export interface CostTrial {
  readonly name: string;
  readonly way: WayName;
  readonly samples: number;
  /** Between two runs. */
  readonly pauseMs: number;
  readonly warmUpMs: number;
}

export interface CostFigures {
  readonly microseconds: Percentiles;
}

/** Several who want one lock. */
export interface ContentionTrial {
  readonly name: string;
  readonly way: WayName;
  /** Threads of one process, or processes of one thread. */
  readonly kind: Kind;
  readonly count: number;
  /** 0 is the hot loop. */
  readonly thinkMs: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
}

/** Processes that write one store, each with one connection. */
export interface StoreTrial {
  readonly name: string;
  readonly strategy: StrategyName;
  readonly count: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
}

/** What a program of a trial prints. */
export interface Printed<Figures> {
  readonly figures: Figures;
  /** User and system time of the processes that it started. */
  readonly cpuSeconds: number;
}

/** One measured process, with what it printed. */
export interface LockRun<Figures> {
  readonly figures: Figures;
  /** Cores that other processes kept busy meanwhile: how far the times can be trusted. */
  readonly otherCores: number;
}

/** All rounds of one trial. A trial with a fault has no figures: it is not fast, it is wrong. */
export type LockTrialResult<Trial, Figures> = Trial & { readonly runs: LockRun<Figures>[]; readonly faults: string[] };

export type CostResult = LockTrialResult<CostTrial, CostFigures>;
export type ContentionResult = LockTrialResult<ContentionTrial, ContentionFigures>;
export type StoreResult = LockTrialResult<StoreTrial, StoreFigures>;

export function costTrials({ samples, warmUpMs }: Sizes): CostTrial[] {
  const ways = ['mkdir and rmdir', 'proper-lockfile', 'None', 'OnlyRetry', 'RFileLock'] as const satisfies readonly WayName[];
  return [
    ...ways.map((way) => ({ name: way, way, samples, pauseMs: 0, warmUpMs })),
    { name: `RFileLock, ${apartMs} ms apart`, way: 'RFileLock', samples: Math.ceil(samples / 4), pauseMs: apartMs, warmUpMs },
  ];
}

/** RFileLock in a hot loop and with time to think, and plain proper-lockfile in the same hot loop. */
export function contentionTrials({ counts, windowMs, warmUpMs }: Sizes): ContentionTrial[] {
  const trial = (way: WayName, kind: Kind, count: number, pauseMs = 0): ContentionTrial => {
    const mode = pauseMs > 0 ? `${pauseMs} ms think time` : 'hot loop';
    // Who looks once a second needs longer to be seen waiting.
    const factor = way === 'proper-lockfile 1 s' ? 2 : 1;
    const name = `${way}, ${count} ${kind}, ${mode}`;
    return { name, way, kind, count, thinkMs: pauseMs, windowMs: factor * windowMs, warmUpMs };
  };
  const middle = counts[Math.floor(counts.length / 2)] ?? 2;
  return kinds.flatMap((kind) => [
    ...[0, thinkMs].flatMap((pauseMs) => counts.map((count) => trial('RFileLock', kind, count, pauseMs))),
    trial('proper-lockfile 10 ms', kind, middle),
    trial('proper-lockfile 1 s', kind, middle),
  ]);
}

export function storeTrials({ writers, windowMs, warmUpMs }: Sizes): StoreTrial[] {
  return (['RFileLock', 'OnlyRetry'] as const).flatMap((strategy) =>
    writers.map((count) => {
      const name = `${strategy}, ${count} ${count === 1 ? 'process' : 'processes'}`;
      return { name, strategy, count, windowMs, warmUpMs };
    }),
  );
}
