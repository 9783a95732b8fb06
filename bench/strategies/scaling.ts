import type { StrategyName } from '../../src/locks/registry.js';
import { grouped } from '../support/grouped.js';
import { leastSquares } from './least-squares.js';
import type { LoadName } from './loads.js';
import type { TrialResult } from './results.js';

/** Throughput against the number of contenders (processes x workers). */
export interface ScalingCurve {
  readonly strategy: StrategyName;
  readonly load: LoadName;
  readonly batchSize: number;
  readonly processes: number;
  /** In order of `contenders`; trials with a fault are left out. */
  readonly points: readonly ScalingPoint[];
  /** Absent with fewer than three points. */
  readonly fit?: ScalingFit | undefined;
}

export interface ScalingPoint {
  /** Processes x workers. */
  readonly contenders: number;
  readonly workers: number;
  /** Median, lowest and highest rate of the rounds. */
  readonly rate: number;
  readonly min: number;
  readonly max: number;
}

/** Gunther's Universal Scalability Law: rate(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)). */
export interface ScalingFit {
  /** Units a second of one contender. */
  readonly lambda: number;
  /** Contention: the part of the work that only one can do at a time. */
  readonly sigma: number;
  /** Coherency: what each pair of contenders costs. */
  readonly kappa: number;
  /** Root mean square of the relative errors of the points. */
  readonly error: number;
  /** The number of contenders with the highest predicted rate, from the fewest that were measured on; null: it grows with every one. */
  readonly best: number | null;
  /** The smallest measured number of contenders with 95 % of the highest predicted rate of those that were measured: more do not help. */
  readonly enough: number;
}

/** What a fit needs of a point. */
export type RatePoint = Pick<ScalingPoint, 'contenders' | 'rate'>;

/** As much of the highest predicted rate is as good as all of it. */
const enoughShare = 0.95;

/** What a coefficient adds to the predicted time at most, relative, when it is nothing but rounding. */
const negligible = 1e-9;

/** One contender alone is taken to be at most so many times as fast as the best point. */
const mostAlone = 10;

/** The curves of two and more points, in the order of their first trials. */
export function scalingCurves(trials: readonly TrialResult[]): ScalingCurve[] {
  const whole = trials.filter(({ faults, rate }) => faults.length === 0 && rate !== undefined);
  const groups = grouped(whole, ({ strategy, load, batchSize, processes }) =>
    JSON.stringify([strategy, load, batchSize, processes]),
  );
  return groups.flatMap((group) => {
    if (group.length < 2) return [];
    const [{ strategy, load, batchSize, processes }] = group;
    const points = group.flatMap(pointOf).sort((a, b) => a.contenders - b.contenders);
    return [{ strategy, load, batchSize, processes, points, fit: fitScaling(points) }];
  });
}

function pointOf({ processes, workers, rate }: TrialResult): ScalingPoint[] {
  return rate ? [{ contenders: processes * workers, workers, rate: rate.median, min: rate.min, max: rate.max }] : [];
}

/**
 * The Universal Scalability Law that is nearest to the points, relative to their rates. Points without a rate are left out; undefined with fewer than
 * three numbers of contenders among the others.
 *
 * n / rate(n) = a + b (n - 1) + c n (n - 1) is linear in a = 1 / lambda, b = sigma / lambda and c = kappa / lambda: a convex problem with one solution.
 * `sigma` and `kappa` are at least 0, so points that grow faster than their number get the straight line. `sigma` may be above 1, unlike in Gunther's law:
 * that is what a lock costs which is handed over at the same price however many wait, fast for one and slower, but evenly, for two and more. Then the
 * rate falls from the first contender on and `best` is 1. Where one contender was not measured, `lambda` is at most ten times the highest rate.
 */
export function fitScaling(points: readonly RatePoint[]): ScalingFit | undefined {
  const known = points.filter(
    ({ contenders, rate }) => contenders >= 1 && Number.isFinite(contenders) && rate > 0 && Number.isFinite(rate),
  );
  if (new Set(known.map(({ contenders }) => contenders)).size < 3) return undefined;
  const unit = Math.max(...known.map(({ rate }) => rate));
  const most = Math.max(...known.map(({ contenders }) => contenders));
  const law = { ...coefficientsOf(known, unit, most), unit };
  const predicted = (n: number) => predictedRate(law, n);
  const errors = known.map(({ contenders, rate }) => predicted(contenders) / rate - 1);
  const measured = [...new Set(known.map(({ contenders }) => contenders))].sort((a, b) => a - b);
  const [least = 1] = measured;
  const peak = bestOf(law);
  // Fewer than were measured is nothing that the points say.
  const best = peak === null ? null : Math.max(least, peak);
  const highest = Math.max(...measured.map(predicted));
  const enough = measured.find((n) => predicted(n) >= enoughShare * highest) ?? most;
  const error = Math.sqrt(errors.reduce((sum, one) => sum + one * one, 0) / errors.length);
  return { lambda: law.lambda, sigma: law.sigma, kappa: law.kappa, error, best, enough };
}

/** Units a second of `n` contenders by the law. */
export function predictedRate({ lambda, sigma, kappa }: Law, n: number): number {
  return lambda * (n / (1 + sigma * (n - 1) + kappa * n * (n - 1)));
}

type Law = Pick<ScalingFit, 'lambda' | 'sigma' | 'kappa'>;

/** In units of the highest rate, so that no size of numbers gets lost; each row divided by its n / rate, so that errors are relative. */
function coefficientsOf(points: readonly RatePoint[], unit: number, most: number): Law {
  const least = 1 / mostAlone;
  const scaled = points.map(({ contenders: n, rate }) => ({ n, speed: rate / unit / n }));
  const rows = scaled.map(({ n, speed }) => [speed, (n - 1) * speed, n * (n - 1) * speed]);
  const [above, b, c] = leastSquares(
    rows,
    scaled.map(({ speed }) => 1 - least * speed),
  ) as [number, number, number];
  const a = least + above;
  const total = a + b * (most - 1) + c * most * (most - 1);
  const cleaned = (value: number, factor: number) => (value * factor < negligible * total ? 0 : value / a);
  return { lambda: unit / a, sigma: cleaned(b, most - 1), kappa: cleaned(c, most * (most - 1)) };
}

function bestOf(law: Law): number | null {
  const { sigma, kappa } = law;
  if (sigma >= 1 - negligible) return 1;
  if (kappa === 0) return null;
  const peak = Math.max(1, Math.floor(Math.sqrt((1 - sigma) / kappa)));
  return predictedRate(law, peak) >= predictedRate(law, peak + 1) ? peak : peak + 1;
}
