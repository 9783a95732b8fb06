/** One of several who want one lock: a thread or a process, started by `contention.ts` with its trial as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../../src/clock.js';
import { takePart } from '../support/peers.js';
import { lockFile } from '../support/trial-store.js';
import type { Sample } from './figures.js';
import { type ContentionTrial, holdMs } from './trials.js';
import { openWay } from './ways.js';

const { way, thinkMs } = JSON.parse(process.argv[2] ?? '') as ContentionTrial;
const lock = openWay(way, lockFile);

async function once(): Promise<Sample> {
  const asked = nowMs();
  let started = Number.NaN;
  let ended = Number.NaN;
  await lock.run(() => {
    started = nowMs();
    while ((ended = nowMs()) < started + holdMs);
  });
  return { asked, started, ended };
}

await takePart(async ({ toMs }) => {
  const samples: Sample[] = [];
  while (nowMs() < toMs) {
    samples.push(await once());
    if (thinkMs > 0) await sleep(thinkMs);
  }
  await lock.close();
  return samples;
});
