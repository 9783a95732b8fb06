/**
 * Puts every strategy to the test that promises safety, on every store, and shows what happens without. Run `node dist/bench/stress.js --help`.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { entries, planOf } from './stress/matrix/entries.js';
import { isGood, type MatrixResults, matrixReport } from './stress/matrix/report.js';
import { runMatrix } from './stress/matrix/run-matrix.js';
import { markCaught } from './stress/report/caught-mark.js';
import { controlsNamed, runControls } from './stress/run-controls.js';
import { commandLineOf, positive, refuse, runBench, say } from './support/command-line.js';
import { hostOf } from './support/machine.js';
import { Workspace } from './support/workspace.js';

const names = [...entries.map(({ name }) => name), 'controls'];

const help = `node dist/bench/stress.js [options]

  --seconds N      of each run (default 300)
  --seeds LIST     with commas (default 1,2,3)
  --processes N    (default 4)
  --workers N      of each process (default 2)
  --only NAME      ${names.join(', ')}; can be given again (default: all)
  --jobs N         runs side by side (default 1)
  --dir DIR        where the stores are made (default: the current directory)
  --json FILE      write all figures
  --write FILE     write the tables as Markdown
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      seeds: { type: 'string', default: '1,2,3' },
      processes: { type: 'string', default: '4' },
      workers: { type: 'string', default: '2' },
      only: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '1' },
      dir: { type: 'string', default: '.' },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of values.only) if (!names.includes(name)) refuse(`--only: ${name} is none of ${names.join(', ')}`);
  return {
    ...values,
    run: new Set(values.only.length > 0 ? values.only : names),
    seeds: values.seeds.split(',').map((seed) => positive('--seeds', seed.trim())),
    seconds: positive('--seconds', values.seconds),
    processes: positive('--processes', values.processes),
    workers: positive('--workers', values.workers),
    jobs: positive('--jobs', values.jobs),
  };
}

async function stress(options: ReturnType<typeof readOptions>): Promise<MatrixResults> {
  const { run, seeds, seconds, processes, workers, jobs } = options;
  using workspace = new Workspace(options.dir);
  const size = { store: join(workspace.path, 'stress.sqlite'), seconds, processes, workers };
  const host = hostOf(workspace.path);
  const runs = await runMatrix({ entries: entries.filter(({ name }) => run.has(name)), seeds, size, jobs, say });
  const [entry] = entries;
  const controls =
    run.has('controls') && entry
      ? await runControls(controlsNamed('all'), planOf(entry, { ...size, seed: seeds[0] ?? 1 }), { onWarning: say })
      : [];
  if (controls.length > 0 && controls.every(({ caught }) => caught)) markCaught();
  const command = commandLineOf('stress');
  const results = { command, host, engine: `SQLite ${sqliteVersion()}`, seconds, runs, controls };
  // Messages name the throw-away stores; where these were is nobody's business.
  return JSON.parse(JSON.stringify(results).replaceAll(`${workspace.path}/`, '')) as MatrixResults;
}

function sqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return String(db.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    db.close();
  }
}

await runBench({ help, readOptions, bench: stress, report: matrixReport, isGood });
