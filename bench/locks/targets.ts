import type { Kind } from '../support/peers.js';
import { type Spread, spreadOf } from '../support/statistics.js';
import type { ContentionFigures } from './figures.js';
import type { Measured } from './results.js';
import type { ContentionResult, LockTrialResult, StoreResult } from './trials.js';

/** Something that a lock must reach. */
interface Target {
  readonly text: string;
  readonly bound: { readonly atLeast: number } | { readonly below: number };
  readonly unit: string;
  /** Its median counts. Undefined when a trial that it needs was not run, or failed. */
  readonly value: (measured: Measured) => Spread | undefined;
  /** For a hand-over, see {@link ContentionFigures}: must be {@link leastHandedOn} at least. */
  readonly handedOn?: (measured: Measured) => number | undefined;
}

/** How a target was reached. Without a value it was not measured. */
export interface TargetResult extends Pick<Target, 'text' | 'bound' | 'unit'> {
  readonly value?: number;
  /** Of the rounds. */
  readonly range?: { readonly min: number; readonly max: number };
  readonly isMet?: boolean;
  readonly handedOn?: number;
}

/**
 * A lock that the same one takes again and again is rarely handed over, however fast: with less than this the target is missed. Not so in the hot loop of
 * processes: there the lock stays with one for a slice on purpose, and who waits is served after that.
 */
export const leastHandedOn = 0.5;

const belowMs: Readonly<Record<Kind, number>> = { threads: 1, processes: 10 };
const wantedRatio = 0.7;
const mostWriters = 8;

const targets: readonly Target[] = [
  handOverTarget('threads', 'hot loop'),
  handOverTarget('threads', 'think time'),
  handOverTarget('processes', 'hot loop'),
  handOverTarget('processes', 'think time'),
  {
    text: `one store, RFileLock: transactions per second of ${mostWriters} processes, those of one = 1`,
    bound: { atLeast: wantedRatio },
    unit: ' x',
    value: ({ stores }) => {
      const trial = stores.find(({ strategy, count }) => strategy === 'RFileLock' && count === mostWriters);
      return trial && ratioOf(trial, stores);
    },
  },
];

/** All targets, with what was measured. */
export function targetsOf(measured: Measured): TargetResult[] {
  return targets.map((target) => {
    const { text, bound, unit } = target;
    const spread = target.value(measured);
    if (!spread) return { text, bound, unit };
    const { median: value, min, max } = spread;
    const handedOn = target.handedOn?.(measured);
    const isReached = 'below' in bound ? value < bound.below : value >= bound.atLeast;
    const isMet = isReached && (handedOn ?? 1) >= leastHandedOn;
    return { text, bound, unit, value, range: { min, max }, isMet, ...(handedOn === undefined ? {} : { handedOn }) };
  });
}

function handOverTarget(kind: Kind, mode: 'hot loop' | 'think time'): Target {
  const trialsIn = ({ contentions }: Measured) =>
    contentions.filter(
      (trial) => trial.way === 'RFileLock' && trial.kind === kind && trial.thinkMs > 0 === (mode === 'think time'),
    );
  return {
    text: `RFileLock, hand-over between ${kind}, ${mode}: median, the longest of all numbers of ${kind}`,
    bound: { below: belowMs[kind] },
    unit: ' ms',
    value: (measured) => all(trialsIn(measured), handOverOf)?.reduce((a, b) => (b.median > a.median ? b : a)),
    ...(kind === 'processes' && mode === 'hot loop'
      ? {}
      : {
          handedOn: (measured: Measured) => {
            const shares = all(trialsIn(measured), handedOnOf);
            return shares && Math.min(...shares);
          },
        }),
  };
}

/** The values of all trials; undefined when one has none, or there is no trial. */
function all<T>(trials: readonly ContentionResult[], of: (trial: ContentionResult) => T | undefined): readonly T[] | undefined {
  const values = trials.flatMap((trial) => of(trial) ?? []);
  return values.length > 0 && values.length === trials.length ? values : undefined;
}

/** The medians of the rounds in which there was a hand-over. */
function handOverOf(trial: ContentionResult): Spread | undefined {
  const medians = trial.runs.flatMap(({ figures }) => figures.handOverMs?.median ?? []);
  return medians.length > 0 && hasFigures(trial) ? spreadOf(medians) : undefined;
}

/** The part of the hand-overs that there could have been: the median of the rounds in which there could. */
export function handedOnOf(trial: ContentionResult): number | undefined {
  const shares = trial.runs.flatMap(({ figures }) => figures.handedOn ?? []);
  return shares.length > 0 && hasFigures(trial) ? spreadOf(shares).median : undefined;
}

/** Transactions per second, those of one process with the same strategy in the same round being 1. */
export function ratioOf(trial: StoreResult, stores: readonly StoreResult[]): Spread | undefined {
  const one = stores.find(({ strategy, count }) => strategy === trial.strategy && count === 1);
  if (!one || !hasFigures(one) || !hasFigures(trial)) return undefined;
  return spreadOf(trial.runs.map(({ figures }, round) => figures.perSecond / (one.runs[round]?.figures.perSecond ?? Number.NaN)));
}

function hasFigures({ runs, faults }: LockTrialResult<unknown, unknown>): boolean {
  return runs.length > 0 && faults.length === 0;
}
