import { type BenchResults, type Calls, type Floor, resultsFormat, type TrialResult } from '../../bench/strategies/results.js';
import type { Measurements } from '../../bench/strategies/verdict.js';
import { spreadOf } from '../../bench/support/statistics.js';

/** What a made-up trial is to be; the rest follows, or is as in a quiet run. */
export interface TrialShape extends Partial<Omit<TrialResult, 'rate' | 'runs' | 'floorRatio' | 'calls'>> {
  /** One a round. */
  readonly rates?: readonly number[];
  readonly calls?: Partial<Calls>;
  readonly otherCores?: number;
}

/** Units a second of the floor in every round, where a test does not say otherwise. */
export const floorRate = 1000;

const none = { count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, histogram: '' };

export function trial({ rates = [900, 910, 920], calls, otherCores = 0, ...shape }: TrialShape = {}): TrialResult {
  const { strategy = 'RFileLock', load = 'notebook', processes = 1, workers = 1, batchSize = 1, faults = [] } = shape;
  const allCalls = { done: 1000, gaveUp: 0, gaveUpByCode: {}, retries: 0, retriesByCode: {}, ...calls };
  const hasRate = faults.length === 0 && rates.length > 0;
  return {
    id: `${strategy} ${load} ${processes}x${workers} batch ${batchSize}`,
    strategy,
    load,
    processes,
    workers,
    batchSize,
    unit: 'records',
    faults,
    runs: rates.map((rate, i) => ({
      round: i + 1,
      rate,
      floorRatio: rate / floorRate,
      seconds: 1,
      units: rate,
      shares: [[rate]],
      calls: allCalls,
      jainWorkers: 1,
      jainProcesses: 1,
      usefulShare: 0.5,
      cpuSeconds: 1,
      otherCores,
    })),
    ...(hasRate ? { rate: spreadOf(rates), floorRatio: spreadOf(rates.map((rate) => rate / floorRate)) } : {}),
    calls: allCalls,
    waitMs: none,
    holdMs: none,
    handOverMs: { sameProcess: none, otherProcess: none },
    takeOvers: 0,
    fairness: { workers: 1, processes: 1 },
    usefulShare: 0.5,
    timeline: { lanes: [], spans: [] },
    ...shape,
  };
}

/** The floors that the trials need, with the same rate in each round. */
function floorsOf(trials: readonly TrialResult[]): Floor[] {
  const rounds = Math.max(1, ...trials.map(({ runs }) => runs.length));
  const rates = new Array<number>(rounds).fill(floorRate);
  const keys = new Map(trials.map(({ load, batchSize }) => [`${load} ${batchSize}`, { load, batchSize }]));
  return [...keys.values()].map((key) => ({ ...key, unit: 'records', rates, rate: spreadOf(rates) }));
}

export function measurements(trials: readonly TrialResult[], changes: Partial<Measurements> = {}): Measurements {
  return {
    ...resultsFormat,
    commandLine: 'kosh-ingest bench --seed 1',
    seed: 1,
    seconds: 10,
    interrupted: false,
    rounds: 3,
    size: { seconds: 1 },
    ensembles: 10,
    datasets: 10,
    attributes: 10,
    environment: {
      cpu: 'a processor',
      cores: 2,
      memoryBytes: 8e9,
      system: 'Linux 6.1',
      node: 'v20.20.2',
      fileSystem: 'ext4',
      syncMs: 0.2,
      date: '2025-01-02T03:04:05.000Z',
      engine: 'SQLite',
      engineVersion: '3.50.0',
      journalMode: 'delete',
      synchronous: 'full',
      versions: { 'kosh-ingest': '0.1.0', piscina: '5.0.0' },
      loadAverage: [0, 0, 0],
    },
    floors: floorsOf(trials),
    trials,
    scaling: [],
    ...changes,
  };
}

/** The same as a whole run. */
export function benchResults(trials: readonly TrialResult[], changes: Partial<Measurements> = {}): BenchResults {
  const verdict = { headline: '', lines: [], best: null, isSound: true };
  return { ...measurements(trials, changes), verdict };
}
