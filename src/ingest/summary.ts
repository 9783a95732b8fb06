import type { Loaded } from '../../workers/journal-text.js';
import type { Counts } from '../../workers/protocol.js';
import type { ErrorCode } from '../errors.js';
import { type ExistingCounts, listedIds } from '../kosh/unit-fate.js';
import type { StrategyName } from '../locks/registry.js';
import type { Reject } from '../sources/source.js';
import type { DryRunEstimate } from './dry-run-estimate.js';
import type { VerifySummary } from './verify-summary.js';

/** Read, written and refused. `read` is the sum of the other two and of what was in the store already. */
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
  /** Records and relationships that were in the store already, by what became of them; `different` of the skipped have other content, such as `differing`. */
  existing: Pick<ExistingCounts, 'skipped' | 'different' | 'replaced' | 'merged' | 'relationships' | 'differing'>;
  /** What another process wrote that did the same load at the same time; counted nowhere else. */
  elsewhere: Counts;
  /** What an earlier run of the same load had written, and when it was begun; null when there was none. Counted nowhere else. */
  resumed: ({ startedAt: string } & Loaded) | null;
  /** Documents or lines of a shard that wait for records of others: the shard that ends last loads them. Documents of a watch that wait for records to come. */
  waiting: number;
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
  /** Why the load was ended before its end; null when it was not. */
  stopped: { code: ErrorCode; message: string; hint: string | undefined } | null;
  /** What comparing the store with the inputs came to, when it was asked for. */
  verified?: VerifySummary;
  /** Of a dry run alone: nothing was written, and "inserted" is what would have been. */
  dryRun?: DryRunEstimate & {
    /** The first 1000. */
    rejects: Reject[];
  };
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

/** Two loads of one watch as one: what was counted is added up, what was measured of the lock is that of the last. */
export function addSummary(
  sum: LoadSummary,
  { records, relationships, existing, rejects, lock, ...last }: LoadSummary,
): LoadSummary {
  const seconds = sum.seconds + last.seconds;
  const inserted = sum.records.inserted + records.inserted;
  return {
    ...last,
    ensembles: sum.ensembles + last.ensembles,
    datasets: sum.datasets + last.datasets,
    records: added(sum.records, records),
    relationships: added(sum.relationships, relationships),
    existing: {
      ...added(sum.existing, existing),
      differing: [...sum.existing.differing, ...existing.differing].slice(0, listedIds),
    },
    seconds,
    recordsPerSecond: Math.round(inserted / seconds),
    lock: { ...lock, acquisitions: sum.lock.acquisitions + lock.acquisitions, retries: sum.lock.retries + lock.retries },
    rejects: { count: sum.rejects.count + rejects.count, file: rejects.file ?? sum.rejects.file },
  };
}

/** The numbers of the two, added up by their names. */
function added<T extends object>(one: T, other: T): T {
  const sum = { ...one } as Record<string, unknown>;
  for (const [key, value] of Object.entries(other)) if (typeof value === 'number') sum[key] = (sum[key] as number) + value;
  return sum as T;
}
