import type { Machine } from '../support/machine.js';
import type { TargetResult } from './targets.js';
import type { ContentionResult, CostResult, Sizes, StoreResult } from './trials.js';

/** What was measured. */
export interface Measured {
  readonly costs: readonly CostResult[];
  readonly contentions: readonly ContentionResult[];
  readonly stores: readonly StoreResult[];
}

export interface LocksResults extends Measured {
  readonly command: string;
  readonly repeats: number;
  readonly sizes: Sizes;
  readonly machine: Machine;
  readonly targets: readonly TargetResult[];
}
