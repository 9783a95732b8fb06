/**
 * Runs `kosh-ingest bench` in full, and writes bench/RESULTS.md from what it found.
 *
 *     node dist/bench/bench.js [flags of kosh-ingest bench]
 *
 * With flags, that run alone; without any, the runs of {@link fullRuns}.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchMarkdown } from './strategies/report/markdown.js';
import type { BenchResults } from './strategies/results.js';
import { runMain } from './support/command-line.js';

/** One a load that a user has, and Kosh's own job. */
const fullRuns: readonly (readonly string[])[] = [
  ['--load', 'notebook,mixed,read'],
  ['--load', 'bulk', '--workers', '1,2,4'],
  ['--load', 'kosh-scaling', '--processes', '2,3,4,5,10', '--strategies', 'RFileLock'],
];

const cli = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const page = 'bench/RESULTS.md';

await runMain(async () => {
  const given = process.argv.slice(2);
  const folder = mkdtempSync('.kosh-bench-');
  try {
    const pages: string[] = [];
    for (const [number, flags] of (given.length > 0 ? [given] : fullRuns).entries()) {
      const out = join(folder, String(number));
      const { status } = spawnSync(process.execPath, [cli, 'bench', ...flags, '--out', out], { stdio: 'inherit' });
      if (status !== 0) return status ?? 1;
      pages.push(benchMarkdown(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as BenchResults));
    }
    writeFileSync(page, pages.join('\n'));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
