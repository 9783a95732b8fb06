export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** Of many values of one run. */
export interface Percentiles {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that is not smaller than so many of them. Of at least one value. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/**
 * Milliseconds that each tenth of the work took, from samples of (share done, milliseconds) in order, the first with share 0 and the last with 1.
 * Between two samples the work is taken to have gone on evenly.
 */
export function tenthsOf(samples: readonly (readonly [fraction: number, elapsedMs: number])[]): number[] {
  const times = Array.from({ length: 11 }, (_, tenth) => timeAt(samples, tenth / 10));
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

function timeAt(samples: readonly (readonly [number, number])[], fraction: number): number {
  const next = samples.findIndex(([done]) => done >= fraction);
  const [done = 1, time = Number.NaN] = samples[next] ?? [];
  const [doneBefore = 0, timeBefore = 0] = samples[next - 1] ?? [];
  return next <= 0 ? time : timeBefore + ((time - timeBefore) * (fraction - doneBefore)) / (done - doneBefore);
}

/** Jain's index of what each has: 1 when all have the same, 1/n when one has everything; NaN when nobody has anything. */
export function jainOf(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  const squares = counts.reduce((total, count) => total + count * count, 0);
  return squares > 0 ? (sum * sum) / (counts.length * squares) : Number.NaN;
}
