import { statfsSync } from 'node:fs';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { bytesText } from '../words.js';

/** Less is no room for a journal. */
const leastBytes = 16e6;
/** Less is soon full. */
const fewBytes = 1e9;

/** Free space and inodes of the store's file system. Quotas are not seen. */
export const room: Check<FilePlace> = {
  name: 'room',
  look({ folder, file }) {
    if (file.kind === 'no folder') return [];
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    const free = bavail * bsize;
    const storeBytes = file.kind === 'SQLite' ? file.bytes : 0;
    const beside = storeBytes > 0 ? `, the store has ${bytesText(storeBytes)}` : '';
    const findings: Found[] = [{ found: `${bytesText(free)} free${beside}`, ...meaningOf(free, storeBytes) }];
    // Some file systems count no inodes at all.
    if (files > 0 && ffree === 0) {
      findings.push({
        level: 'problem',
        found: 'no inode is free',
        advice: 'No file can be made: delete files that are of no use.',
      });
    }
    return findings;
  },
};

function meaningOf(free: number, storeBytes: number): Omit<Found, 'found'> {
  if (free < leastBytes) return { level: 'problem', advice: 'Make room: SQLite needs it for its journal, too.' };
  if (free < Math.max(fewBytes, storeBytes)) {
    return { level: 'warning', advice: 'Make room before a large load. A VACUUM needs as much as the store has.' };
  }
  return { level: 'ok' };
}
