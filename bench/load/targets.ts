import type { Measure, TrialResult } from '../support/measure.js';
import { spreadOf } from '../support/statistics.js';
import type { GroupResult, MillionResult, Results } from './results.js';

/** Something that the load must reach. */
export interface Target {
  readonly text: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: string;
  /** Undefined when the trial was not run, or failed. */
  readonly value: (results: Results) => number | undefined;
}

/** What a load is meant to reach on any machine. */
export const targets: readonly Target[] = [
  {
    text: 'notebook 10 x 1000, RFileLock, 2 workers: speed of the load, floor = 1',
    bound: { atLeast: 1.5 },
    unit: ' x',
    value: (results) => speedIn(results, 'notebook 10 x 1000', 'RFileLock, 2 workers', 'ownSeconds'),
  },
  {
    text: 'one document, RFileLock, 2 workers: time of the whole process, floor = 1',
    bound: { atMost: 1.2 },
    unit: ' x',
    value: (results) => timeIn(results, 'one document, RFileLock, 2 workers'),
  },
  {
    text: '1000 documents, RFileLock, 2 workers: time of the whole process, floor = 1',
    bound: { atMost: 1.2 },
    unit: ' x',
    value: (results) => timeIn(results, '1000 documents, RFileLock, 2 workers'),
  },
  {
    text: 'a million datasets: peak memory',
    bound: { atMost: 400 },
    unit: ' MB',
    value: (results) => millionIn(results, ({ peakBytes }) => peakBytes / 1e6),
  },
  {
    text: 'a million datasets: time a record in the last tenth, first tenth = 1',
    bound: { atMost: 1.5 },
    unit: ' x',
    value: (results) => millionIn(results, ({ tenths }) => (tenths.at(-1) ?? Number.NaN) / (tenths[0] ?? Number.NaN)),
  },
];

/** Speed of a trial, that of the floor being 1; undefined when either has no figures. */
export function speedOf({ floor }: GroupResult, trial: TrialResult, of: keyof Measure): number | undefined {
  if (trial.faults.length > 0 || trial.runs.length === 0) return undefined;
  return medianOf(floor, of) / medianOf(trial, of);
}

export function isMet(value: number, bound: Target['bound']): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

function speedIn({ groups }: Results, groupName: string, trialName: string, of: keyof Measure): number | undefined {
  const group = groups.find(({ name }) => name === groupName);
  const trial = group?.trials.find(({ name }) => name === trialName);
  return group && trial && speedOf(group, trial, of);
}

function timeIn(results: Results, trialName: string): number | undefined {
  const speed = speedIn(results, 'documents', trialName, 'processSeconds');
  return speed && 1 / speed;
}

function millionIn({ million }: Results, of: (million: MillionResult) => number): number | undefined {
  return million && million.faults.length === 0 && million.records >= 1e6 ? of(million) : undefined;
}

function medianOf({ runs }: TrialResult, of: keyof Measure): number {
  return spreadOf(runs.map((run) => run[of])).median;
}
