import type { Floor, TrialKey, TrialResult } from './results.js';
import type { Measurements } from './verdict.js';

/** Logarithms of units a second, one a round. */
export interface Rounds {
  readonly now: readonly number[];
  readonly saved: readonly number[];
}

/** A trial that both runs have measured. */
export interface Pair extends TrialKey {
  readonly id: string;
  readonly rates: Rounds;
  /** In the same rounds. */
  readonly floor: Rounds;
}

/** What a round in which nothing was done counts as, relative to the floor: far below anything, and a number. */
const nothing = 1e-6;

/** So many names are written out. */
const namedAtMost = 5;

/** Why a trial of one run or both is not compared. */
const reasons = {
  onlyNow: 'Only in this run',
  onlySaved: 'Only in the saved run',
  other: 'Not the same trial in both runs',
  faultNow: 'With a fault in this run',
  faultSaved: 'With a fault in the saved run',
  noRounds: 'Without a round that was measured, in one of the runs',
} as const;

/** The trials to compare, and sentences about those that cannot be. */
export function pairTrials(now: Measurements, saved: Measurements): { readonly pairs: Pair[]; readonly notes: string[] } {
  const before = new Map(saved.trials.map((trial) => [trial.id, trial]));
  const ids = new Set(now.trials.map(({ id }) => id));
  const pairs: Pair[] = [];
  const leftOut = new Map<keyof typeof reasons, string[]>();
  const leave = (reason: keyof typeof reasons, id: string) => leftOut.set(reason, [...(leftOut.get(reason) ?? []), id]);
  for (const trial of now.trials) {
    const other = before.get(trial.id);
    if (!other) leave('onlyNow', trial.id);
    else if (!isSame(trial, other)) leave('other', trial.id);
    else {
      const faulty = [
        ...(trial.faults.length > 0 ? ['faultNow' as const] : []),
        ...(other.faults.length > 0 ? ['faultSaved' as const] : []),
      ];
      for (const reason of faulty) leave(reason, trial.id);
      if (faulty.length > 0) continue;
      const pair = pairOf(roundsOf(trial, now.floors), roundsOf(other, saved.floors), trial);
      if (pair) pairs.push(pair);
      else leave('noRounds', trial.id);
    }
  }
  for (const { id } of saved.trials) if (!ids.has(id)) leave('onlySaved', id);
  const order = Object.keys(reasons) as (keyof typeof reasons)[];
  return { pairs, notes: order.flatMap((reason) => noteOf(reasons[reason], leftOut.get(reason) ?? [])) };
}

/** The trial's key, and what each floor of the pair holds, one a usable round. */
function pairOf(now: readonly Round[], saved: readonly Round[], trial: TrialResult): Pair | undefined {
  if (now.length === 0 || saved.length === 0) return undefined;
  const { id, strategy, load, processes, workers, batchSize } = trial;
  const of = (key: keyof Round) => ({ now: now.map((round) => round[key]), saved: saved.map((round) => round[key]) });
  return { id, strategy, load, processes, workers, batchSize, rates: of('rate'), floor: of('floor') };
}

interface Round {
  readonly rate: number;
  readonly floor: number;
}

/** A number that came out as NaN or Infinity is null in the file. */
function roundsOf({ load, batchSize, runs }: TrialResult, floors: readonly Floor[]): Round[] {
  const rates = floors.find((floor) => floor.load === load && floor.batchSize === batchSize)?.rates ?? [];
  return runs.flatMap(({ round, rate }) => {
    const floor = rates[round - 1];
    if (!Number.isFinite(rate) || floor === undefined || !Number.isFinite(floor) || floor <= 0) return [];
    return [{ rate: Math.log(Math.max(rate, nothing * floor)), floor: Math.log(floor) }];
  });
}

function isSame(a: TrialResult, b: TrialResult): boolean {
  return (['strategy', 'load', 'processes', 'workers', 'batchSize', 'unit'] as const).every((key) => a[key] === b[key]);
}

function noteOf(reason: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const more = ids.length > namedAtMost ? ` and ${ids.length - namedAtMost} more` : '';
  return [`${reason}, so not compared: ${ids.slice(0, namedAtMost).join(', ')}${more}.`];
}

/** Of the means: now less saved. */
export function differenceOf({ now, saved }: Rounds): number {
  return meanOf(now) - meanOf(saved);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
