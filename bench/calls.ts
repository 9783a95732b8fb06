/**
 * Measures the library's single calls against the floor, a bare better-sqlite3 loop with one transaction a record. Run
 * `node dist/bench/calls.js --help`.
 */
import { parseArgs } from 'node:util';
import { reportOf } from './calls/report.js';
import type { CallsResults } from './calls/results.js';
import { CostRuns } from './calls/run-costs.js';
import { LoopRuns } from './calls/run-loops.js';
import { commandLineOf, positive, runBench, say } from './support/command-line.js';
import { machineOf } from './support/machine.js';
import { Workspace } from './support/workspace.js';

const help = `node dist/bench/calls.js [options]

  --repeats N    measured rounds, after one to warm up (default 5)
  --datasets N   datasets in each of the 10 ensembles (default 50)
  --dir DIR      where the temporary folder with the stores is made (default: the current directory)
  --json FILE    write all figures
  --write FILE   write the tables as Markdown
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      repeats: { type: 'string', default: '5' },
      datasets: { type: 'string', default: '50' },
      dir: { type: 'string', default: '.' },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const repeats = positive('--repeats', values.repeats);
  return { ...values, repeats, datasets: positive('--datasets', values.datasets) };
}

async function bench({ repeats, datasets, dir }: ReturnType<typeof readOptions>): Promise<CallsResults> {
  using workspace = new Workspace(dir);
  const machine = await machineOf(workspace);
  const sizes = { ensembles: 10, datasets, attributes: 10 };
  const loops = new LoopRuns(sizes, { workspace, repeats, say });
  const costs = new CostRuns({ workspace, repeats, say });
  for (let round = 0; round <= repeats; round++) {
    say(round === 0 ? 'warm-up' : `round ${round} of ${repeats}`);
    await loops.round(round);
    await costs.round(round);
  }
  const command = commandLineOf('calls');
  return { command, repeats, sizes, records: loops.records, machine, loops: loops.results, costs: costs.results };
}

await runBench({
  help,
  readOptions,
  bench,
  report: reportOf,
  isGood: (results) => ![...results.loops, ...results.costs].some(({ faults }) => faults.length > 0),
});
