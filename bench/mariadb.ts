/**
 * Measures `kosh-ingest load` into MariaDB against the floor, `LOAD DATA INFILE`, on private servers. Run `node dist/bench/mariadb.js --help`.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version as connector } from 'mariadb';
import { sizeArguments } from './calls/loop.js';
import { groups } from './mariadb/groups.js';
import { Place } from './mariadb/place.js';
import { reportOf } from './mariadb/report.js';
import { type Kind, kinds, type MariadbGroupResult, type MariadbResults } from './mariadb/results.js';
import { runGroup } from './mariadb/run-group.js';
import { sizes } from './mariadb/trials.js';
import { commandLineOf, positive, refuse, runBench, say } from './support/command-line.js';
import { galeraMissing, startCluster } from './support/galera.js';
import { hostOf } from './support/machine.js';
import { faultsMissing, startServer } from './support/mariadb-server.js';
import { askProgram } from './support/run-process.js';
import { Workspace } from './support/workspace.js';

const help = `node dist/bench/mariadb.js [options]

  --repeats N    measured rounds, after one to warm up (default 5)
  --only KIND    ${kinds.join(', ')}; can be given again (default: all)
  --json FILE    write all figures
  --write FILE   write the tables as Markdown

The servers are started here and keep their data in a temporary folder: TMPDIR says where.
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      repeats: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.map(
    (kind) => kinds.find((known) => known === kind) ?? refuse(`--only: ${kind} is none of ${kinds.join(', ')}`),
  );
  return { ...values, run: new Set<Kind>(only.length > 0 ? only : kinds), repeats: positive('--repeats', values.repeats) };
}

async function bench({ run, repeats }: ReturnType<typeof readOptions>): Promise<MariadbResults> {
  const missing = faultsMissing() ?? (run.has('cluster') ? galeraMissing() : undefined);
  if (missing !== undefined) refuse(missing);
  using workspace = new Workspace(tmpdir());
  // The server reads the rows of the floor, who may be another user.
  const folder = join(workspace.path, 'rows');
  mkdirSync(folder);
  for (const path of [workspace.path, folder]) chmodSync(path, 0o755);
  const files = JSON.stringify(await askProgram('makeRows', [folder, ...sizeArguments(sizes)], workspace.fresh()));
  const args = ['--innodb-buffer-pool-size=512M', `--secure-file-priv=${folder}`];

  const host = hostOf(workspace.path);
  const results: MariadbGroupResult[] = [];
  const runThose = async (isCluster: boolean, start: () => Promise<Place>) => {
    const chosen = groups.filter(({ kind }) => run.has(kind) && (kind === 'cluster') === isCluster);
    if (chosen.length === 0) return;
    const place = await start();
    try {
      for (const group of chosen) results.push(await runGroup(group, { workspace, repeats, say, place, folder, files }));
    } finally {
      await place.remove();
    }
  };
  await runThose(false, async () => new Place([await startServer({ args })]));
  await runThose(true, async () => new Place(await startCluster(3, { args })));

  const command = commandLineOf('mariadb');
  return { command, repeats, host, connector, groups: results };
}

await runBench({
  help,
  readOptions,
  bench,
  report: reportOf,
  isGood: (results) => !results.groups.some(({ trials }) => trials.some(({ faults }) => faults.length > 0)),
});
