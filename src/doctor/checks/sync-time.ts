import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { figure } from '../../../bench/strategies/report/format.js';
import { percentilesOf } from '../../../bench/support/statistics.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { interrupted } from '../peers.js';

/** As many writes, or as many as there is time for. */
const mostWrites = 200;
const mostMs = 1000;
/** A commit waits for it several times. */
const slowMs = 20;
/** No disk is that fast: it says that it has written what it has not. */
const tooFastMs = 0.01;

/** How long 4 KiB take to be on the disk. */
export const syncTime: Check<FilePlace> = {
  name: 'fsync',
  async look({ scratch, fileSystem, signal }) {
    if ('refused' in scratch) return [];
    const times = await syncTimes(join(scratch.path, 'sync'), signal);
    const { median, p99 } = percentilesOf(times);
    const found = `4 KiB are on the disk in ${figure(median)} ms (median), ${figure(p99)} ms (p99), of ${times.length} writes`;
    return [{ found, ...meaningOf(median, fileSystem?.kind === 'memory') }];
  },
};

function meaningOf(median: number, isMemory: boolean): Omit<Found, 'found'> {
  if (median >= slowMs) {
    return {
      level: 'note',
      advice: 'A commit waits for this several times: write with load and a large --batch-size, not record by record.',
    };
  }
  if (median < tooFastMs && !isMemory) {
    return {
      level: 'note',
      advice:
        'Too fast for a disk: what is said to be written may be lost when the machine stops (a disk in memory, a cache, eatmydata).',
    };
  }
  return { level: 'ok' };
}

async function syncTimes(path: string, signal: AbortSignal): Promise<readonly number[]> {
  const times: number[] = [];
  const page = Buffer.alloc(4096, 1);
  const fd = openSync(path, 'w');
  try {
    for (const endMs = performance.now() + mostMs; times.length < mostWrites && performance.now() < endMs; ) {
      const startedMs = performance.now();
      writeSync(fd, page);
      fdatasyncSync(fd);
      times.push(performance.now() - startedMs);
      await nextTurn();
      if (signal.aborted) throw interrupted();
    }
  } finally {
    closeSync(fd);
  }
  return times;
}
