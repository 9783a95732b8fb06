import { statfsSync } from 'node:fs';
import { IngestError } from '../../src/errors.js';
import type { Trial } from './plan.js';
import { needsRecords } from './work/calls.js';

/** More than the fastest loop of calls writes. */
const callRecordsASecond = 4000;
/** A record without attributes, and one attribute, with the indexes: twice what the notebook's take. */
const recordBytes = 2000;
const attributeBytes = 600;
/** Whatever else lies there. */
const spareBytes = 16e6;

/** Throws `ERR_STORE_FULL` when a disk has less room than the largest trial can take. */
export function checkRoom(directory: string, trials: readonly Trial[]): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  const needed = spareBytes + Math.max(...trials.map(bytesOf));
  if (free >= needed) return;
  throw new IngestError(
    'ERR_STORE_FULL',
    `the disk of the store has ${megabytes(free)} MB free, and a trial can take ${megabytes(needed)} MB`,
    {
      hint: 'Make room, give a --store on another disk, or make the trials smaller with --seconds, --records or --attributes.',
    },
  );
}

function bytesOf({ key, sizes, length }: Trial): number {
  const { ensembles, datasets, attributes } = sizes;
  const job = ensembles * (1 + datasets);
  const given = needsRecords(key.load) ? job : 0;
  const written =
    length.kind === 'records'
      ? length.records
      : length.kind === 'job'
        ? job * key.processes
        : ((length.warmUpMs + length.windowMs) / 1000) * callRecordsASecond;
  // A dataset has the attributes of its ensemble too.
  return (given + written) * (recordBytes + 2 * attributes * attributeBytes);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
