import type { Lease, LockStrategy, RunOptions } from '../../../src/locks/lock-strategy.js';

/** Control: never notices that it has lost the lock, and commits. */
export class CommitAfterLoss implements LockStrategy {
  readonly name = 'RFileLock';
  readonly #inner: LockStrategy;

  constructor(inner: LockStrategy) {
    this.#inner = inner;
  }

  run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T> {
    return this.#inner.run(({ signal }) => work({ signal, assertHeld() {} }), options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
