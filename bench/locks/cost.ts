/**
 * What a lock costs that nobody else wants: each run with empty work is timed by itself.
 *
 *     node dist/bench/locks/cost.js TRIAL
 *
 * TRIAL is a {@link CostTrial} as JSON. Prints one JSON line, {@link Printed} figures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../../src/clock.js';
import { percentilesOf } from '../support/statistics.js';
import { lockFile } from '../support/trial-store.js';
import type { CostFigures, CostTrial, Printed } from './trials.js';
import { openWay } from './ways.js';

async function measure({ way, samples, pauseMs, warmUpMs }: CostTrial): Promise<Printed<CostFigures>> {
  const lock = openWay(way, lockFile);
  const once = async (): Promise<number> => {
    if (pauseMs > 0) await sleep(pauseMs);
    const started = nowMs();
    await lock.run(() => {});
    return (nowMs() - started) * 1000;
  };
  const warmAt = nowMs() + warmUpMs;
  while (nowMs() < warmAt) await once();
  const microseconds: number[] = [];
  while (microseconds.length < samples) microseconds.push(await once());
  await lock.close();
  return { figures: { microseconds: percentilesOf(microseconds) }, cpuSeconds: 0 };
}

const [trial = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(JSON.parse(trial) as CostTrial))}\n`);
