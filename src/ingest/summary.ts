import type { StrategyName } from '../locks/registry.js';

/** Read, written and refused; `read` is always the sum of the other two. */
export interface Tally {
  read: number;
  inserted: number;
  rejected: number;
}

/** A distribution of milliseconds. */
export interface Spread {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What `load` answers, and what `--json` prints. */
export interface LoadSummary {
  store: string;
  lockStrategy: StrategyName;
  workers: number;
  /** Ensemble records that were inserted. */
  ensembles: number;
  /** Dataset records that were inserted: every type that the store does not reserve. */
  datasets: number;
  records: Tally;
  relationships: Tally;
  seconds: number;
  recordsPerSecond: number;
  lock: {
    /** Transactions that were begun and ended under the strategy. */
    acquisitions: number;
    /** From asking the strategy to the begun transaction. */
    waitMs: Spread;
    /** From the begun transaction to its end. */
    holdMs: Spread;
    /** Runs of a transaction after the first one. */
    retries: number;
    /** The same by what the run before had failed with: the code of the engine, such as `SQLITE_BUSY` or `ER_LOCK_DEADLOCK`. */
    retriesByCode: Record<string, number>;
  };
  /** Lines in the rejects file, and where it is; null when nothing was refused. */
  rejects: { count: number; file: string | null };
  /** True when the load was interrupted: the figures count what was committed until then. */
  interrupted: boolean;
}

/** Given while a load runs, a few times a second. `records` is an estimate for documents until they are read. */
export interface LoadProgress {
  recordsDone: number;
  rejected: number;
  /** Share of the work that is done, 0 to 1; undefined until the plan is complete. */
  fraction: number | undefined;
  elapsedMs: number;
  /** When all that is to be written has been waiting for a moment: for what, who holds it where that is known, and for how long. */
  wait: { for: string; seconds: number } | undefined;
}
