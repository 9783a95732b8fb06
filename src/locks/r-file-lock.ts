import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { IngestError } from '../errors.js';
import { defaultLeaseTiming, type LeaseTiming } from './lease-timing.js';
import { standInLine } from './line.js';
import { type CheckedLockOptions, checkLockOptions, type LockOptions } from './lock-options.js';
import { ProcessLock, SeatLease } from './process-lock.js';
import { isRetryable } from './retryable.js';
import { ScopedStrategy, type Work } from './scoped-strategy.js';
import { countTries, type FailedTries, retriesExhausted, tryAgain } from './try-again.js';
import type { Waits } from './waits.js';

/** What an {@link RFileLock} is made of, for those who know its inside. */
export interface RFileLockParts {
  /** For tests that wait for a take-over. */
  readonly timing?: LeaseTiming | undefined;
}

/**
 * A lock that excludes threads, processes and machines, for writers that give the same `lockPath`: the directory `<lockPath>.lock`.
 *
 * A try waits up to `timeout` seconds for the lock, then runs the work. When either fails in a way that can pass by itself, the lock is
 * let go, and after a wait (as in `OnlyRetry`) comes the next try, `numTries` in all and within `deadline` seconds. Rejects with `ERR_LOCK_TIMEOUT` when the lock
 * was never got, with `ERR_RETRIES_EXHAUSTED` when the work failed, at once with `ERR_LOCK_PATH` when there can be no lock at that path.
 *
 * A process has the lock for all its threads, and gives it to one after the other; after 64 turns or 50 ms other processes can have it. The lock of a process that
 * died on this machine is taken over at once, that of any other holder when it has been silent for 15 s. With `flock`, Kosh in Python and its `RFileLock` are excluded too.
 */
export class RFileLock extends ScopedStrategy {
  readonly name = 'RFileLock';
  /** The directory that is there while the lock is held. */
  readonly directory: string;
  readonly #options: CheckedLockOptions;
  readonly #lock: ProcessLock;
  #isOpen = true;

  /** Throws `ERR_USAGE` when a parameter is unknown or out of range. */
  constructor(options: LockOptions = {}, { timing = defaultLeaseTiming }: RFileLockParts = {}) {
    super();
    this.#options = checkLockOptions(options);
    const lockPath = absoluteLockPath(this.#options.lockPath);
    // Not lockPath itself: that is the file that Kosh's own RFileLock locks, in another way.
    this.directory = `${lockPath}.lock`;
    this.#lock = ProcessLock.open({
      directory: this.directory,
      timing,
      flockPath: this.#options.flock ? lockPath : undefined,
    });
  }

  /** Whom a call of this process waits for: `host:pid`; empty when nobody else is in the way. */
  get holder(): string {
    return this.#lock.holder;
  }

  /** How often this process has taken the lock over from a holder that had died or gone silent, while it was open. */
  get takeOvers(): number {
    return this.#lock.takeOvers;
  }

  override async close(): Promise<void> {
    await super.close();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#lock.close();
  }

  /** The lock, not the strategy: a second strategy for the same path, used inside the first's work, would wait for itself. */
  protected override get key(): unknown {
    return this.directory;
  }

  protected override async runOutermost<T>(work: Work<T>, waits: Waits): Promise<T> {
    let wasHeld = false;
    const endMs = performance.now() + this.#options.deadline * 1000;
    const oneTry = async () => {
      const deadlineMs = Math.min(endMs, performance.now() + this.#options.timeout * 1000);
      const leaveLine = await standInLine(this.directory, waits, Math.max(0, deadlineMs - performance.now()));
      if (!leaveLine) throw this.#waitOver(this.holder);
      try {
        const lease = await this.#lock.acquire(waits, deadlineMs);
        if (!(lease instanceof SeatLease)) throw this.#waitOver(lease.holder);
        wasHeld = true;
        try {
          waits.check();
          return await this.inside(lease, work);
        } finally {
          lease.release();
        }
      } finally {
        leaveLine();
      }
    };
    return tryAgain(oneTry, {
      numTries: this.#options.numTries,
      patience: this.#options.patience,
      endMs,
      waits,
      isRetryable: (error) => error instanceof LockWaitOver || isRetryable(error),
      giveUp: (failed) => (wasHeld ? retriesExhausted(failed) : this.#neverHeld(failed)),
    });
  }

  #waitOver(holder: string): LockWaitOver {
    return new LockWaitOver(`no lock on ${this.directory} within ${this.#options.timeout} s`, holder);
  }

  #neverHeld({ tries, elapsedS, last }: FailedTries): IngestError {
    const inTheWay = last instanceof LockWaitOver ? last.inTheWay : '';
    const message = `no lock on ${this.directory} after ${countTries(tries)} in ${elapsedS.toFixed(1)} s${inTheWay}`;
    return new IngestError('ERR_LOCK_TIMEOUT', message, {
      hint: 'Wait until it is let go, or raise timeout or numTries. Another lockPath helps only if no writer of the store uses this one.',
      cause: last,
    });
  }
}

/** One try's wait for the lock ran out. A class of its own, so that only the run that waited tries again. */
class LockWaitOver extends IngestError {
  /** Who held the lock then, as the end of a message. */
  readonly inTheWay: string;

  constructor(message: string, holder: string) {
    const inTheWay = holder ? `: it is held by ${holder}` : '';
    super('ERR_LOCK_TIMEOUT', message + inTheWay);
    this.inTheWay = inTheWay;
  }
}

/** One spelling for one lock, whatever links lead to its folder: `~` is the home directory. */
export function absoluteLockPath(lockPath: string): string {
  const resolved = path.resolve(lockPath.replace(/^~(?=$|[\\/])/, homedir));
  try {
    return path.join(realpathSync(path.dirname(resolved)), path.basename(resolved));
  } catch {
    return resolved;
  }
}
