import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ThrowAwayFolder } from '../../../bench/place/throw-away-folder.js';
import { messageOf } from '../../errors.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { tryLock } from '../lock-trial.js';

/** Whether RFileLock works between processes: tried beside the store. */
export const fileLock: Check<FilePlace> = {
  name: 'RFileLock',
  async look({ scratch, signal }) {
    return 'refused' in scratch ? [] : [await tried(scratch.path, 'beside the store', signal)];
  },
};

/** The same where the lock path is, when that is another file system, or a folder that may be closed. */
export const lockFolder: Check<FilePlace> = {
  name: 'lock path',
  async look({ scratch, lockPath, folder, signal }) {
    const own = dirname(lockPath);
    if (own === folder && !('refused' in scratch)) return [];
    try {
      using apart = new ThrowAwayFolder(lockPath, 'doctor');
      if (deviceOf(own) !== deviceOf(folder)) return [await tried(apart.disk, `in ${own}`, signal)];
      return [{ level: 'ok', found: `a lock can be made in ${own}, on the file system of the store` }];
    } catch (error) {
      if (signal.aborted) throw error;
      return [
        {
          level: 'problem',
          found: `no lock can be made at ${lockPath}: ${messageOf(error)}`,
          advice: 'Give a --lock-path in a folder that all who write to the store can write to.',
        },
      ];
    }
  },
};

async function tried(folder: string, where: string, signal: AbortSignal): Promise<Found> {
  const fault = await tryLock({ kind: 'take file lock', path: join(folder, 'kosh.lock') }, signal);
  if (!fault) return { level: 'ok', found: `its locks ${where} work between processes, and go away with a killed one (tried)` };
  return {
    level: 'problem',
    code: fault.code,
    found: `its locks ${where} ${fault.what}${fault.said === undefined ? '' : ` (${fault.said})`} (tried)`,
    advice: 'Give a --lock-path on another file system, which all who write to the store reach under the same path.',
  };
}

function deviceOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.dev;
}
