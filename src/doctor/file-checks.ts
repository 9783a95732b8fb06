import { fileLock, lockFolder } from './checks/file-lock.js';
import { fileSystem } from './checks/file-system.js';
import { heldLock } from './checks/held-lock.js';
import { integrity } from './checks/integrity.js';
import { journal } from './checks/journal.js';
import { koshLockFile } from './checks/kosh-lock-file.js';
import { room } from './checks/room.js';
import { schema } from './checks/schema.js';
import { sqliteLocks } from './checks/sqlite-locks.js';
import { sqliteVersion } from './checks/sqlite-version.js';
import { storeFile } from './checks/store-file.js';
import { syncTime } from './checks/sync-time.js';
import { unfinishedLoads } from './checks/unfinished-loads.js';
import { writable } from './checks/writable.js';
import type { FilePlace } from './file-place.js';
import type { Check } from './finding.js';

/** What is looked at of a SQLite store, in the order in which it is shown. */
export const fileChecks: readonly Check<FilePlace>[] = [
  storeFile,
  schema,
  integrity,
  unfinishedLoads,
  journal,
  writable,
  fileSystem,
  sqliteLocks,
  fileLock,
  lockFolder,
  heldLock,
  koshLockFile,
  syncTime,
  room,
  sqliteVersion,
];
