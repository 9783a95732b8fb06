import type { Difference, VerifyNotes } from '../kosh/verify-findings.js';
import type { StrategyName } from '../locks/registry.js';

/** What `verify` answers, and what `--json` prints. */
export interface VerifySummary {
  store: string;
  lockStrategy: StrategyName;
  workers: number;
  /** Records in the store, but for Kosh's own. */
  records: number;
  /** The store-info record and the users. */
  koshRecords: number;
  relationships: number;
  /** Rows by table. Empty when the engine's own check has failed: nothing else was compared then. */
  rows: Record<string, number>;
  /** What of the inputs was compared; null without any. */
  inputs: {
    records: number;
    relationships: number;
  } | null;
  /** What is worth saying and no difference. */
  notes: VerifyNotes & {
    /** Records in the store that the inputs do not have; 0 without inputs. */
    notInInputs: number;
  };
  /** The first 1000. */
  differences: Difference[];
  /** How many there are beside those that are listed. */
  moreDifferences: number;
  seconds: number;
  /** True when it was interrupted: the figures count what had been compared until then. */
  interrupted: boolean;
}

/** Given while a verification runs, a few times a second. */
export interface VerifyProgress {
  recordsDone: number;
  differences: number;
  /** Share of the work that is done, 0 to 1; undefined until it is known how much there is. */
  fraction: number | undefined;
  elapsedMs: number;
}
