import { codeOf } from '../errors.js';

/**
 * Error code -> whether the whole transaction is worth another try. A code that is not here is not.
 *
 * True only where the error can pass by itself AND nothing was committed: the work is run again as a whole.
 * The SQLite names are the extended codes, https://www.sqlite.org/rescode.html
 */
const retryableCodes: Readonly<Record<string, boolean>> = {
  // Another connection holds the lock that was wanted.
  SQLITE_BUSY: true,
  SQLITE_BUSY_RECOVERY: true,
  SQLITE_BUSY_SNAPSHOT: true,
  SQLITE_BUSY_TIMEOUT: true,
  SQLITE_LOCKED: true,
  SQLITE_LOCKED_SHAREDCACHE: true,
  // Lost a race for the WAL's locks; also what a network file system without working locks says, hence never without a limit.
  SQLITE_PROTOCOL: true,
  // The system failed to give a lock: network file systems do, for a while.
  SQLITE_IOERR_LOCK: true,
  SQLITE_IOERR_RDLOCK: true,
  SQLITE_IOERR_CHECKRESERVEDLOCK: true,
  SQLITE_IOERR_SHMLOCK: true,
  // Unlocking comes after the commit is durable (pager.c, pager_end_transaction): run again, the work would be applied twice.
  SQLITE_IOERR_UNLOCK: false,

  // Ours. ERR_LOCK_TIMEOUT and ERR_RETRIES_EXHAUSTED are not here: they have been tried again, and layers of tries would multiply.
  ERR_STORE_BUSY: true,
  // A server that is away, or takes no work now: it has rolled back. And one that was asked to commit and did not answer: the store finds out in the next run
  // whether it was done.
  ERR_STORE_UNAVAILABLE: true,
  ERR_COMMIT_UNKNOWN: true,
  ERR_LOCK_LOST: true,
};

/** Whether `error` can pass by itself, so that the work that threw it is run again. Decided by `code` alone. */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof Error && code !== undefined && Object.hasOwn(retryableCodes, code) && retryableCodes[code] === true;
}
