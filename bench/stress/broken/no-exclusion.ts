import type { LockOptions } from '../../../src/locks/lock-options.js';
import type { Lease, LockStrategy, RunOptions } from '../../../src/locks/lock-strategy.js';
import { createLockStrategy } from '../../../src/locks/registry.js';

/** Control: says that it excludes, and lets everybody in. What the store refuses is tried again, as with any other strategy. */
export class NoExclusion implements LockStrategy {
  readonly name = 'RFileLock';
  readonly #retry: LockStrategy;

  constructor(options: LockOptions) {
    this.#retry = createLockStrategy('OnlyRetry', options);
  }

  run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T> {
    return this.#retry.run(work, options);
  }

  close(): Promise<void> {
    return this.#retry.close();
  }
}
