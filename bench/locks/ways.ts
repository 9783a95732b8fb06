import { mkdirSync, rmdirSync } from 'node:fs';
import lockfile from 'proper-lockfile';
import { None } from '../../src/locks/none.js';
import { OnlyRetry } from '../../src/locks/only-retry.js';
import { RFileLock } from '../../src/locks/r-file-lock.js';

/** What is measured of a lock. */
export interface Lock {
  run(work: () => void): unknown;
  close(): Promise<void>;
}

const nothingToClose = async () => {};

/** The least that a lock in the file system can cost. Only for one at a time. */
function bareDirectory(lockPath: string): Lock {
  const directory = `${lockPath}.lock`;
  const run = (work: () => void) => {
    mkdirSync(directory);
    work();
    rmdirSync(directory);
  };
  return { run, close: nothingToClose };
}

/** proper-lockfile as it comes, looking every `pollMs` for as long as it takes. */
function plainLockfile(lockPath: string, pollMs: number): Lock {
  const retries = { forever: true, factor: 1, minTimeout: pollMs, maxTimeout: pollMs };
  const run = async (work: () => void) => {
    const release = await lockfile.lock(lockPath, { realpath: false, retries });
    work();
    await release();
  };
  return { run, close: nothingToClose };
}

/** The ways to keep others out, by the names that they have in the report. */
const ways = {
  'mkdir and rmdir': bareDirectory,
  'proper-lockfile': (lockPath) => plainLockfile(lockPath, 1000),
  'proper-lockfile 1 s': (lockPath) => plainLockfile(lockPath, 1000),
  'proper-lockfile 10 ms': (lockPath) => plainLockfile(lockPath, 10),
  None: () => new None(),
  OnlyRetry: () => new OnlyRetry(),
  RFileLock: (lockPath) => new RFileLock({ lockPath }),
} as const satisfies Record<string, (lockPath: string) => Lock>;

export type WayName = keyof typeof ways;

export function openWay(way: WayName, lockPath: string): Lock {
  return ways[way](lockPath);
}
