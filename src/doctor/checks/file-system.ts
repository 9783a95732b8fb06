import type { FilePlace } from '../file-place.js';
import type { FileSystemKind } from '../file-systems.js';
import type { Check, Found } from '../finding.js';

/** What a kind means. */
const meanings: Readonly<Record<FileSystemKind, Omit<Found, 'found'> & { readonly words: string }>> = {
  local: { level: 'ok', words: 'a disk of this machine' },
  network: {
    level: 'note',
    words: 'shared over a network',
    advice:
      'Only the locks between processes of this machine could be tried here. Let all who write name one --lock-path beside the store; for many jobs on several machines use MariaDB.',
  },
  memory: { level: 'note', words: 'in memory', advice: 'The store is gone when the machine restarts: copy what is to stay.' },
  overlay: {
    level: 'note',
    words: 'layers of a container',
    advice: 'What is written here is gone with the container: put the store on a volume if it is to stay.',
  },
  unknown: {
    level: 'note',
    words: 'not known here, and treated as shared',
    advice: 'Ask its administrator whether fcntl locks reach all machines that have it.',
  },
};

/** What the folder of the store is on, and whether it is mounted so that locks stay on this machine. */
export const fileSystem: Check<FilePlace> = {
  name: 'file system',
  look({ fileSystem: found }) {
    if (!found) return [];
    const { words, level, advice } = meanings[found.kind];
    const at = found.mountPoint === undefined ? '' : `, mounted at ${found.mountPoint}`;
    const findings: Found[] = [{ level, found: `${found.type}: ${words}${at}`, advice }];
    if (found.lockOptions.length > 0) {
      findings.push({
        level: 'warning',
        found: `mounted with ${found.lockOptions.join(', ')}: locks of files do not reach other machines`,
        advice:
          'Write from one machine at a time, or let all name one --lock-path beside the store: RFileLock needs renames alone, which do reach them.',
      });
    }
    if (found.isReadOnly) {
      findings.push({
        level: 'problem',
        found: 'mounted read-only',
        advice: 'Put the store on a file system that can be written to.',
      });
    }
    return findings;
  },
};
