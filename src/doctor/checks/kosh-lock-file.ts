import { existsSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import { KoshFlock } from '../../locks/kosh-flock.js';
import type { FilePlace } from '../file-place.js';
import type { Check } from '../finding.js';

/** The file that Kosh's own RFileLock locks: the lock path itself. It is not made where there is none. */
export const koshLockFile: Check<FilePlace> = {
  name: "Kosh's lock",
  async look({ lockPath }) {
    if (!existsSync(lockPath)) return [{ level: 'ok', found: `there is no ${lockPath}: Kosh in Python has not locked here` }];
    const lock = new KoshFlock(lockPath);
    try {
      const isFree = await lock.take(1);
      return [
        {
          level: 'note',
          found: `${lockPath} is ${isFree ? 'there, and free' : 'held: Kosh in Python, or a load with --flock, writes now'}`,
          advice:
            'If Kosh writes to this store at the same time, load with --flock: without it the two RFileLocks do not see each other.',
        },
      ];
    } catch (error) {
      return [{ level: 'note', found: `${lockPath} is there, and could not be tried: ${messageOf(error)}` }];
    } finally {
      lock.release();
    }
  },
};
