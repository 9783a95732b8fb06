import { codeOf, IngestError } from '../../src/errors.js';
import { RowConflict } from '../../src/stores/connection.js';

/**
 * Failures that can happen to an operation whatever the strategy, and what has to have happened first; `any`: nothing. What is not here is a defect: of the
 * project, or of the store.
 */
export const explained = {
  ERR_RETRIES_EXHAUSTED: 'any',
  ERR_LOCK_TIMEOUT: 'any',
  ERR_LOCK_LOST: 'any',
  ERR_STORE_BUSY: 'any',
  ERR_STORE_UNAVAILABLE: ['kill-server', 'stop-server', 'restart-server', 'lose-node', 'kill-connection'],
  ERR_COMMIT_UNKNOWN: ['kill-server', 'stop-server', 'restart-server', 'lose-node', 'kill-connection'],
  ERR_STORE_FULL: ['full'],
  ERR_LOCK_PATH: ['eio', 'eacces', 'full'],
  ERR_STORE_OPEN: ['full', 'eio', 'eacces'],
  ERR_STORE: ['full', 'eio'],
} as const satisfies Record<string, 'any' | readonly string[]>;

/** Codes that leave open whether something was applied: SQLite reports an error of the disk at COMMIT in one that names the file alone. */
const unknown: ReadonlySet<string> = new Set(['ERR_COMMIT_UNKNOWN', 'ERR_STORE', 'SQLITE_IOERR_UNLOCK']);

/** Whether an operation that threw this has certainly not been applied. */
export function isKnownFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined || unknown.has(code)) return false;
  return error instanceof IngestError || error instanceof RowConflict || code.startsWith('SQLITE_');
}
