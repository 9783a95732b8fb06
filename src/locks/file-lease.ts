import path from 'node:path';
import lockfile from 'proper-lockfile';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { Holder } from './holder.js';
import type { LeaseTiming } from './lease-timing.js';
import type { LockDirectory, Look } from './lock-directory.js';
import type { Silence } from './silence.js';

/** How a lease is taken. */
export interface Taking {
  readonly holder: Holder;
  readonly timing: LeaseTiming;
  /** What this process has seen of the lock so far. */
  readonly silence: Silence;
  /** Called when the lock of a holder that is gone has been cleared away. */
  readonly onTakeOver: () => void;
  /** Called when somebody else has taken or removed the lock while it was held. */
  readonly onLost: () => void;
}

let leases = 0;

/**
 * A lock that is held. proper-lockfile turns the wheels (one look, a heartbeat, word of a loss); what it does to the file system goes through {@link LockDirectory}, because
 * by itself it takes over, and releases, whatever directory is there.
 */
export class FileLease {
  readonly holder: Holder;
  readonly #directory: LockDirectory;
  #forget: () => Promise<void> = async () => {};

  private constructor(directory: LockDirectory, holder: Holder) {
    this.#directory = directory;
    this.holder = holder;
  }

  /** Looks once: the lease, or what is there instead. Throws `ERR_LOCK_PATH` when there can be no lock here. */
  static async take(directory: LockDirectory, taking: Taking): Promise<FileLease | Look> {
    const { holder, timing, onLost } = taking;
    const lease = new FileLease(directory, holder);
    const fs = new LeaseFs(directory, taking);
    try {
      lease.#forget = await lockfile.lock(
        // proper-lockfile books a lock under its first argument. A name for each lease, because under a common one the release of a lost one releases its successor.
        `${directory.path}#${++leases}`,
        {
          lockfilePath: directory.path,
          realpath: false,
          retries: 0,
          stale: timing.staleMs,
          update: timing.heartbeatMs,
          fs,
          onCompromised: onLost,
        },
      );
      return lease;
    } catch (error) {
      if (isTaken(error)) return fs.found;
      // Taken perhaps, and then the first sign of life failed.
      await lease.release().catch(() => undefined);
      throw error instanceof IngestError ? error : lockPathError(directory.path, error);
    }
  }

  isHeld(): boolean {
    return this.#directory.holds(this.holder);
  }

  /**
   * Lets go of it, and answers `handed on` when somebody else has it now. Throws `ERR_LOCK_PATH` when the file system refuses; when that lasts, others
   * take it over when it has been silent for long enough.
   */
  async release(): Promise<'handed on' | 'free'> {
    await this.#forget().catch(() => undefined); // ERELEASED, ENOTACQUIRED: it knew already that the lock was lost
    try {
      return this.#directory.free(this.holder) ? 'handed on' : 'free';
    } catch (error) {
      throw lockPathError(this.#directory.path, error, 'let go of');
    }
  }
}

type Done<T = void> = (error: unknown, value?: T) => void;

/** A file's times, as proper-lockfile judges by: it must not use any clock. */
const alive = new Date(8.64e15);
const dead = new Date(0);

/** All that proper-lockfile uses of a file system, for one lease. Synchronous: it has a thread of its own, and nothing comes between two steps. */
class LeaseFs {
  /** What the last look saw. */
  found: Look = 'free';
  readonly #directory: LockDirectory;
  readonly #taking: Taking;
  #void: Holder | undefined;
  #isOurs = false;
  #beat = alive;
  #lastBeatMs = 0;

  constructor(directory: LockDirectory, taking: Taking) {
    this.#directory = directory;
    this.#taking = taking;
  }

  mkdir = (_path: string, done: Done): void => {
    this.#answer(done, () => {
      const { holder } = this.#taking;
      this.found = this.#directory.look();
      this.#void = this.#taking.silence.voidHolder(this.found);
      this.#isOurs = this.found === 'free' ? this.#directory.take(holder) : this.#isPutInPlace(this.found);
      if (!this.#isOurs) throw Object.assign(new Error('held'), { code: 'EEXIST' });
    });
  };

  /** Asked for a lock that is taken, whether it is stale, and at each heartbeat, whether it is still ours. */
  stat = (_path: string, done: Done<{ mtime: Date }>): void => {
    if (!this.#isOurs) done(null, { mtime: this.#void ? dead : alive });
    else if (this.#directory.holds(this.#taking.holder)) done(null, { mtime: this.#beat });
    else done(Object.assign(new Error('the lock is another one'), { code: 'ENOENT' }));
  };

  utimes = (_path: string, atime: Date, _mtime: Date, done: Done): void => {
    this.#answer(done, () => {
      // Another time than before, also when the clock has been set back: the change is the sign of life.
      this.#lastBeatMs = Math.max(this.#lastBeatMs + 1, Date.now());
      this.#directory.beat(this.#taking.holder, new Date(this.#lastBeatMs));
      this.#beat = atime;
    });
  };

  /** Clears a stale lock away. Release calls it too, and {@link FileLease} does that. */
  rmdir = (_path: string, done: Done): void => {
    try {
      if (this.#isOurs || !this.#void || !this.#directory.holds(this.#void)) return;
      this.#directory.free(this.#void);
      this.#taking.onTakeOver();
    } catch {
      // Another user's, perhaps, who can remove it: it is in the way until then.
    } finally {
      done(null);
    }
  };

  /** Called when the thread ends: what stands for the holder is gone then, and others see that. */
  rmdirSync = (): void => {};

  /** Who gave the lock up has put ours into its place; else we stand in the queue. */
  #isPutInPlace({ holder }: Exclude<Look, 'free'>): boolean {
    if (holder.id === this.#taking.holder.id) return this.#directory.take(holder);
    this.#directory.enter(this.#taking.holder);
    return false;
  }

  #answer(done: Done, step: () => void): void {
    let failure: unknown = null;
    try {
      step();
    } catch (error) {
      failure = error;
    }
    done(failure);
  }
}

function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'ELOCKED' || code === 'EEXIST') return true;
  // From mkdir it means that the parent is missing. From what follows, that somebody removed the lock that had just been taken.
  return code === 'ENOENT' && (error as NodeJS.ErrnoException).syscall !== 'mkdir';
}

function lockPathError(directory: string, cause: unknown, what = 'make'): IngestError {
  return new IngestError('ERR_LOCK_PATH', `cannot ${what} the lock directory ${directory}: ${messageOf(cause)}`, {
    hint: `See that ${path.dirname(directory)} is a directory that can be written to, or give another lockPath.`,
    cause,
  });
}
