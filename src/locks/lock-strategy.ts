/** What a strategy hands to the work it runs. */
export interface Lease {
  /** Aborted when the lock was lost while it was held. */
  readonly signal: AbortSignal;
  /**
   * Throws `ERR_LOCK_LOST` when the lock is no longer held. Called right before COMMIT, so that a holder that was replaced rolls back.
   */
  assertHeld(): void;
}

/** Options of one {@link LockStrategy.run}. */
export interface RunOptions {
  /** Ends the waiting (not a running transaction): `run` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How the writers of one store keep out of each other's way (Kosh: `lock_strategies`).
 *
 * `work` is one whole transaction. It may run more than once, so it has no effect outside the transaction, and
 * what it throws decides: an error that can pass by itself (the table in `retryable.ts`) is tried again, any other is thrown on at once.
 * Scoped only: there is no acquire and no release to forget.
 *
 * A `run` inside `work` belongs to the outer one: it runs its work once, under the lease that is held, and what it throws is
 * for the outer run to try again.
 */
export interface LockStrategy {
  readonly name: string;
  /** Who is in the way of the calls that wait, in words; empty when nobody is, undefined when the strategy does not know. */
  readonly holder?: string | undefined;
  /** Runs `work`, as often as the strategy sees fit, and answers what it returned in the end. */
  run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T>;
  /**
   * Lets go of everything that the strategy holds. Waiting calls reject with `ERR_INTERRUPTED`, work that is running is let
   * finish and waited for, a later `run` rejects with `ERR_USAGE`. May be called again.
   */
  close(): Promise<void>;
}
