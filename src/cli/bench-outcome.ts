import type { BenchResults } from '../../bench/strategies/results.js';
import type { BenchProgress } from '../../bench/strategies/run-bench.js';
import { exitCodes } from '../errors.js';
import { clock } from './format.js';

/** `round 2 of 3  RFileLock notebook 2x4  17 of 72  1:40 left`. Round 0 is the warm-up. */
export function benchProgressText({ round, rounds, trial, trials, name, remainingMs }: BenchProgress): string {
  return [
    round === 0 ? 'warm-up' : `round ${round} of ${rounds}`,
    name,
    `${trial} of ${trials}`,
    ...(remainingMs === undefined ? [] : [`${clock(remainingMs / 1000)} left`]),
  ].join('  ');
}

/** Each round, for those who do not see the line: `round 2 of 3`. */
export function benchMilestone({ round, rounds, trials }: BenchProgress): string {
  return round === 0 ? `warm-up: ${trials} steps` : `round ${round} of ${rounds}: ${trials} steps`;
}

/** What a run of the bench comes to: 4 when something was lost or is slower than allowed, also when the run was interrupted. */
export function benchExitCode({ verdict, comparison, interrupted }: BenchOutcome): number {
  if (!verdict.isSound || comparison?.slower) return exitCodes.broken;
  return interrupted ? exitCodes.interrupted : exitCodes.done;
}

/** The part of the results that decides. */
export interface BenchOutcome {
  readonly verdict: Pick<BenchResults['verdict'], 'isSound'>;
  readonly comparison?: Pick<NonNullable<BenchResults['comparison']>, 'slower'> | undefined;
  readonly interrupted: boolean;
}
