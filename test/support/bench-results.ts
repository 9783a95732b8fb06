import type { ComparedGroup, Comparison } from '../../bench/strategies/baseline.js';
import type { LoadName } from '../../bench/strategies/loads.js';
import { type BenchResults, type Floor, resultsFormat, type TrialKey, type TrialResult } from '../../bench/strategies/results.js';
import type { ScalingCurve } from '../../bench/strategies/scaling.js';
import { spreadOf } from '../../bench/support/statistics.js';
import type { StrategyName } from '../../src/locks/registry.js';
import { laws, noCalls, noDistribution, trialOf } from './bench-trial.js';

/** What a results object is made of, beyond the load notebook with three strategies. */
export interface ResultsOptions {
  /** More loads than notebook; kosh-scaling comes with N = 2, 3, 4, 5. */
  readonly loads?: readonly LoadName[];
  /** What the trial with the fault says. */
  readonly fault?: string;
  readonly commandLine?: string;
}

const names: readonly StrategyName[] = ['None', 'RFileLock', 'OnlyRetry'];

/** A run as it might have been: 1, 2, 4, 8 workers in 1 and 2 processes, one trial with a fault, one with give-ups. */
export function benchResults({ loads = [], fault = 'lost 3 of 4,000 records', commandLine }: ResultsOptions = {}): BenchResults {
  const keys = (['notebook', ...loads] as const).flatMap((load) => (load === 'kosh-scaling' ? jobKeys() : trialKeys(load)));
  const trials = keys.map((key, i) => {
    const trial = trialOf(key, i + 1);
    return trial.id === faultyId ? { ...without(trial), faults: [fault] } : trial;
  });
  const groups = [...new Map(keys.map((key) => [`${key.load} ${key.batchSize}`, key])).values()];
  return {
    ...resultsFormat,
    commandLine:
      commandLine ?? 'kosh-ingest bench --store data/threadsafe.sqlite --workers 1,2,4,8 --processes 1,2 --seed 20251125',
    seed: 20251125,
    seconds: 131.4,
    interrupted: false,
    rounds: 3,
    size: { seconds: 1 },
    ensembles: 10,
    datasets: 10,
    attributes: 10,
    environment,
    floors: groups.map(floorOf),
    trials,
    scaling: groups.filter(({ load }) => load !== 'kosh-scaling').flatMap((key) => curvesOf(key, trials)),
    peer: {
      name: 'kosh 3.1 on Python 3.11',
      records: 300,
      rates: [118.2, 121.9, 109.3],
      rate: spreadOf([118.2, 121.9, 109.3]),
      floorRatio: spreadOf([0.0691, 0.0713, 0.0639]),
      faults: [],
    },
    verdict: {
      headline: 'On this disk use RFileLock with 2 workers in one process: 0.94 of the floor, nothing lost.',
      lines: [
        'OnlyRetry reaches 0.81 of the floor with 2 workers, and one contender waits up to 1,834 ms.',
        'None gave up 14 % of its calls with 8 workers in 2 processes, and lost records once: do not use it with more than one writer.',
        'More than 2 workers will not help: the store takes one writer at a time.',
      ],
      best: 'RFileLock notebook 1x2 batch 1',
      isSound: false,
    },
    comparison,
  };
}

/** The least there can be: one trial, one round, nothing that was counted, nothing to compare with. */
export function minimalResults(): BenchResults {
  const whole = benchResults();
  const [trial] = whole.trials;
  const [run] = trial?.runs ?? [];
  if (trial === undefined || run === undefined) throw new Error('no trial');
  const rate = spreadOf([run.rate]);
  const floorRatio = spreadOf([run.floorRatio]);
  const only: TrialResult = {
    ...trial,
    runs: [{ ...run, calls: noCalls }],
    rate,
    floorRatio,
    calls: noCalls,
    waitMs: noDistribution,
    holdMs: noDistribution,
    handOverMs: { sameProcess: noDistribution, otherProcess: noDistribution },
    timeline: { lanes: [], spans: [] },
  };
  const { comparison: _none, peer: _neither, ...others } = whole;
  const verdict = { headline: 'None with 1 worker: 0.97 of the floor.', lines: [], best: null, isSound: true };
  return { ...others, rounds: 1, trials: [only], scaling: [], verdict };
}

/** The trial of {@link benchResults} that has a fault. */
export const faultyId = 'None notebook 2x4 batch 1';

function without({ rate: _rate, floorRatio: _ratio, jobSeconds: _job, ...trial }: TrialResult): TrialResult {
  return trial;
}

function trialKeys(load: LoadName): TrialKey[] {
  const batchSize = load === 'bulk' ? 2000 : 1;
  const keys = [1, 2].flatMap((processes) =>
    [1, 2, 4, 8].flatMap((workers) => names.map((strategy) => ({ strategy, load, processes, workers, batchSize }))),
  );
  // As a run has them: strategy by strategy.
  return names.flatMap((strategy) => keys.filter((key) => key.strategy === strategy));
}

function jobKeys(): TrialKey[] {
  return [2, 3, 4, 5].flatMap((processes) =>
    (['RFileLock', 'OnlyRetry'] as const).map((strategy) => ({
      strategy,
      load: 'kosh-scaling' as const,
      processes,
      workers: 1,
      batchSize: 1,
    })),
  );
}

function floorOf({ load, batchSize }: TrialKey): Floor {
  const rates = load === 'bulk' ? [61_240.2, 60_017.8, 63_410.9] : [1710.4, 1693.2, 1742.7];
  return { load, batchSize, unit: load === 'read' || load === 'mixed' ? 'calls' : 'records', rates, rate: spreadOf(rates) };
}

function curvesOf({ load, batchSize }: TrialKey, trials: readonly TrialResult[]): ScalingCurve[] {
  return [1, 2].flatMap((processes) =>
    names.map((strategy) => {
      const own = trials.filter((one) => one.load === load && one.batchSize === batchSize && one.strategy === strategy);
      const points = own
        .filter((one) => one.processes === processes)
        .flatMap(({ workers, rate }) =>
          rate ? [{ contenders: processes * workers, workers, rate: rate.median, min: rate.min, max: rate.max }] : [],
        );
      const law = laws[strategy];
      const best = strategy === 'None' ? null : Math.sqrt((1 - law.sigma) / law.kappa);
      const fit = {
        ...law,
        lambda: law.lambda * (load === 'bulk' ? 61_240.2 : 1710.4),
        error: 0.043,
        best,
        enough: best === null ? 16 : 2,
      };
      return { strategy, load, batchSize, processes, points, fit };
    }),
  );
}

const environment: BenchResults['environment'] = {
  cpu: 'AMD EPYC',
  cores: 2,
  memoryBytes: 25e9,
  system: 'Linux 6.18.44',
  node: 'v20.20.2',
  fileSystem: 'ext4',
  syncMs: 0.2237,
  date: '2025-11-25T20:51:00.000Z',
  engine: 'SQLite',
  engineVersion: '3.53.2',
  journalMode: 'delete',
  synchronous: 'full',
  versions: { 'kosh-ingest': '0.1.0', 'better-sqlite3': '12.11.1', piscina: '5.3.2' },
  loadAverage: [0.42, 0.31, 0.12],
};

const comparison: Comparison = {
  file: 'results.json',
  date: '2025-11-20T10:00:00.000Z',
  commandLine: 'kosh-ingest bench --seed 7',
  allowed: 10,
  alpha: 0.01,
  groups: [
    compared('None', [1.02, 0.98, 1.01, 0.97], { p: 0.934, smallestP: 0.0005, isSlower: false, outcome: 'not slower' }),
    compared('RFileLock', [0.72, 0.69, 0.75, 0.71], { p: 0.0005, smallestP: 0.0005, isSlower: true, outcome: 'slower' }),
    compared('OnlyRetry', [0.99, 1.04, 0.95, 1.0], { p: 0.81, smallestP: 0.0005, isSlower: false, outcome: 'not slower' }),
  ],
  notes: ['The saved run was made with Node v20.19.4, this one with v20.20.2.'],
  slower: true,
};

function compared(
  strategy: StrategyName,
  ratios: readonly number[],
  outcome: {
    readonly p: number;
    readonly smallestP: number;
    readonly isSlower: boolean;
    readonly outcome: ComparedGroup['outcome'];
  },
): Comparison['groups'][number] {
  const trials = ratios.map((ratio, i) => ({ id: `${strategy} notebook 1x${2 ** i} batch 1`, ratio }));
  const ratio = Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length);
  return { strategy, load: 'notebook', trials, ratio, ...outcome };
}
