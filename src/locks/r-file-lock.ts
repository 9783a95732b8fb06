import { homedir } from 'node:os';
import path from 'node:path';
import { IngestError } from '../errors.js';
import { defaultLeaseTiming, FileLease, type LeaseTiming } from './file-lease.js';
import { standInLine } from './line.js';
import { type CheckedLockOptions, checkLockOptions, type LockOptions } from './lock-options.js';
import { ReleaseBell } from './release-bell.js';
import { isRetryable } from './retryable.js';
import { ScopedStrategy, type Work } from './scoped-strategy.js';
import { countTries, type FailedTries, retriesExhausted, tryAgain } from './try-again.js';
import type { Waits } from './waits.js';

/** Between two looks at a lock that is taken: decorrelated jitter, so that waiting writers do not fall into step. */
const firstLookMs = 1;
const maxLookMs = 50;

/** What an {@link RFileLock} is made of, for those who know its inside. */
export interface RFileLockParts {
  /** For tests that wait for a take-over. */
  readonly timing?: LeaseTiming | undefined;
  /** Shared by the strategies of one process that lock the same path. */
  readonly bell?: ReleaseBell | undefined;
}

/**
 * A lock that excludes threads and processes, for writers that give the same `lockPath`: the directory `<lockPath>.lock`.
 *
 * A try waits up to `timeout` seconds for the lock, then runs the work. When either fails in a way that can pass by itself, the lock is
 * let go, and after a wait (as in `OnlyRetry`) comes the next try, `numTries` in all. Rejects with `ERR_LOCK_TIMEOUT` when the lock
 * was never got, with `ERR_RETRIES_EXHAUSTED` when the work failed, at once with `ERR_LOCK_PATH` when there can be no lock at that path.
 *
 * The lock of a process that died is taken over when it has been silent for 15 s.
 */
export class RFileLock extends ScopedStrategy {
  readonly name = 'RFileLock';
  /** The directory that is there while the lock is held. */
  readonly directory: string;
  readonly #options: CheckedLockOptions;
  readonly #timing: LeaseTiming;
  readonly #bell: ReleaseBell;

  /** Throws `ERR_USAGE` when a parameter is unknown or out of range. */
  constructor(options: LockOptions = {}, { timing = defaultLeaseTiming, bell = new ReleaseBell() }: RFileLockParts = {}) {
    super();
    this.#options = checkLockOptions(options);
    this.#timing = timing;
    this.#bell = bell;
    // Not lockPath itself: that is the file that Kosh's own RFileLock locks, in another way.
    this.directory = `${absolute(this.#options.lockPath)}.lock`;
  }

  /** The lock, not the strategy: a second strategy for the same path, used inside the first's work, would wait for itself. */
  protected override get key(): unknown {
    return this.directory;
  }

  protected override async runOutermost<T>(work: Work<T>, waits: Waits): Promise<T> {
    let wasHeld = false;
    const oneTry = async () => {
      const deadlineMs = performance.now() + this.#options.timeout * 1000;
      const place = standInLine(this.directory, waits, this.#options.timeout * 1000);
      const leaveLine = place instanceof Promise ? await place : place;
      if (!leaveLine) throw this.#waitOver();
      const lease = await this.#acquire(waits, deadlineMs).finally(leaveLine);
      wasHeld = true;
      try {
        waits.check();
        return await this.inside(lease, work);
      } finally {
        await lease.release();
        this.#bell.ring();
      }
    };
    return tryAgain(oneTry, {
      numTries: this.#options.numTries,
      patience: this.#options.patience,
      waits,
      isRetryable: (error) => error instanceof LockWaitOver || isRetryable(error),
      giveUp: (failed) => (wasHeld ? retriesExhausted(failed) : this.#neverHeld(failed)),
    });
  }

  async #acquire(waits: Waits, deadlineMs: number): Promise<FileLease> {
    let lookMs = firstLookMs;
    for (;;) {
      const { rings } = this.#bell;
      const lease = await FileLease.take(this.directory, this.#timing);
      if (lease) return lease;

      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw this.#waitOver();
      lookMs = Math.min(maxLookMs, firstLookMs + Math.random() * (3 * lookMs - firstLookMs));
      const pauseMs = Math.min(lookMs, leftMs);
      await waits.pause(pauseMs, this.#bell.after(rings, pauseMs));
    }
  }

  #waitOver(): LockWaitOver {
    return new LockWaitOver('ERR_LOCK_TIMEOUT', `no lock on ${this.directory} within ${this.#options.timeout} s`);
  }

  #neverHeld({ tries, elapsedS, last }: FailedTries): IngestError {
    const message = `no lock on ${this.directory} after ${countTries(tries)} in ${elapsedS.toFixed(1)} s`;
    return new IngestError('ERR_LOCK_TIMEOUT', message, {
      hint: 'Another program holds it: wait until that has ended, raise timeout or numTries, or give another lockPath.',
      cause: last,
    });
  }
}

/** One try's wait for the lock ran out. A class of its own, so that only the run that waited tries again. */
class LockWaitOver extends IngestError {}

function absolute(lockPath: string): string {
  return path.resolve(lockPath.replace(/^~(?=$|[\\/])/, homedir));
}
