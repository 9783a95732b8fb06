/**
 * Runs `kosh-ingest bench` in full, and writes bench/RESULTS.md from what it found: each load of a user, and Kosh's own job, on this disk and on a MariaDB
 * server that is there for it alone. Takes no flags: `kosh-ingest bench` is for that.
 *
 *     node dist/bench/bench.js
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchMarkdown } from './strategies/report/markdown.js';
import type { BenchResults } from './strategies/results.js';
import { refuse, runMain, say } from './support/command-line.js';
import { mariadbMissing, startServer } from './support/mariadb-server.js';

interface FullRun {
  /** Of its part of the page. */
  readonly title: string;
  readonly flags: readonly string[];
}

const jobSizes = ['--load', 'kosh-scaling', '--processes', '2,3,4,5,10'];

const onDisk: readonly FullRun[] = [
  { title: 'Single calls: which lock strategy is fast here', flags: ['--load', 'notebook,mixed,read'] },
  { title: 'Bulk loads', flags: ['--load', 'bulk', '--workers', '1,2,4'] },
  { title: "Kosh's own scaling job", flags: [...jobSizes, '--strategies', 'RFileLock'] },
];
const onServer: FullRun = {
  title: "Kosh's own scaling job on MariaDB",
  flags: [...jobSizes, '--strategies', 'OnlyRetry'],
};

const cli = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const page = 'bench/RESULTS.md';

/** Runs the command, and answers its page. Throws when it does not end well. */
function pageOf({ title, flags }: FullRun, store: string, out: string): string {
  say(`${title}: kosh-ingest bench ${flags.join(' ')}`);
  const args = ['bench', '--store', store, ...flags, '--out', out];
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`kosh-ingest ${args.join(' ')} ended with exit code ${status}`);
  return benchMarkdown(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as BenchResults, title);
}

async function serverPages(out: string): Promise<string[]> {
  const missing = mariadbMissing();
  if (missing !== undefined) {
    say(`nothing on a server: ${missing}`);
    return [];
  }
  const server = await startServer();
  try {
    return [pageOf(onServer, server.url(await server.freshDatabase()), out)];
  } finally {
    await server.remove();
  }
}

await runMain(async () => {
  if (process.argv.length > 2) refuse('npm run bench takes no flags: kosh-ingest bench does');
  const folder = mkdtempSync('.kosh-bench-');
  try {
    const pages = onDisk.map((run, number) => pageOf(run, 'bench/kosh.sqlite', join(folder, `${number}`)));
    writeFileSync(page, [...pages, ...(await serverPages(join(folder, 'server')))].join('\n'));
    say(`written: ${page}`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
