import type { StrategyName } from '../../src/locks/registry.js';
import type { Host } from '../support/machine.js';
import type { Spread } from '../support/statistics.js';
import type { Comparison } from './baseline.js';
import type { ControlName } from './controls.js';
import type { LoadName } from './loads.js';
import type { Peer } from './peer/peer.js';
import type { ScalingCurve } from './scaling.js';
import type { Verdict } from './verdict.js';

/** What `results.json` says of itself. docs/bench.md describes the file; a change that an old reader would get wrong raises the version. */
export const resultsFormat = { format: 'kosh-ingest bench', version: 1 } as const;

/** A run of the bench: the content of `results.json`. */
export interface BenchResults {
  readonly format: (typeof resultsFormat)['format'];
  readonly version: (typeof resultsFormat)['version'];
  /** The command line that repeats the run. */
  readonly commandLine: string;
  readonly seed: number;
  /** How long the whole run took. */
  readonly seconds: number;
  /** True: ended by Ctrl-C; the figures are those of the rounds that were whole. */
  readonly interrupted: boolean;
  /** Rounds that were measured. */
  readonly rounds: number;
  /** Of one trial: a window of seconds, a number of records, or Kosh's scaling job. A bulk load takes 20,000 records for each second. */
  readonly size: { readonly seconds: number } | { readonly records: number } | { readonly job: 'kosh-scaling' };
  /** Of what is generated; of Kosh's scaling job they are the number of processes. */
  readonly ensembles: number;
  readonly datasets: number;
  readonly attributes: number;
  /** The strategies were made bad on purpose: `slow` or `drop`. */
  readonly control?: ControlName | undefined;
  readonly environment: Environment;
  /** What the trials are compared with: one a load and batch size. */
  readonly floors: readonly Floor[];
  readonly trials: readonly TrialResult[];
  /** Throughput against contenders: one curve a strategy, load, batch size and number of processes, where there are several numbers of workers. */
  readonly scaling: readonly ScalingCurve[];
  /** The real Kosh, when it was asked for. */
  readonly peer?: Peer | undefined;
  readonly verdict: Verdict;
  /** When a baseline was given. */
  readonly comparison?: Comparison | undefined;
}

/** What the figures depend on. */
export interface Environment extends Host {
  readonly engine: 'SQLite' | 'MariaDB';
  /** Of the SQLite library, or of the server. */
  readonly engineVersion: string;
  /** SQLite's; null on a server. */
  readonly journalMode: string | null;
  readonly synchronous: string | null;
  /** Of this package and of those that do the work, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Load average of the last 1, 5 and 15 minutes, at the beginning. */
  readonly loadAverage: readonly [number, number, number];
}

/** What the figures of a load count: records that were written, or calls that were made. */
export type Unit = 'records' | 'calls';

/** The bare single-thread loop: the same rows, as durable, nothing else. */
export interface Floor {
  readonly load: LoadName;
  readonly batchSize: number;
  readonly unit: Unit;
  /** Units a second, one a round. */
  readonly rates: readonly number[];
  readonly rate: Spread;
}

/** One row of the table of trials. */
export interface TrialKey {
  readonly strategy: StrategyName;
  readonly load: LoadName;
  readonly processes: number;
  /** Worker threads of each process. */
  readonly workers: number;
  /** Records a transaction; 1 where each call is one. */
  readonly batchSize: number;
}

export interface TrialResult extends TrialKey {
  /** Unique in the run and the same in every run, such as `RFileLock notebook 2x4 batch 1`. */
  readonly id: string;
  readonly unit: Unit;
  /** One a round. */
  readonly runs: readonly TrialRun[];
  /** What went wrong, in words: a lost record, a damaged store, a process that died. A trial with a fault has no rate: it is not fast, it is wrong. */
  readonly faults: readonly string[];
  /** Units a second, of all contenders together. Absent with a fault. */
  readonly rate?: Spread | undefined;
  /** The rate divided by the median of the floor's rates. Absent with a fault. */
  readonly floorRatio?: Spread | undefined;
  /** From the first process's start to the last one's end; only where the load is a job with an end (kosh-scaling). */
  readonly jobSeconds?: Spread | undefined;
  /** Of all rounds together, as the rest of what follows. */
  readonly calls: Calls;
  /** From asking the strategy to the begun transaction. */
  readonly waitMs: Distribution;
  /** From the begun transaction to its end. */
  readonly holdMs: Distribution;
  /** From the end of one transaction to the begin of the next, whose owner was waiting: another thread of the same process, or one of another. */
  readonly handOverMs: { readonly sameProcess: Distribution; readonly otherProcess: Distribution };
  /** Locks that were taken from a holder that had died or gone silent. */
  readonly takeOvers: number;
  /** Jain's index of what each got: 1 when all got the same, 1/n when one got everything. Median of the rounds. */
  readonly fairness: { readonly workers: number; readonly processes: number };
  /** Share of the window in which a transaction ran that was then committed. Median of the rounds. */
  readonly usefulShare: number;
  readonly timeline: Timeline;
}

/** One round of a trial. */
export interface TrialRun {
  /** From 1 on. */
  readonly round: number;
  readonly rate: number;
  readonly floorRatio: number;
  /** That were measured. */
  readonly seconds: number;
  readonly units: number;
  /** Units of each worker, process by process. */
  readonly shares: readonly (readonly number[])[];
  readonly calls: Calls;
  readonly jainWorkers: number;
  readonly jainProcesses: number;
  readonly usefulShare: number;
  readonly jobSeconds?: number | undefined;
  /** User and system time of all processes, their start and end and the check of the store included. */
  readonly cpuSeconds: number;
  /** Cores that everybody else on the machine kept busy meanwhile. */
  readonly otherCores: number;
}

export interface Calls {
  /** Transactions, and reads, that ended well. */
  readonly done: number;
  /** That the strategy gave up, or that failed. */
  readonly gaveUp: number;
  /** The same by the code of the error. */
  readonly gaveUpByCode: Readonly<Record<string, number>>;
  /** Tries after the first one. */
  readonly retries: number;
  /** The same by what the try before had failed with: the engine's own code where there is one, such as `SQLITE_BUSY`. */
  readonly retriesByCode: Readonly<Record<string, number>>;
}

/** Milliseconds, from an HDR histogram of microseconds with three significant digits. All zero when `count` is. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** The histogram itself in HdrHistogram's V2 format, compressed, Base64: for merging and for any other percentile. Empty when `count` is 0. */
  readonly histogram: string;
}

/** Who held the lock when, in the last round: what is known of a stretch of time. */
export interface Timeline {
  readonly lanes: readonly { readonly process: number; readonly worker: number }[];
  /** In order of their begin. Microseconds from the begin of the measured window; lane is an index of `lanes`. */
  readonly spans: readonly Span[];
}

/** `outcome` 0: done, or still waiting at the end of what is shown (begun and ended are that end); 1: given up or failed, begun and ended are when that was known. */
export type Span = readonly [lane: number, asked: number, begun: number, ended: number, outcome: 0 | 1, retries: number];
