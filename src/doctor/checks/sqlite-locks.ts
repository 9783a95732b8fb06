import { join } from 'node:path';
import type { FilePlace } from '../file-place.js';
import type { Check } from '../finding.js';
import { tryLock } from '../lock-trial.js';

/** Whether SQLite's own locks (fcntl) work between processes: tried on a throw-away file beside the store. */
export const sqliteLocks: Check<FilePlace> = {
  name: 'SQLite locks',
  async look({ scratch, signal }) {
    if ('refused' in scratch) return [];
    const fault = await tryLock({ kind: 'take SQLite lock', path: join(scratch.path, 'locks.sqlite') }, signal);
    if (!fault) return [{ level: 'ok', found: 'work between processes, and go away with a killed one (tried)' }];
    return [
      {
        level: 'problem',
        code: fault.code,
        found: `${fault.what}${fault.said === undefined ? '' : ` (${fault.said})`} (tried)`,
        advice:
          'SQLite alone does not keep writers apart here: two at once destroy the store. Put it on a local disk, or have fcntl locks switched on for this file system (NFS: no nolock; Lustre: -o flock).',
      },
    ];
  },
};
