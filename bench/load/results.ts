import type { Machine } from '../support/machine.js';
import type { TrialResult } from '../support/measure.js';

export interface GroupResult {
  readonly name: string;
  readonly title: string;
  /** Rows of all tables of the store. */
  readonly rows: number;
  readonly floor: TrialResult;
  readonly trials: readonly TrialResult[];
}

export interface MillionResult {
  readonly title: string;
  readonly records: number;
  readonly processSeconds: number;
  readonly ownSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly otherCores: number;
  readonly storeBytes: number;
  /** Microseconds a record in each tenth of the load. */
  readonly tenths: readonly number[];
  readonly faults: readonly string[];
}

export interface Results {
  readonly command: string;
  readonly repeats: number;
  readonly machine: Machine;
  readonly groups: readonly GroupResult[];
  readonly million: MillionResult | undefined;
}
