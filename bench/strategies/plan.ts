import type { BenchConfig } from '../../src/config/bench-options.js';
import type { Length, Sizes } from './protocol.js';
import type { TrialKey, Unit } from './results.js';

/** One row of the table of trials. */
export interface Trial {
  readonly key: TrialKey;
  readonly id: string;
  readonly unit: Unit;
  readonly sizes: Sizes;
  readonly length: Length;
}

/** What trials are compared with that have the same load and batch size. */
export type FloorPlan = Omit<Trial, 'key' | 'id'> & Pick<TrialKey, 'load' | 'batchSize'>;

/** A bulk load needs many transactions to be measured: so many records for each second that is asked for. */
const bulkRecordsASecond = 20_000;

/** The part of the window that goes before it and is not measured: threads are started, code is compiled, files are opened. */
const warmUpShare = 0.3;
const longestWarmUpMs = 2000;

/** The table of trials, in the order in which they take turns. */
export function trialsOf(config: BenchConfig): Trial[] {
  const { load: loads, strategies, processes: processCounts, workers: workerCounts } = config;
  return loads.flatMap((load) =>
    strategies.flatMap((strategy) =>
      processCounts.flatMap((processes) =>
        workerCounts.flatMap((workers) =>
          (load === 'bulk' ? config.batchSize : [1]).map((batchSize) =>
            trialOf({ strategy, load, processes, workers, batchSize }, config),
          ),
        ),
      ),
    ),
  );
}

/** What is done in a round, one after the other. */
export type Step = { readonly trial: Trial } | { readonly floor: FloorPlan };

/** A floor is measured again after so many trials: what a machine can do changes within a round. */
const trialsAFloor = 6;

/** One floor for each load and batch size of the trials. */
export function floorsOf(trials: readonly Trial[]): FloorPlan[] {
  const plans = new Map<string, FloorPlan>();
  for (const { key, unit, sizes, length } of trials) {
    const { load, batchSize } = key;
    const known = plans.get(`${load} ${batchSize}`);
    // The jobs of kosh-scaling have a floor in common, that of the largest.
    if (known && known.sizes.ensembles >= sizes.ensembles) continue;
    plans.set(`${load} ${batchSize}`, { load, batchSize, unit, sizes, length });
  }
  return [...plans.values()];
}

/** The floor of a trial. */
export function floorOf(floors: readonly FloorPlan[], { key }: Trial): FloorPlan {
  const floor = floors.find(({ load, batchSize }) => load === key.load && batchSize === key.batchSize);
  if (!floor) throw new Error(`${key.load} has no floor`);
  return floor;
}

/** The trials in their order, each floor before the first of its own and again after every few of them. */
export function stepsOf(trials: readonly Trial[], floors: readonly FloorPlan[]): Step[] {
  const counts = new Map<FloorPlan, number>();
  return trials.flatMap((trial): Step[] => {
    const floor = floorOf(floors, trial);
    const count = counts.get(floor) ?? 0;
    counts.set(floor, count + 1);
    return count % trialsAFloor === 0 ? [{ floor }, { trial }] : [{ trial }];
  });
}

function trialOf(key: TrialKey, config: BenchConfig): Trial {
  const { load, strategy, processes, workers, batchSize } = key;
  const id = `${strategy} ${load} ${processes}x${workers}${load === 'bulk' ? ` batch ${batchSize}` : ''}`;
  const unit = load === 'read' || load === 'mixed' ? 'calls' : 'records';
  const { ensembles, datasets, attributes } = config;
  // Kosh's own job: N runs x N ensembles x N datasets with N attributes.
  const sizes =
    load === 'kosh-scaling'
      ? { ensembles: processes, datasets: processes, attributes: processes }
      : { ensembles, datasets, attributes };
  return { key, id, unit, sizes, length: lengthOf(key, config) };
}

function lengthOf({ load }: TrialKey, { records, seconds }: BenchConfig): Length {
  if (load === 'kosh-scaling') return { kind: 'job' };
  if (records !== undefined) return { kind: 'records', records };
  if (load === 'bulk') return { kind: 'records', records: Math.round(seconds * bulkRecordsASecond) };
  const windowMs = seconds * 1000;
  return { kind: 'window', windowMs, warmUpMs: Math.min(longestWarmUpMs, windowMs * warmUpShare) };
}
