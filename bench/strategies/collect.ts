import { jainOf, spreadOf } from '../support/statistics.js';
import { Times } from './histogram.js';
import type { FloorPlan, Trial } from './plan.js';
import type { TrialOutcome } from './protocol.js';
import type { Distribution, Floor, Timeline, TrialResult, TrialRun } from './results.js';
import { sumOfCalls } from './tally.js';

/** One round of a trial as it came back, with what the machine did meanwhile. */
export interface Round {
  readonly round: number;
  readonly outcome: TrialOutcome;
  /** Core seconds that the whole machine was busy, and how long it took. */
  readonly busySeconds: number;
  readonly seconds: number;
  /** Units a second of the floor in the same round. */
  readonly floorRate: number;
}

const noTimeline: Timeline = { lanes: [], spans: [] };

/** A fault with the round that it was found in; 0 is the warm-up. */
export function faultIn(round: number, what: string): string {
  return `${round === 0 ? 'warm-up' : `round ${round}`}: ${what}`;
}

/** What all rounds of a trial come to. `failures` are those of rounds that have no outcome. */
export function trialResult(
  { key, id, unit, length }: Trial,
  rounds: readonly Round[],
  failures: readonly string[],
): TrialResult {
  const runs = rounds.map(runOf);
  const outcomes = rounds.map(({ outcome }) => outcome);
  const faults = [...failures, ...rounds.flatMap(({ round, outcome }) => outcome.faults.map((fault) => faultIn(round, fault)))];
  const isWhole = faults.length === 0 && runs.length > 0;
  const median = (values: readonly number[]) => (values.length > 0 ? spreadOf(values).median : 0);
  return {
    ...key,
    id,
    unit,
    runs,
    faults,
    ...(isWhole
      ? speedOf(
          runs.map(({ rate }) => rate),
          rounds.map(({ floorRate }) => floorRate),
        )
      : {}),
    ...(isWhole && length.kind === 'job' ? { jobSeconds: spreadOf(runs.map((run) => run.jobSeconds ?? 0)) } : {}),
    calls: sumOfCalls(outcomes.map(({ calls }) => calls)),
    waitMs: merged(outcomes.map(({ waitMs }) => waitMs)),
    holdMs: merged(outcomes.map(({ holdMs }) => holdMs)),
    handOverMs: {
      sameProcess: merged(outcomes.map(({ handOverMs }) => handOverMs.sameProcess)),
      otherProcess: merged(outcomes.map(({ handOverMs }) => handOverMs.otherProcess)),
    },
    takeOvers: outcomes.reduce((sum, { takeOvers }) => sum + takeOvers, 0),
    fairness: {
      workers: median(runs.map(({ jainWorkers }) => jainWorkers)),
      processes: median(runs.map(({ jainProcesses }) => jainProcesses)),
    },
    usefulShare: median(runs.map(({ usefulShare }) => usefulShare)),
    timeline: outcomes.at(-1)?.timeline ?? noTimeline,
  };

  function runOf({ round, outcome, busySeconds, seconds, floorRate }: Round): TrialRun {
    const { shares, calls, cpuSeconds, usefulShare, jobSeconds } = outcome;
    const units = sumOf(shares.flat());
    const rate = outcome.seconds > 0 ? units / outcome.seconds : 0;
    return {
      round,
      rate,
      floorRatio: floorRate > 0 ? rate / floorRate : 0,
      seconds: outcome.seconds,
      units,
      shares,
      calls,
      // Nobody got anything: nobody got more than another.
      jainWorkers: jainOf(shares.flat()) || 1,
      jainProcesses: jainOf(shares.map(sumOf)) || 1,
      usefulShare,
      ...(length.kind === 'job' ? { jobSeconds } : {}),
      cpuSeconds,
      otherCores: Math.max(0, (busySeconds - cpuSeconds) / seconds),
    };
  }
}

/** The ratio is that of the rate to the floor's median: what is faster has the higher ratio, whatever the floor of a single round was. */
function speedOf(rates: readonly number[], floorRates: readonly number[]): Pick<TrialResult, 'rate' | 'floorRatio'> {
  const rate = spreadOf(rates);
  const floor = spreadOf(floorRates).median;
  return { rate, floorRatio: { median: rate.median / floor, min: rate.min / floor, max: rate.max / floor } };
}

/** What all rounds of a floor come to. */
export function floorResult({ load, batchSize, unit }: FloorPlan, rates: readonly number[]): Floor {
  return { load, batchSize, unit, rates, rate: spreadOf(rates) };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

function merged(distributions: readonly Distribution[]): Distribution {
  return Times.merged(distributions).distribution();
}
