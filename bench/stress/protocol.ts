import type { LeaseTiming } from '../../src/locks/lease-timing.js';
import type { LockOptions } from '../../src/locks/lock-options.js';
import type { StrategyName } from '../../src/locks/registry.js';

/** What a stress process is told: JSON, its only argument. */
export interface StressJob {
  readonly store: string;
  readonly strategy: StrategyName;
  readonly lockOptions: LockOptions;
  readonly timing: LeaseTiming;
  /** A strategy broken on purpose instead of `strategy`, by its name in the table of controls. */
  readonly control?: string | undefined;
  /** From 0. */
  readonly processIndex: number;
  /** From 0, one more each time that the process is started again. */
  readonly incarnation: number;
  /** Threads of the process. */
  readonly workers: number;
  readonly seed: number;
  readonly historyDirectory: string;
  /** Per thread; by default until the process is told to stop. */
  readonly operations?: number | undefined;
  readonly sizes: WorkloadSizes;
}

/** How much there is to quarrel about: few objects, much contention. */
export interface WorkloadSizes {
  readonly ensembles: number;
  readonly counters: number;
  /** Datasets that are there from the start, are moved by everybody and deleted by nobody. */
  readonly datasets: number;
}

/** To the process. `worker` is the index of a thread, -1 the main thread. */
export type ProcessCommand =
  /** The running operations are finished, everything is closed in order, the process ends with 0. */
  | { readonly kind: 'stop' }
  /** The thread is terminated wherever it is; a new one takes its place. */
  | { readonly kind: 'terminate'; readonly worker: number }
  /**
   * The event loop of the thread stands still: of a worker in the middle of its next operation, of which it writes the events `fault` itself; of the main
   * thread at once, and whoever asks for it writes them.
   */
  | { readonly kind: 'block'; readonly worker: number; readonly ms: number }
  /** `Date` of all threads is shifted by this much against the true one; 0 ends it. */
  | { readonly kind: 'clock'; readonly ms: number };

/** From the process. */
export type ProcessReport =
  /** All threads have opened the store. */
  | { readonly kind: 'ready' }
  /** A thread was terminated. */
  | { readonly kind: 'terminated'; readonly worker: number };

/** What a strategy promises, and so what the run is judged by. */
export interface Promises {
  /** Never two holders. */
  readonly exclusion: boolean;
  /** Nobody starves. */
  readonly fairness: boolean;
}

/** By strategy. */
export const promises = {
  None: { exclusion: false, fairness: false },
  RFileLock: { exclusion: true, fairness: true },
  OnlyRetry: { exclusion: false, fairness: false },
} as const satisfies Record<StrategyName, Promises>;
