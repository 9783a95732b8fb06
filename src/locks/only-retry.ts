import { type CheckedLockOptions, checkLockOptions, type LockOptions } from './lock-options.js';
import { isRetryable } from './retryable.js';
import { noLock, ScopedStrategy, type Work } from './scoped-strategy.js';
import { retriesExhausted, tryAgain } from './try-again.js';
import type { Waits } from './waits.js';

/**
 * No lock: the database's own has to do. When the work fails with an error that can pass by itself, the whole work is run again,
 * `numTries` times at most and within `deadline` seconds, after waits that grow from 20 ms to `patience` seconds. Then it rejects with `ERR_RETRIES_EXHAUSTED`.
 */
export class OnlyRetry extends ScopedStrategy {
  readonly name = 'OnlyRetry';
  readonly #options: CheckedLockOptions;

  /** Throws `ERR_USAGE` when a parameter is unknown or out of range. */
  constructor(options: Pick<LockOptions, 'numTries' | 'patience' | 'deadline'> = {}) {
    super();
    this.#options = checkLockOptions(options);
  }

  protected override runOutermost<T>(work: Work<T>, waits: Waits): Promise<T> {
    const { numTries, patience, deadline } = this.#options;
    const endMs = performance.now() + deadline * 1000;
    return tryAgain(() => this.inside(noLock(), work), {
      numTries,
      patience,
      endMs,
      waits,
      isRetryable,
      giveUp: retriesExhausted,
    });
  }
}
