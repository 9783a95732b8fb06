import { basename } from 'node:path';
import { IngestError } from '../../src/errors.js';
import type { StrategyName } from '../../src/locks/registry.js';
import { grouped } from '../support/grouped.js';
import { randomOf } from '../support/random.js';
import { environmentNotes } from './baseline-notes.js';
import { differenceOf, type Pair, pairTrials } from './baseline-pairs.js';
import type { LoadName } from './loads.js';
import { holm, permutationTest, type Stratum, smallestPOf } from './permutation.js';
import type { TrialResult } from './results.js';
import type { Measurements } from './verdict.js';

export { readBaseline } from './read-baseline.js';

/** What became of the speed since a saved run. */
export interface Comparison {
  /** Name of the file, without its folder. */
  readonly file: string;
  /** When and how the saved run was made. */
  readonly date: string;
  readonly commandLine: string;
  /** Percent by which it may be slower. */
  readonly allowed: number;
  /** The probability of a false alarm that is accepted, over all groups together. */
  readonly alpha: number;
  /** One a strategy and load. */
  readonly groups: readonly ComparedGroup[];
  /** Differences of machine, settings or trials that limit what the comparison says; sentences. */
  readonly notes: readonly string[];
  /** Some group is slower than allowed. */
  readonly slower: boolean;
}

export interface ComparedGroup {
  readonly strategy: StrategyName;
  readonly load: LoadName;
  /** The trials that both runs have, without a fault. */
  readonly trials: readonly ComparedTrial[];
  /** Geometric mean of the trials' ratios: this run / the saved one, each relative to its own floor. Below 1 is slower. */
  readonly ratio: number;
  /** Of the permutation test: how probable a result like this is when the speed is exactly what is allowed. */
  readonly p: number;
  /** The smallest p that the number of trials and rounds can give: above alpha nothing can be found. */
  readonly smallestP: number;
  readonly isSlower: boolean;
  /** `cannot tell`: measured slower than is allowed, and chance explains it as well. */
  readonly outcome: 'slower' | 'not slower' | 'cannot tell';
}

export interface ComparedTrial {
  readonly id: string;
  readonly ratio: number;
}

/** The probability of a false alarm that is accepted, over all groups together. */
const alpha = 0.05;

/** Where the comparison comes from, and what it is to say. */
export interface ComparisonOptions {
  /** Path of the saved run, for messages. */
  readonly file: string;
  /** Percent by which it may be slower; from 0 to below 100. */
  readonly allowed: number;
  /** Of the permutations that are drawn. */
  readonly seed: number;
}

/**
 * Whether a strategy has become slower, relative to the floor, than `allowed` percent.
 *
 * The test is a stratified permutation test. Rounds are few (three, as a rule) and their noise is not normal (another process makes a round slow, nothing
 * makes one fast), so that no test fits that needs a distribution; and one trial with three rounds a side can never be significant (1 of 20 arrangements),
 * a strategy with all of its trials can. The speeds are logarithms, those of the saved run lowered to what is allowed; the statistic is the mean over the
 * trials of (mean now - mean saved), less the same of their floor. Under the null hypothesis (as fast as is allowed) it does not matter which round came
 * from which run: the rounds' labels are exchanged in each trial, and in each floor. The floors are strata of their own because all trials share them: with
 * the ratios permuted as if each had a floor of its own, every third comparison of equal speeds would alarm.
 *
 * It assumes that the rounds of a trial are independent of each other and of other trials, and that nothing but the code differs between the runs. What
 * makes a whole round slow, trials and floor alike, cancels. What makes a whole run slow, and not its floor (another disk, more memory in use), is not told
 * from slow code: that is what `allowed` is for, and the notes name what is known to differ.
 *
 * Throws `ERR_USAGE` when the runs have no trial in common.
 */
export function compareWithBaseline(
  now: Measurements,
  saved: Measurements,
  { file, allowed, seed }: ComparisonOptions,
): Comparison {
  checkBaseline(now.trials, saved, file);
  const { pairs, notes } = pairTrials(now, saved);
  const shift = Math.log(1 - allowed / 100);
  const tests = grouped(pairs, ({ strategy, load }) => `${strategy} ${load}`).map((group, i) => {
    const trials = group.map(({ id, rates, floor }) => ({ id, difference: differenceOf(rates) - differenceOf(floor) }));
    return { group, trials, ...permutationTest(strataOf(group, shift), randomOf(seed, i)) };
  });
  const rejected = holm(
    tests.map(({ p }) => p),
    alpha,
  );
  const groups = tests.map(({ group: [{ strategy, load }], trials, p, smallestP }, i): ComparedGroup => {
    const ratio = Math.exp(trials.reduce((sum, { difference }) => sum + difference, 0) / trials.length);
    const compared = trials.map(({ id, difference }) => ({ id, ratio: Math.exp(difference) }));
    const isSlower = rejected[i] ?? false;
    const outcome = isSlower ? 'slower' : ratio >= 1 - allowed / 100 ? 'not slower' : 'cannot tell';
    return { strategy, load, trials: compared, ratio, p, smallestP, isSlower, outcome };
  });
  return {
    file: basename(file),
    date: saved.environment.date,
    commandLine: saved.commandLine,
    allowed,
    alpha,
    groups,
    notes: [...environmentNotes(now, saved), ...notes, ...tests.flatMap(({ group }) => powerNote(group, alpha / tests.length))],
    slower: rejected.includes(true),
  };
}

/**
 * Refuses a baseline without any of these trials; to be called before they are measured.
 * Throws `ERR_USAGE`.
 */
export function checkBaseline(trials: readonly Pick<TrialResult, 'id'>[], saved: Measurements, file: string): void {
  const hasSpeed = ({ faults, runs }: TrialResult) => faults.length === 0 && runs.some(({ rate }) => rate > 0);
  const ids = new Set(saved.trials.filter(hasSpeed).map(({ id }) => id));
  if (trials.some(({ id }) => ids.has(id))) return;
  throw new IngestError('ERR_USAGE', `the baseline ${file} has a speed of none of the trials of this run`, {
    hint: `It was made by: ${saved.commandLine}`,
  });
}

/** Each trial with its own weight; each floor with that of all trials that were measured against it. */
function strataOf(group: readonly Pair[], shift: number): Stratum[] {
  const floors = grouped(group, ({ batchSize }) => `${batchSize}`).map((pairs) => {
    const longest = pairs.reduce((best, pair) => (roundsOf(pair) > roundsOf(best) ? pair : best));
    return { ...longest.floor, weight: -pairs.length / group.length };
  });
  const trials = group.map(({ rates: { now, saved } }) => {
    return { now, saved: saved.map((rate) => rate + shift), weight: 1 / group.length };
  });
  return [...trials, ...floors];
}

function roundsOf({ floor }: Pair): number {
  return floor.now.length + floor.saved.length;
}

/** More repeats than this are not proposed. */
const mostRepeats = 20;

/**
 * Said of a group that is not sure to be found slow by itself, however slow it is. However slow: then only the arrangements of the floors are left that
 * give as small a statistic, so that p is at most 1 / the arrangements of the trials.
 */
function powerNote(group: readonly [Pair, ...Pair[]], wanted: number): string[] {
  const sure = (sizes: readonly (readonly [number, number])[]) => smallestPOf(sizes) <= wanted * (1 + 1e-9);
  const sizes = group.map(({ rates: { now, saved } }) => [now.length, saved.length] as const);
  if (sure(sizes)) return [];
  const counts = Array.from({ length: mostRepeats }, (_, i) => i + 1);
  const alone = counts.find((count) => sure(sizes.map(([, saved]) => [count, saved])));
  const both = counts.find((count) => sure(sizes.map(() => [count, count])));
  const advice = [
    ...(alone === undefined ? [] : [`--repeats ${alone} here`]),
    ...(both === undefined || both === alone ? [] : [`--repeats ${both} in both runs`]),
  ];
  const [{ strategy, load }] = group;
  const what = group.length === 1 ? '1 trial' : `${group.length} trials`;
  const [now, saved] = sizes[0] ?? [0, 0];
  return [
    `${strategy} with load ${load}: ${what} in ${now} and ${saved} rounds are too few to be sure to find even a large slowdown` +
      `${advice.length > 0 ? `; ${advice.join(', or ')} would do` : ''}.`,
  ];
}
