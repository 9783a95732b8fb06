import { type UnfinishedLoad, unfinishedOf, unfinishedText } from '../../kosh/unfinished-loads.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';

const goOn = 'If it does not run any more, give the same command again: it goes on where it was. With --restart it begins anew.';
const runOthers =
  'Give the same command with --shard for each that has not ended and does not run: the one that ends last loads what waits. With --restart a shard begins anew.';

/** Loads that run, were interrupted, or lack some of their shards. */
export const unfinishedLoads: Check<FilePlace> = {
  name: 'loads',
  async look({ reading }) {
    const read = await reading();
    if (read.kind !== 'read') return [];
    return foundOf(unfinishedOf(read.contents.unfinished.map((text) => ({ text }))));
  },
};

/** What there is to say about them, of a store of either engine. */
export function foundOf(loads: readonly UnfinishedLoad[]): readonly Found[] {
  return loads.map((load) => ({
    level: 'note',
    found: `not finished: ${unfinishedText(load)}`,
    advice: load.shards ? runOthers : goOn,
  }));
}
