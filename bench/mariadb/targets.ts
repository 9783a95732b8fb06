import type { Measure } from '../support/measure.js';
import { spreadOf } from '../support/statistics.js';
import type { Kind, MariadbGroupResult, MariadbResults, MariadbTrialResult } from './results.js';
import { loadName } from './trials.js';

/** What a load must reach at least: its speed when that of the floor is 1. */
export const wantedSpeed = 0.6;

/** The workers that the target is looked at with. */
const workerCounts = [1, 2, 4, 8];

export interface TargetRow {
  readonly trial: string;
  /** Undefined when the trial was not run, or failed. */
  readonly speed: number | undefined;
}

/** The target with each number of workers. */
export function targetRows(results: MariadbResults): TargetRow[] {
  const group = groupOf(results, 'single');
  return workerCounts.map((workers) => {
    const trial = loadName({ strategy: 'OnlyRetry', workers });
    return { trial, speed: group && speedIn(group, trial) };
  });
}

/** A speed as it is shown beside the wanted one: cut, because 0.599 is not 0.6. */
export function shownSpeed(speed: number): string {
  return (Math.floor(speed * 100) / 100).toFixed(2);
}

export function groupOf({ groups }: MariadbResults, kind: Kind): MariadbGroupResult | undefined {
  return groups.find((group) => group.kind === kind);
}

export function trialOf({ trials }: MariadbGroupResult, name: string): MariadbTrialResult | undefined {
  return trials.find((trial) => trial.name === name && trial.faults.length === 0 && trial.runs.length > 0);
}

/** Speed of a trial, that of the floor being 1; undefined when it has no figures. */
export function speedIn(group: MariadbGroupResult, name: string): number | undefined {
  const trial = trialOf(group, name);
  return trial && medianOf(group.floor, 'ownSeconds') / medianOf(trial, 'ownSeconds');
}

export function medianOf({ runs }: MariadbTrialResult, of: keyof Measure | 'serverSeconds'): number {
  return spreadOf(runs.map((run) => run[of])).median;
}

/** Runs of transactions after the first one, of all rounds together, by what the run before had failed with. */
export function retriesOf({ runs }: MariadbTrialResult): Map<string, number> {
  const retries = new Map<string, number>();
  for (const { lock } of runs) {
    for (const [code, count] of Object.entries(lock?.retriesByCode ?? {})) retries.set(code, (retries.get(code) ?? 0) + count);
  }
  return retries;
}

/** Transactions of all rounds together. */
export function transactionsOf({ runs }: MariadbTrialResult): number {
  return runs.reduce((sum, { lock }) => sum + (lock?.acquisitions ?? 0), 0);
}
