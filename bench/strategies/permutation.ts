import type { Random } from '../support/random.js';

/** Values of the same thing in two runs; a label is "now" or "saved". */
export interface Stratum {
  readonly now: readonly number[];
  readonly saved: readonly number[];
  /** What its difference of means counts for; negative for what is subtracted. */
  readonly weight: number;
}

export interface PermutationResult {
  /** Sum over the strata: weight x (mean now - mean saved). */
  readonly statistic: number;
  /** How probable a statistic as small as this one is when the labels mean nothing. */
  readonly p: number;
  /** No data of this shape give a smaller one. */
  readonly smallestP: number;
}

/** As many arrangements are counted one by one; of more, as many are drawn. */
const mostArrangements = 20_000;

/** Sums in another order differ in their last digits; what is as near as this is a tie. */
const tie = 1e-9;

/**
 * One-sided stratified permutation test: the labels are exchanged within each stratum, independently of the others. `p` is the share of the arrangements
 * whose statistic is at most the observed one: exact where the arrangements are few, else from draws, the observed one being one of them.
 */
export function permutationTest(strata: readonly Stratum[], random: Random): PermutationResult {
  const statistic = strata.reduce((sum, { now, saved, weight }) => sum + weight * (mean(now) - mean(saved)), 0);
  const arrangements = arrangementsOf(strata.map(({ now, saved }) => [now.length, saved.length]));
  if (arrangements <= mostArrangements) {
    const all = strata.reduce(
      (sums, stratum) => sums.flatMap((sum) => differencesOf(stratum).map((difference) => sum + difference)),
      [0],
    );
    return { statistic, p: all.filter((one) => one <= statistic + tie).length / all.length, smallestP: 1 / all.length };
  }
  const drawers = strata.map((stratum) => drawerOf(stratum, random));
  let count = 1;
  for (let i = 0; i < mostArrangements; i++) {
    if (drawers.reduce((sum, draw) => sum + draw(), 0) <= statistic + tie) count++;
  }
  return { statistic, p: count / (1 + mostArrangements), smallestP: 1 / (1 + mostArrangements) };
}

/** The smallest p that strata of these sizes can give. */
export function smallestPOf(sizes: readonly (readonly [now: number, saved: number])[]): number {
  const arrangements = arrangementsOf(sizes);
  return 1 / (arrangements <= mostArrangements ? arrangements : 1 + mostArrangements);
}

/**
 * Holm's step-down correction: which hypotheses are rejected, in their order, when the probability of rejecting any true one is at most `alpha`,
 * whatever they have to do with each other.
 */
export function holm(ps: readonly number[], alpha: number): boolean[] {
  const rejected = ps.map(() => false);
  const order = ps.map((_, i) => i).sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1));
  for (const [rank, i] of order.entries()) {
    if ((ps[i] ?? 1) > alpha / (ps.length - rank) + tie) break;
    rejected[i] = true;
  }
  return rejected;
}

function arrangementsOf(sizes: readonly (readonly [number, number])[]): number {
  return sizes.reduce((product, [now, saved]) => product * choose(now + saved, now), 1);
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return Math.round(result);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The weighted difference of means of every way to choose which values are "now". */
function differencesOf({ now, saved, weight }: Stratum): number[] {
  const values = [...now, ...saved];
  const total = values.reduce((sum, value) => sum + value, 0);
  const sums: number[] = [];
  const choosing = (from: number, left: number, sum: number) => {
    if (left === 0) sums.push(sum);
    else for (let i = from; i <= values.length - left; i++) choosing(i + 1, left - 1, sum + (values[i] ?? 0));
  };
  choosing(0, now.length, 0);
  return sums.map((sum) => weight * (sum / now.length - (total - sum) / saved.length));
}

/** Draws one of them: the first values of a shuffle are "now". */
function drawerOf({ now, saved, weight }: Stratum, random: Random): () => number {
  const values = Float64Array.from([...now, ...saved]);
  const total = values.reduce((sum, value) => sum + value, 0);
  return () => {
    let sum = 0;
    for (let i = 0; i < now.length; i++) {
      const other = i + Math.floor(random() * (values.length - i));
      const value = values[other] as number;
      values[other] = values[i] as number;
      values[i] = value;
      sum += value;
    }
    return weight * (sum / now.length - (total - sum) / saved.length);
  };
}
