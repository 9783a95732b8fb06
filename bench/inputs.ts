/**
 * Measures `kosh-ingest load` on inputs: many small documents, long JSON Lines and CSV, and what its journal costs. Run `node dist/bench/inputs.js --help`.
 */
import { parseArgs } from 'node:util';
import { type Results, reportOf } from './inputs/report.js';
import { runJobs } from './inputs/run.js';
import { fullSizes, quickSizes } from './inputs/trials.js';
import { commandLineOf, positive, runBench, say } from './support/command-line.js';
import { machineOf } from './support/machine.js';
import { Workspace } from './support/workspace.js';

const help = `node dist/bench/inputs.js [options]

  --repeats N   more or fewer rounds (default 5: one of 300 MB, 15 of the documents, 15 and 30 of what takes seconds)
  --quick       a thousand documents and 5 MB of lines instead of ten thousand and 300 MB
  --dir DIR     where the temporary folder with inputs and stores is made, 3 GB (default: the current directory)
  --json FILE   write all figures
  --write FILE  write the tables as Markdown
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      repeats: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      dir: { type: 'string', default: '.' },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, repeats: positive('--repeats', values.repeats) };
}

async function bench({ repeats, quick, dir }: ReturnType<typeof readOptions>): Promise<Results> {
  using workspace = new Workspace(dir);
  const machine = await machineOf(workspace);
  const jobs = await runJobs(quick ? quickSizes : fullSizes, { workspace, repeats, say });
  return { command: commandLineOf('inputs'), machine, jobs };
}

await runBench({
  help,
  readOptions,
  bench,
  report: reportOf,
  isGood: ({ jobs }) => jobs.every(({ trials }) => trials.every(({ faults }) => faults.length === 0)),
});
