import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, IngestError } from '../../../src/errors.js';
import type { LeaseTiming } from '../../../src/locks/lease-timing.js';
import type { LockOptions } from '../../../src/locks/lock-options.js';
import type { Lease, LockStrategy, RunOptions } from '../../../src/locks/lock-strategy.js';
import { createLockStrategy } from '../../../src/locks/registry.js';

/**
 * Control: a lock as it is written in an afternoon. A directory; who has waited for the stale time removes it, whoever has made it and when; who asks whether
 * it still holds the lock hears whether there is a directory; who lets go removes the one that is there.
 */
export class BlindTakeOver implements LockStrategy {
  readonly name = 'RFileLock';
  readonly #directory: string;
  readonly #staleMs: number;
  /** Runs the work again when the store was busy. */
  readonly #retry: LockStrategy;

  constructor(options: LockOptions, { staleMs }: LeaseTiming) {
    this.#directory = `${options.lockPath}.lock`;
    this.#staleMs = staleMs;
    this.#retry = createLockStrategy('OnlyRetry', options);
  }

  run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T> {
    return this.#retry.run(async ({ signal }) => {
      await this.#acquire();
      try {
        return await work({ signal, assertHeld: () => this.#assertLocked() });
      } finally {
        rmSync(this.#directory, { recursive: true, force: true });
      }
    }, options);
  }

  async #acquire(): Promise<void> {
    const began = performance.now();
    for (;;) {
      try {
        mkdirSync(this.#directory);
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      if (performance.now() - began > this.#staleMs) rmSync(this.#directory, { recursive: true, force: true });
      else await pause(1 + Math.random() * 20);
    }
  }

  #assertLocked(): void {
    if (!existsSync(this.#directory)) throw new IngestError('ERR_LOCK_LOST', `there is no ${this.#directory}`);
  }

  close(): Promise<void> {
    return this.#retry.close();
  }
}
