/**
 * Lets threads or processes take turns at one lock.
 *
 *     node dist/bench/locks/contention.js TRIAL
 *
 * TRIAL is a {@link ContentionTrial} as JSON. Prints one JSON line, {@link Printed} figures.
 */

import { threadEntry } from '../../src/threads.js';
import { courseFromNow, Peers } from '../support/peers.js';
import { lockFile } from '../support/trial-store.js';
import { type ContentionFigures, contentionFigures, type Sample } from './figures.js';
import type { ContentionTrial, Printed } from './trials.js';
import { openWay } from './ways.js';

async function run(trial: ContentionTrial): Promise<Printed<ContentionFigures>> {
  // Threads share what their process has for a lock when the main thread made it before they were started, and keeps it.
  const shared = trial.kind === 'threads' ? openWay(trial.way, lockFile) : undefined;
  using peers = new Peers<readonly Sample[]>({
    ...trial,
    program: threadEntry('./contender', import.meta.url),
    argument: () => trial,
  });
  await peers.ready;
  const course = courseFromNow(trial);
  const { reports, cpuSeconds } = await peers.run(course);
  await shared?.close();
  return { figures: contentionFigures(reports, course), cpuSeconds };
}

const [trial = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await run(JSON.parse(trial) as ContentionTrial))}\n`);
