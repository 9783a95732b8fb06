import { shellWord } from '../../src/config/command-words.js';
import { flagOf } from '../../src/config/option-spec.js';
import { type StressConfig, stressKeys } from '../../src/config/stress-options.js';
import type { LockOptions } from '../../src/locks/lock-options.js';
import type { StressJob } from './protocol.js';

/** A stress run as it was asked for. */
export type RunPlan = Omit<StressConfig, 'check' | 'json'>;

/** What does not change a run. */
const outputs: readonly string[] = ['history', 'check', 'json'];

/**
 * How long a holder may be silent, and how often it shows that it lives. Shorter than a user's: a run is to see many take-overs. A machine that is so busy that
 * a thread gets no turn for as long makes a holder lose its lock, which has to do no harm.
 */
export const timing: StressJob['timing'] = { staleMs: 4000, heartbeatMs: 1000 };

export function lockOptionsOf({ numTries, patience, timeout }: RunPlan, lockPath: string): LockOptions {
  return { numTries, patience, timeout, lockPath };
}

/** The command line that repeats a run: what is left to chance is in it. */
export function commandLineOf(plan: RunPlan): string {
  const withoutMeaning: readonly string[] = [
    ...(plan.operations === undefined ? [] : ['seconds']),
    ...(plan.control === undefined ? [] : ['strategy', 'faults']),
  ];
  const values = plan as Readonly<Record<string, unknown>>;
  const words = stressKeys.flatMap((key) => {
    const value = values[key];
    const isLeftOut = value === undefined || value === '' || outputs.includes(key) || withoutMeaning.includes(key);
    return isLeftOut ? [] : [`--${flagOf(key)}`, shellWord(String(value))];
  });
  return ['kosh-ingest stress', ...words].join(' ');
}
