import type { FilePlace, StoreFile } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { bytesText } from '../words.js';

const otherPath = 'Give the path of a Kosh store, or one that does not exist yet: a new store is created there.';

/** By what is there. */
const meanings: Readonly<Record<Exclude<StoreFile['kind'], 'SQLite' | 'unreadable'>, Found>> = {
  missing: { level: 'note', found: 'there is none yet: the first load creates it' },
  empty: {
    level: 'warning',
    found: 'an empty file',
    advice: 'The first load makes a store of it, but Kosh cannot open it before: remove it if it is of no use.',
  },
  directory: { level: 'problem', found: 'a directory', advice: 'Name a file in it; it need not exist.' },
  'no folder': { level: 'problem', found: 'its folder does not exist', advice: 'Create the folder, or check the path.' },
  foreign: { level: 'problem', found: 'not a SQLite file', advice: otherPath },
};

/** What is at the path of the store. */
export const storeFile: Check<FilePlace> = {
  name: 'store',
  look({ file }) {
    if (file.kind === 'SQLite') return [{ level: 'ok', found: `a SQLite file of ${bytesText(file.bytes)}` }];
    if (file.kind !== 'unreadable') return [meanings[file.kind]];
    return [
      {
        level: 'problem',
        found: `cannot be read: ${file.why}`,
        advice: 'Ask its owner for the right to read and write it, and its folder.',
      },
    ];
  },
};
