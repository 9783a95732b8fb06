/**
 * Lets processes write one new store, in the journal mode that it has (DELETE), small transactions through a strategy.
 *
 *     node dist/bench/locks/throughput.js TRIAL
 *
 * TRIAL is a {@link StoreTrial} as JSON. Creates the store and prints one JSON line, {@link Printed} figures.
 */
import { openConnection } from '../../src/stores/registry.js';
import { threadEntry } from '../../src/threads.js';
import { courseFromNow, Peers } from '../support/peers.js';
import { storeFile } from '../support/trial-store.js';
import { type StoreFigures, storeFigures, type WriterReport } from './figures.js';
import type { Printed, StoreTrial } from './trials.js';
import type { WriterJob } from './writer.js';

async function run(trial: StoreTrial): Promise<Printed<StoreFigures>> {
  const connection = await openConnection(storeFile, { busyTimeoutMs: 0 });
  await connection.transaction(() => connection.createSchema());
  await connection.close();
  using peers = new Peers<WriterReport>({
    ...trial,
    program: threadEntry('./writer', import.meta.url),
    kind: 'processes',
    argument: (index): WriterJob => ({ ...trial, index }),
  });
  await peers.ready;
  const course = courseFromNow(trial);
  const { reports, cpuSeconds } = await peers.run(course);
  return { figures: storeFigures(reports, course), cpuSeconds };
}

const [trial = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await run(JSON.parse(trial) as StoreTrial))}\n`);
