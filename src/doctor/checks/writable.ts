import { accessSync, constants } from 'node:fs';
import { messageOf } from '../../errors.js';
import type { FilePlace } from '../file-place.js';
import type { Check } from '../finding.js';

/** Whether the folder can be written to, tried with the throw-away folder, and the file, asked for. */
export const writable: Check<FilePlace> = {
  name: 'writable',
  look({ scratch, file, path, folder }) {
    if (file.kind === 'directory' || file.kind === 'no folder') return [];
    if ('refused' in scratch) {
      return [
        {
          level: 'problem',
          found: scratch.refused,
          advice:
            'SQLite makes its journal in the folder of the store, so a store can only be written where the folder can: ask for the right, or copy the store elsewhere.',
        },
      ];
    }
    try {
      if (file.kind !== 'missing') accessSync(path, constants.W_OK);
      return [{ level: 'ok', found: `${file.kind === 'missing' ? folder : 'the store and its folder'} can be written to` }];
    } catch (error) {
      return [
        {
          level: 'problem',
          found: `the store cannot be written to: ${messageOf(error)}`,
          advice: 'It can be read. To write, ask its owner for the right.',
        },
      ];
    }
  },
};
