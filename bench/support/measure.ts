import type { Ended } from './run-process.js';

/** What one process took. */
export interface Measure {
  /** From before the process is started until it has ended. */
  readonly processSeconds: number;
  /** What the program reports of itself: `seconds`. */
  readonly ownSeconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Cores that other processes kept busy meanwhile: how far the times can be trusted. */
  readonly otherCores: number;
}

/** All rounds of one trial. A trial with a fault has no figures: it is not fast, it is wrong. */
export interface TrialResult {
  readonly name: string;
  readonly runs: Measure[];
  readonly faults: string[];
}

export function measureOf({ seconds, usage, otherCores }: Ended, ownSeconds: number): Measure {
  return { processSeconds: seconds, ownSeconds, ...usage, otherCores };
}
