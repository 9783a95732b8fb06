/**
 * Measures `kosh-ingest load` against the floor, a bare better-sqlite3 loop. Run `node dist/bench/load.js --help`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoreCheck } from './check-store.js';
import { machineOf } from './load/machine.js';
import { reportOf } from './load/report.js';
import type { GroupResult, Results } from './load/results.js';
import { runGroup } from './load/run-group.js';
import { runMillion } from './load/run-million.js';
import { askProgram } from './load/run-process.js';
import { groups, storeFile } from './load/trials.js';
import { Workspace } from './load/workspace.js';

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

function positive(flag: string, text: string): number {
  return /^[1-9]\d{0,6}$/.test(text)
    ? Number(text)
    : refuse(`${flag}: expected a number from 1 on, found ${JSON.stringify(text)}`);
}

function refuse(message: string): never {
  throw new Error(message);
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

async function bench(options: ReturnType<typeof readOptions>): Promise<Results> {
  const { run, repeats, dir } = options;
  using workspace = new Workspace(dir);
  if (run.has('documents')) await askProgram<null>('makeDocument', ['one.json', 'many'], workspace.path);
  const machine = machineOf(workspace.path, await sqliteVersion(workspace));
  const results: GroupResult[] = [];
  for (const group of groups) if (run.has(group.kind)) results.push(await runGroup(group, { workspace, repeats, say }));
  const million = run.has('million') ? await runMillion(options.millionDatasets, { workspace, say }) : undefined;
  const command = ['node dist/bench/load.js', ...process.argv.slice(2)].join(' ');
  return { command, repeats, machine, groups: results, million };
}

async function sqliteVersion(workspace: Workspace): Promise<string> {
  const cwd = workspace.fresh();
  await askProgram('floor', ['generated', storeFile, '0', '0', '0'], cwd);
  return (await askProgram<StoreCheck>('checkStore', [storeFile], cwd)).sqlite;
}

function write(path: string | undefined, content: string): void {
  if (path === undefined) return;
  mkdirSync(dirname(join(process.cwd(), path)), { recursive: true });
  writeFileSync(path, content);
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const results = await bench(options);
  const report = reportOf(results);
  process.stdout.write(report);
  write(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  write(options.write, report);
  const failed = results.groups.some(({ trials }) => trials.some(({ faults }) => faults.length > 0));
  return failed || (results.million?.faults.length ?? 0) > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
