import { codeOf, messageOf } from '../errors.js';
import { type Meaning, storeError } from './store-error.js';

const cannotWrite: Meaning = {
  code: 'ERR_STORE_READ_ONLY',
  what: 'cannot be written',
  hint: 'Check that you may write the file and its folder, and that the file system is not mounted read-only.',
};
const disk: Meaning = {
  code: 'ERR_STORE',
  what: 'could not be read or written',
  hint: 'Check the disk, then the store: sqlite3 STORE "PRAGMA integrity_check".',
};

/** SQLite's result codes (https://www.sqlite.org/rescode.html) that end a command, by the start of the code. */
const meanings: Readonly<Record<string, Meaning>> = {
  SQLITE_NOTADB: {
    code: 'ERR_STORE_NOT_SQLITE',
    what: 'is not a SQLite file',
    hint: 'Give the path of a Kosh store, or a path that does not exist yet: a new store is created there.',
  },
  SQLITE_FULL: {
    code: 'ERR_STORE_FULL',
    what: 'cannot grow: the disk is full',
    hint: 'Make space and run the same command again. What was not committed has been rolled back.',
  },
  SQLITE_CANTOPEN: {
    code: 'ERR_STORE_OPEN',
    what: 'cannot be opened',
    hint: 'Check that its folder exists, and that you may write there.',
  },
  SQLITE_READONLY_ROLLBACK: {
    code: 'ERR_STORE_READ_ONLY',
    what: 'was left in the middle of a transaction, which has to be rolled back',
    hint: 'Let somebody read it who may write the file and its folder.',
  },
  SQLITE_READONLY: cannotWrite,
  SQLITE_PERM: cannotWrite,
  SQLITE_CORRUPT: { ...disk, what: 'is damaged' },
  SQLITE_IOERR: disk,
};

/** Errors of the engine's own locks: left as they are, a lock strategy decides about them. */
const locking = /^SQLITE_(BUSY|LOCKED|PROTOCOL|IOERR_(LOCK|RDLOCK|UNLOCK|CHECKRESERVEDLOCK|SHMLOCK))/;

/** What better-sqlite3 throws, as an {@link IngestError} that names the store; locking, constraint and foreign errors pass unchanged. */
export function sqliteError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  // better-sqlite3 throws a TypeError without a code when the folder is missing.
  if (error instanceof TypeError && error.message.startsWith('Cannot open database')) {
    return storeError(meanings.SQLITE_CANTOPEN as Meaning, path, code ?? messageOf(error), error);
  }
  if (!code?.startsWith('SQLITE_') || locking.test(code)) return error;
  const key = Object.keys(meanings).find((start) => code.startsWith(start));
  return key === undefined ? error : storeError(meanings[key] as Meaning, path, code, error);
}

/** Whether a row could not be written because its key is there; not because a foreign key is missing. */
export function isKeyConflict(error: unknown): boolean {
  return /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE|ROWID)$/.test(codeOf(error) ?? '');
}
