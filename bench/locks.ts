/**
 * Measures the lock strategies: what a run costs, how long a lock takes from one to the next, what they make of several writers of one store. Run
 * `node dist/bench/locks.js --help`.
 */
import { parseArgs } from 'node:util';
import { reportOf } from './locks/report.js';
import type { LocksResults } from './locks/results.js';
import { LockRuns } from './locks/run-trials.js';
import { targetsOf } from './locks/targets.js';
import type { Sizes } from './locks/trials.js';
import { commandLineOf, positive, runBench, say } from './support/command-line.js';
import { machineOf } from './support/machine.js';
import { Workspace } from './support/workspace.js';

const help = `node dist/bench/locks.js [options]

  --quick         one short round and none to warm up: about 30 seconds instead of 4 minutes
  --repeats N     measured rounds (default 3, with --quick 1)
  --window MS     for how long each trial is measured (default 1500, with --quick 400)
  --most N        threads and processes at most: 2, 4 or 8 (default 8)
  --dir DIR       where the temporary folder with locks and stores is made (default: the current directory)
  --json FILE     write all figures
  --write FILE    write the tables as Markdown
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      repeats: { type: 'string' },
      window: { type: 'string' },
      most: { type: 'string', default: '8' },
      dir: { type: 'string', default: '.' },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const repeats = positive('--repeats', values.repeats ?? (quick ? '1' : '3'));
  const windowMs = positive('--window', values.window ?? (quick ? '400' : '1500'));
  return { ...values, repeats, sizes: sizesOf(windowMs, positive('--most', values.most)) };
}

/** Of a window and the greatest number of contenders, at least 2 of them. */
function sizesOf(windowMs: number, most: number): Sizes {
  const counts = [2, 4, 8].filter((count) => count <= Math.max(2, most));
  return { windowMs, warmUpMs: Math.ceil(windowMs / 5), counts, writers: [1, ...counts], samples: 2 * windowMs };
}

async function bench({ repeats, sizes, quick, dir }: ReturnType<typeof readOptions>): Promise<LocksResults> {
  using workspace = new Workspace(dir);
  const machine = await machineOf(workspace);
  const runs = new LockRuns(sizes, { workspace, repeats, say });
  for (let round = quick ? 1 : 0; round <= repeats; round++) {
    say(round === 0 ? 'warm-up' : `round ${round} of ${repeats}`);
    await runs.round(round);
  }
  const { costs, contentions, stores } = runs;
  const command = commandLineOf('locks');
  return { command, repeats, sizes, machine, costs, contentions, stores, targets: targetsOf(runs) };
}

await runBench({
  help,
  readOptions,
  bench,
  report: reportOf,
  isGood: (results) => ![...results.costs, ...results.contentions, ...results.stores].some(({ faults }) => faults.length > 0),
});
