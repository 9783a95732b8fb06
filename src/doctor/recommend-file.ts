import { join } from 'node:path';
import type { StrategyName } from '../locks/registry.js';
import { fileLock, lockFolder } from './checks/file-lock.js';
import { heldLock } from './checks/held-lock.js';
import { integrity } from './checks/integrity.js';
import { journal } from './checks/journal.js';
import { room } from './checks/room.js';
import { schema } from './checks/schema.js';
import { sqliteLocks } from './checks/sqlite-locks.js';
import { storeFile } from './checks/store-file.js';
import { writable } from './checks/writable.js';
import type { FilePlace } from './file-place.js';
import type { Finding, FindingCode } from './finding.js';
import { commandLine, type Recommendation } from './recommendation.js';

/** What is known when a strategy is chosen. */
interface Case {
  readonly place: FilePlace;
  /** Whether a check has found a problem, of that code. */
  has(check: { readonly name: string }, code?: FindingCode): boolean;
}

interface Rule {
  readonly when: (known: Case) => boolean;
  readonly strategy: StrategyName | undefined;
  /** The lock path is to be one that all who reach the store reach. */
  readonly lockBeside?: true;
  readonly reason: string;
}

/** The first that holds says it. */
const rules: readonly Rule[] = [
  {
    when: ({ has }) => [storeFile, schema, integrity, writable, room].some((check) => has(check)),
    strategy: undefined,
    reason: 'nothing is to be written here as things are: see the problems above',
  },
  {
    when: ({ has }) => has(journal),
    strategy: undefined,
    reason: 'no lock makes WAL mode safe over a network: change the journal mode first',
  },
  {
    when: ({ has }) => has(sqliteLocks) && has(fileLock),
    strategy: undefined,
    reason: "neither SQLite's locks nor RFileLock keep two processes apart here: put the store on another file system",
  },
  {
    when: ({ has }) => has(sqliteLocks, 'unusable'),
    strategy: undefined,
    reason: 'SQLite cannot use its locks here, and writes nothing without them: put the store on another file system',
  },
  {
    when: ({ has }) => has(sqliteLocks),
    strategy: 'RFileLock',
    lockBeside: true,
    reason:
      "SQLite's own locks do not work here, RFileLock does: it is safe as long as everyone, also who only reads, goes through it with this lock path. Better: another file system",
  },
  {
    when: ({ has, place }) => has(fileLock) && isShared(place),
    strategy: undefined,
    reason: "RFileLock does not work here, and SQLite's locks alone are not to be trusted on a shared file system",
  },
  {
    when: ({ has }) => has(fileLock),
    strategy: 'OnlyRetry',
    reason: "RFileLock does not work here; SQLite's own locks do, and with OnlyRetry writers wait for those",
  },
  {
    when: ({ place }) => isShared(place),
    strategy: 'RFileLock',
    lockBeside: true,
    reason:
      'several machines can reach this file system, and whether its locks reach them cannot be tried from one: RFileLock needs renames alone. Everyone names the same lock path, and one process at a time is best',
  },
  {
    when: isLockPathBad,
    strategy: 'RFileLock',
    reason: 'a file system of this machine whose locks work, but not at this lock path: take one beside the store',
  },
  {
    when: () => true,
    strategy: 'RFileLock',
    reason:
      'a file system of this machine whose locks work: RFileLock lets several writers take fair turns. For one load alone, --lock-strategy None --workers 1 does as well',
  },
];

/** Which strategy to use for a SQLite store, from what was found. */
export function recommendForFile(place: FilePlace, findings: readonly Finding[]): Recommendation {
  const problems = findings.filter(({ level }) => level === 'problem');
  const known: Case = {
    place,
    has: ({ name }, code) => problems.some((finding) => finding.check === name && (code === undefined || finding.code === code)),
  };
  const { strategy, lockBeside, reason } = rules.find(({ when }) => when(known)) as Rule;
  const lockPath = strategy === 'RFileLock' ? lockPathOf(known, lockBeside) : undefined;
  return { strategy, lockPath, reason, command: strategy && commandLine(place.store, strategy, lockPath) };
}

function isShared({ fileSystem }: FilePlace): boolean {
  return fileSystem?.kind === 'network' || fileSystem?.kind === 'unknown';
}

function isLockPathBad({ has }: Case): boolean {
  return has(lockFolder) || has(heldLock);
}

/** The given one, if it is good; undefined: the default. */
function lockPathOf(known: Case, lockBeside: true | undefined): string | undefined {
  const { place } = known;
  if (place.givenLockPath !== undefined && !isLockPathBad(known)) return place.givenLockPath;
  return lockBeside || isLockPathBad(known) ? join(place.folder, 'kosh.lock') : undefined;
}
