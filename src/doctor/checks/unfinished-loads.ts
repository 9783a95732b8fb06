import { unfinishedLoad, unfinishedText } from '../../kosh/unfinished-loads.js';
import type { FilePlace } from '../file-place.js';
import type { Check } from '../finding.js';

/** Loads that run, or were interrupted. */
export const unfinishedLoads: Check<FilePlace> = {
  name: 'loads',
  async look({ reading }) {
    const read = await reading();
    if (read.kind !== 'read') return [];
    return read.contents.unfinished
      .flatMap((text) => unfinishedLoad({ text }))
      .map((load) => ({
        level: 'note' as const,
        found: `not finished: ${unfinishedText(load)}`,
        advice:
          'If it does not run any more, give the same command again: it goes on where it was. With --restart it begins anew.',
      }));
  },
};
