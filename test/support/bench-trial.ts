import type { Calls, Distribution, Span, Timeline, TrialKey, TrialResult, TrialRun } from '../../bench/strategies/results.js';
import { spreadOf } from '../../bench/support/statistics.js';

/** Nothing was called. */
export const noCalls: Calls = { done: 0, gaveUp: 0, gaveUpByCode: {}, retries: 0, retriesByCode: {} };

/** Nothing was timed. */
export const noDistribution: Distribution = { count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, histogram: '' };

/** What the speeds of the strategies follow, relative to the floor. */
export const laws = {
  None: { lambda: 0.86, sigma: 0.88, kappa: 0.012 },
  RFileLock: { lambda: 0.81, sigma: 0.72, kappa: 0.02 },
  OnlyRetry: { lambda: 0.74, sigma: 0.8, kappa: 0.03 },
} as const;

/** The Universal Scalability Law. */
export function predicted(
  { lambda, sigma, kappa }: { readonly lambda: number; readonly sigma: number; readonly kappa: number },
  n: number,
): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/** A whole trial with plausible figures, the same for the same seed. */
export function trialOf(key: TrialKey, seed: number): TrialResult {
  const { strategy, load, processes, workers, batchSize } = key;
  const random = randomOf(seed);
  const contenders = processes * workers;
  const floor = load === 'bulk' ? 61_240.2 : 1710.4;
  const speed = predicted(laws[strategy], contenders);
  const runs = [1, 2, 3].map((round) => runOf(key, { round, speed: speed * (0.95 + 0.1 * random()), floor }));
  const jobs = load === 'kosh-scaling' ? runs.map(({ jobSeconds = 0 }) => jobSeconds) : undefined;
  const retries = strategy === 'OnlyRetry' && contenders > 1 ? contenders * 37 : 0;
  const gaveUp = strategy === 'None' && contenders > 1 ? contenders * 18 : 0;
  const wait = { None: 0.004, RFileLock: 0.11, OnlyRetry: 0.07 }[strategy];
  return {
    ...key,
    id: `${strategy} ${load} ${processes}x${workers} batch ${batchSize}`,
    unit: load === 'mixed' || load === 'read' ? 'calls' : 'records',
    runs,
    faults: [],
    rate: spreadOf(runs.map(({ rate }) => rate)),
    floorRatio: spreadOf(runs.map(({ floorRatio }) => floorRatio)),
    jobSeconds: jobs && spreadOf(jobs),
    calls: {
      done: 1771,
      gaveUp,
      gaveUpByCode: gaveUp > 0 ? { SQLITE_BUSY: gaveUp } : {},
      retries,
      retriesByCode: retries > 0 ? { SQLITE_BUSY: retries - 2, SQLITE_BUSY_SNAPSHOT: 2 } : {},
    },
    waitMs: distributionOf(wait * contenders, { count: 1771, tail: strategy === 'OnlyRetry' ? 900 : 90 }),
    holdMs: distributionOf(0.52 + 0.02 * contenders, { count: 1771, tail: 8 }),
    handOverMs: {
      sameProcess: workers > 1 ? distributionOf(0.19, { count: 402, tail: 12 }) : noDistribution,
      otherProcess: processes > 1 ? distributionOf(3.4, { count: 88, tail: 3 }) : noDistribution,
    },
    takeOvers: 0,
    fairness: {
      workers: strategy === 'OnlyRetry' ? 1 / (1 + 0.09 * (contenders - 1)) : 1 - 0.002 * (contenders - 1),
      processes: processes > 1 ? 0.987 : 1,
    },
    usefulShare: 0.88 - 0.011 * contenders,
    timeline: timelineOf(processes, workers, seed),
  };
}

function runOf(
  { strategy, load, processes, workers }: TrialKey,
  { round, speed, floor }: { readonly round: number; readonly speed: number; readonly floor: number },
): TrialRun {
  const units = Math.round(speed * floor);
  return {
    round,
    rate: speed * floor,
    floorRatio: speed,
    seconds: 1.0003,
    units,
    shares: Array.from({ length: processes }, () => Array.from({ length: workers }, () => units / processes / workers)),
    calls: { ...noCalls, done: units },
    jainWorkers: 1,
    jainProcesses: 1,
    usefulShare: 0.86,
    ...(load === 'kosh-scaling'
      ? { jobSeconds: processes ** (strategy === 'RFileLock' ? 2.8 : 3.2) * 0.11 * (1 + round / 20) }
      : {}),
    cpuSeconds: 0.93,
    otherCores: 0.02,
  };
}

function distributionOf(p50: number, { count, tail }: { readonly count: number; readonly tail: number }): Distribution {
  const of = (share: number) => Math.round(p50 * tail ** share * 1000) / 1000;
  const [p90, p95, p99, p999, max] = [of(0.18), of(0.3), of(0.55), of(0.84), of(1)] as const;
  return { count, mean: of(0.1), p50: of(0), p90, p95, p99, p999, max, histogram: `HISTOGRAM${'A'.repeat(200)}` };
}

/** Workers that take turns for 200 ms, now and then with a long wait or one that was given up. */
export function timelineOf(processes: number, workers: number, seed: number): Timeline {
  const random = randomOf(seed);
  const lanes = Array.from({ length: processes * workers }, (_, i) => ({
    process: Math.floor(i / workers),
    worker: i % workers,
  }));
  const spans: Span[] = [];
  const askedAt = lanes.map(() => 0);
  for (let now = 40; now < 200_000; ) {
    const lane = Math.floor(random() * lanes.length);
    const asked = Math.min(askedAt[lane] ?? 0, now);
    const hold = Math.round(400 + 500 * random());
    const gaveUp = random() < 0.01;
    const ended = gaveUp ? now : now + hold;
    spans.push([lane, asked, now, ended, gaveUp ? 1 : 0, gaveUp ? 8 : Math.floor(random() * 1.2)]);
    askedAt[lane] = ended + 60;
    now += hold + Math.round(80 + 120 * random());
  }
  return { lanes, spans };
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}
