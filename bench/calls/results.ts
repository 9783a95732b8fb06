import type { StrategyName } from '../../src/locks/registry.js';
import type { NotebookSizes } from '../support/bare-loop.js';
import type { Machine } from '../support/machine.js';
import type { TrialResult } from '../support/measure.js';
import type { CallCosts } from './call-names.js';
import type { JournalMode } from './journal-mode.js';

export const strategyNames = ['None', 'RFileLock', 'OnlyRetry'] as const satisfies readonly StrategyName[];

/** All rounds of the floor of a journal mode, or of the library's calls in it. */
export interface LoopTrialResult extends TrialResult {
  readonly journalMode: JournalMode;
  /** Undefined for the floor. */
  readonly strategy: StrategyName | undefined;
}

/** All rounds of the single calls. */
export interface CostTrialResult {
  readonly strategy: StrategyName;
  readonly runs: CallCosts[];
  readonly faults: string[];
}

export interface CallsResults {
  readonly command: string;
  readonly repeats: number;
  readonly sizes: NotebookSizes;
  /** Ensembles and datasets that each trial writes. */
  readonly records: number;
  readonly machine: Machine;
  readonly loops: readonly LoopTrialResult[];
  readonly costs: readonly CostTrialResult[];
}
