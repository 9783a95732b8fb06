/**
 * Measures `kosh-ingest load` against the floor, a bare better-sqlite3 loop. Run `node dist/bench/load.js --help`.
 */
import { parseArgs } from 'node:util';
import { reportOf } from './load/report.js';
import type { GroupResult, Results } from './load/results.js';
import { runGroup } from './load/run-group.js';
import { runMillion } from './load/run-million.js';
import { groups } from './load/trials.js';
import { commandLineOf, positive, refuse, runBench, say } from './support/command-line.js';
import { machineOf } from './support/machine.js';
import { askProgram } from './support/run-process.js';
import { Workspace } from './support/workspace.js';

const help = `node dist/bench/load.js [options]

  --repeats N            measured rounds, after one to warm up (default 5)
  --only KIND            notebook, large, documents or million; can be given again (default: notebook and documents)
  --million              a million datasets as well: takes minutes and 7 GB of disk
  --million-datasets N   datasets in each of its 10 ensembles (default 100000)
  --dir DIR              where the temporary folder with the stores is made (default: the current directory)
  --json FILE            write all figures
  --write FILE           write the tables as Markdown
`;

const kinds = ['notebook', 'large', 'documents', 'million'] as const;
type Kind = (typeof kinds)[number];

function readOptions() {
  const { values } = parseArgs({
    options: {
      repeats: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      million: { type: 'boolean', default: false },
      'million-datasets': { type: 'string', default: '100000' },
      dir: { type: 'string', default: '.' },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.map(
    (kind) => kinds.find((known) => known === kind) ?? refuse(`--only: ${kind} is none of ${kinds.join(', ')}`),
  );
  const run = new Set<Kind>(only.length > 0 ? only : ['notebook', 'documents']);
  if (values.million) run.add('million');
  const repeats = positive('--repeats', values.repeats);
  return { ...values, run, repeats, millionDatasets: positive('--million-datasets', values['million-datasets']) };
}

async function bench(options: ReturnType<typeof readOptions>): Promise<Results> {
  const { run, repeats, dir } = options;
  using workspace = new Workspace(dir);
  if (run.has('documents')) await askProgram<null>('makeDocument', ['one.json', 'many'], workspace.path);
  const machine = await machineOf(workspace);
  const results: GroupResult[] = [];
  for (const group of groups) if (run.has(group.kind)) results.push(await runGroup(group, { workspace, repeats, say }));
  const million = run.has('million') ? await runMillion(options.millionDatasets, { workspace, say }) : undefined;
  const command = commandLineOf('load');
  return { command, repeats, machine, groups: results, million };
}

await runBench({
  help,
  readOptions,
  bench,
  report: reportOf,
  isGood: (results) =>
    !results.groups.some(({ trials }) => trials.some(({ faults }) => faults.length > 0)) && !results.million?.faults.length,
});
