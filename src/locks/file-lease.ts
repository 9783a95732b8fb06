import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { Lease } from './lock-strategy.js';

/** How long a holder may be silent, and how often it shows that it lives. */
export interface LeaseTiming {
  /** proper-lockfile takes no less than 2000. */
  readonly staleMs: number;
  /** proper-lockfile takes no less than 1000 and no more than half of `staleMs`. */
  readonly heartbeatMs: number;
}

/**
 * The heartbeat is a timer of the thread that holds the lock, and better-sqlite3 is synchronous: a statement or a transaction
 * without an `await` stops it. A holder that is busy for longer than `staleMs` is taken for dead, so that is well above any batch
 * (a second or two), and still short enough to wait for after a crash. Five heartbeats have to fail before.
 */
export const defaultLeaseTiming: LeaseTiming = { staleMs: 15_000, heartbeatMs: 3000 };

/** All that proper-lockfile uses of a file system, less the two ways in which it removes a lock that is not its own. */
const leaseFs = {
  /** Synchronous, so that nothing comes between the making of a directory and the look at what was made. */
  mkdir(directory: string, done: (error?: unknown) => void) {
    try {
      fs.mkdirSync(directory);
    } catch (error) {
      return done(error);
    }
    taking.getStore()?.recognize();
    done();
  },
  stat: fs.stat,
  utimes: fs.utimes,
  /** Called by release, which removes the directory whoever made it (so {@link FileLease} does it), and to clear away a stale lock. */
  rmdir(directory: string, done: (error: Error | null) => void) {
    if (releasing) done(null);
    else fs.rmdir(directory, done);
  },
  /** Called when the thread ends. */
  rmdirSync(directory: string) {
    for (const lease of heldHere) {
      if (lease.directory === directory) lease.removeDirectory();
    }
  },
};
let releasing = false;
/** The lease for which proper-lockfile is at work. */
const taking = new AsyncLocalStorage<FileLease>();
const heldHere = new Set<FileLease>();
let leaseCount = 0;

/** A lock that is held: the directory, and proof that it is still the one that was made. */
export class FileLease implements Lease {
  readonly directory: string;
  readonly #lost = new AbortController();
  #identity: string | undefined;
  #ended = false;
  #forget: () => Promise<void> = async () => {};

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Looks once: the lease, or `undefined` when somebody else holds the lock.
   * Throws `ERR_LOCK_PATH` when the directory cannot be made there.
   */
  static async take(directory: string, timing: LeaseTiming): Promise<FileLease | undefined> {
    const lease = new FileLease(directory);
    try {
      // proper-lockfile books a lock under its first argument, per thread. A name for each lease, because under a common one the
      // release of a lease that was lost releases the one that this thread took since.
      const options = {
        lockfilePath: directory,
        realpath: false,
        retries: 0,
        stale: timing.staleMs,
        update: timing.heartbeatMs,
        fs: leaseFs,
        onCompromised: () => lease.#markLost(),
      };
      lease.#forget = await taking.run(lease, () => lockfile.lock(`${directory}#${++leaseCount}`, options));
    } catch (error) {
      if (isTaken(error)) return undefined;
      throw lockPathError(directory, error);
    }
    heldHere.add(lease);
    if (lease.#isOurs()) return lease;
    await lease.release();
    return undefined;
  }

  /** Called when the directory has just been made. */
  recognize(): void {
    this.#identity = identityOf(this.directory);
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  assertHeld(): void {
    if (!this.#ended && !this.#isOurs()) this.#markLost();
    if (!this.#ended && !this.#lost.signal.aborted) return;
    throw new IngestError('ERR_LOCK_LOST', `the lock ${this.directory} is no longer held`, {
      hint: 'It was removed, or taken over because its holder was silent for too long. Smaller transactions keep a holder responsive.',
    });
  }

  /** Never throws: the work is done, and an error would say that it was not. */
  async release(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    heldHere.delete(this);
    // proper-lockfile calls rmdir before it returns, so the flag is seen by this release alone.
    releasing = true;
    const forgotten = this.#forget();
    releasing = false;
    await forgotten.catch(() => undefined); // ERELEASED, ENOTACQUIRED: it knew already that the lock was lost
    this.removeDirectory();
  }

  /** Removes the directory if it is still ours. */
  removeDirectory(): void {
    if (!this.#isOurs()) return;
    try {
      fs.rmdirSync(this.directory);
    } catch (error) {
      process.emitWarning(`the lock directory ${this.directory} could not be removed: ${messageOf(error)}`, {
        code: 'ERR_LOCK_PATH',
      });
    }
  }

  #isOurs(): boolean {
    return this.#identity !== undefined && identityOf(this.directory) === this.#identity;
  }

  #markLost(): void {
    // The heartbeat may find the directory gone just after a clean release.
    if (!this.#ended) this.#lost.abort(new IngestError('ERR_LOCK_LOST', `the lock ${this.directory} was lost while it was held`));
  }
}

/**
 * Tells a directory from its successor. The inode alone does not: ext4 gives the next directory the number of the one removed
 * (199 times of 200). The time of birth does, where the file system keeps one; elsewhere it is 0 and only the next heartbeat notices.
 */
function identityOf(directory: string): string | undefined {
  try {
    const { dev, ino, birthtimeNs } = fs.statSync(directory, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'ELOCKED' || code === 'EEXIST') return true;
  // From mkdir it means that the parent is missing. From what follows, that somebody removed the directory that mkdir had made.
  return code === 'ENOENT' && (error as NodeJS.ErrnoException).syscall !== 'mkdir';
}

function lockPathError(directory: string, cause: unknown): IngestError {
  return new IngestError('ERR_LOCK_PATH', `cannot make the lock directory ${directory}: ${messageOf(cause)}`, {
    hint: `See that ${path.dirname(directory)} is a directory that can be written to, or give another lockPath.`,
    cause,
  });
}
