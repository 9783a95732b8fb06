import type { Lease, LockStrategy, RunOptions } from '../../src/locks/lock-strategy.js';
import { nowUs } from './events.js';

/** What is told of the runs of one operation. */
export interface RunWatcher {
  /** The work has been called, for the `run`-th time. */
  held(run: number): void;
  /** An `assertHeld` passed; `t` is from before it. */
  fence(run: number, t: number): void;
  /** Called behind `held`, in the callback: a place for a fault. */
  inside(): void;
  /** A run has ended with this. */
  failed(error: unknown): void;
}

/**
 * A strategy that tells when the lock is held. That the work was called proves nothing: who was stopped between getting the lock and calling may have lost it
 * by then. So the lease is asked at once, and again behind the work.
 */
export class WatchedStrategy implements LockStrategy {
  readonly name: string;
  readonly #inner: LockStrategy;
  /** Of the operation that runs; without one nothing is told. */
  watcher: RunWatcher | undefined;

  constructor(inner: LockStrategy) {
    this.#inner = inner;
    this.name = inner.name;
  }

  run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T> {
    const { watcher } = this;
    if (!watcher) return this.#inner.run(work, options);
    let run = 0;
    return this.#inner.run(async (lease) => {
      const current = ++run;
      watcher.held(current);
      tell(lease, watcher, current);
      const assertHeld = () => {
        const t = nowUs();
        lease.assertHeld();
        watcher.fence(current, t);
      };
      try {
        watcher.inside();
        const result = await work({ signal: lease.signal, assertHeld });
        tell(lease, watcher, current);
        return result;
      } catch (error) {
        watcher.failed(error);
        throw error;
      }
    }, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** A lock that is lost is not what is looked for here: the work finds out by itself. */
function tell(lease: Lease, watcher: RunWatcher, run: number): void {
  const t = nowUs();
  try {
    lease.assertHeld();
  } catch {
    return;
  }
  watcher.fence(run, t);
}
