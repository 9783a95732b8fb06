/**
 * Runs `kosh-ingest bench` in full, and writes bench/RESULTS.md from what it found.
 *
 *     node dist/bench/bench.js [flags of kosh-ingest bench]
 *
 * With flags, that run alone; without any, those of {@link fullRuns}, and Kosh's own job on a MariaDB server that is there for it alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchMarkdown } from './strategies/report/markdown.js';
import type { BenchResults } from './strategies/results.js';
import { runMain, say } from './support/command-line.js';
import { mariadbMissing, startServer } from './support/mariadb-server.js';

/** One for the loads of calls, one for that of many records, and Kosh's own job. */
const fullRuns: readonly FullRun[] = [
  { title: 'Single calls: which lock strategy is fast here', flags: ['--load', 'notebook,mixed,read'] },
  { title: 'Bulk loads', flags: ['--load', 'bulk', '--workers', '1,2,4'] },
  {
    title: "Kosh's own scaling job",
    flags: ['--load', 'kosh-scaling', '--processes', '2,3,4,5,10', '--strategies', 'RFileLock'],
  },
];
const serverRun: FullRun = {
  title: "Kosh's own scaling job on MariaDB",
  flags: ['--load', 'kosh-scaling', '--processes', '2,3,4,5,10', '--strategies', 'OnlyRetry'],
};

interface FullRun {
  /** Of its part of the page. */
  readonly title?: string | undefined;
  readonly flags: readonly string[];
}

const cli = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const page = 'bench/RESULTS.md';

/** Runs the command, and answers its page. Throws when it does not end well. */
function pageOf({ title, flags }: FullRun, out: string): string {
  const { status } = spawnSync(process.execPath, [cli, 'bench', ...flags, '--out', out], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`kosh-ingest bench ${flags.join(' ')} ended with exit code ${status}`);
  return benchMarkdown(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as BenchResults, title);
}

async function onServer(out: string): Promise<string[]> {
  const missing = mariadbMissing();
  if (missing !== undefined) {
    say(`nothing on a server: ${missing}`);
    return [];
  }
  const server = await startServer();
  try {
    const flags = ['--store', server.url(await server.freshDatabase()), ...serverRun.flags];
    return [pageOf({ ...serverRun, flags }, out)];
  } finally {
    await server.remove();
  }
}

await runMain(async () => {
  const given = process.argv.slice(2);
  const folder = mkdtempSync('.kosh-bench-');
  try {
    const runs = given.length > 0 ? [{ flags: given }] : fullRuns;
    const pages = runs.map((run, number) => pageOf(run, join(folder, `${number}`)));
    writeFileSync(page, [...pages, ...(given.length > 0 ? [] : await onServer(join(folder, 'server')))].join('\n'));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
