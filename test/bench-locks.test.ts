import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contentionFigures, storeFigures } from '../bench/locks/figures.js';
import type { LocksResults } from '../bench/locks/results.js';
import { tempDirectory } from './support/temp.js';

const fromDist = import.meta.url.includes('/dist/test/');
// The compiled one, also from the sources: it starts compiled programs.
const bench = fileURLToPath(new URL(`${fromDist ? '../' : '../dist/'}bench/locks.js`, import.meta.url));

const sample = (asked: number, started: number, ended: number) => ({ asked, started, ended });
const window = { fromMs: 0, toMs: 100 };

test('a hand-over goes to another one that was waiting; who waits while others come in between is served late', () => {
  const one = [sample(0, 0, 10), sample(11, 12, 20), sample(21, 30, 40)];
  const other = [sample(5, 25, 28), sample(29, 41, 50)];
  const figures = contentionFigures([one, other], window);
  // 20 -> 25, 28 -> 30, 40 -> 41. After 10 came the same one again, the other was waiting until 25.
  assert.deepEqual(figures.handOverMs, { count: 3, median: 2, p95: 5, p99: 5, max: 5 });
  assert.deepEqual(figures.servedMs, { count: 4, median: 2, p95: 15, p99: 15, max: 15 });
  assert.equal(figures.handedOn, 0.75);
  assert.equal(figures.overlaps, 0);
  assert.deepEqual(figures.counts, [3, 2]);
  assert.equal(figures.jain, 25 / 26);
  assert.equal(figures.perSecond, 50);
  assert.equal(figures.waitMs.max, 20);
  assert.equal(figures.busy, (10 + 8 + 10 + 3 + 9) / 100);
});

test('a lock that lets two in is noticed, and what lies outside of the window counts for nothing but the wait that began in it', () => {
  const figures = contentionFigures([[sample(0, 0, 10), sample(90, 180, 190)], [sample(0, 9, 12)]], window);
  assert.equal(figures.overlaps, 1);
  assert.deepEqual(figures.counts, [1, 1]);
  assert.equal(figures.waitMs.max, 90);
  const store = storeFigures([{ samples: [sample(-9, -8, -7), sample(1, 2, 3)], retries: 2, gaveUpMs: [500] }], window);
  assert.deepEqual([store.committed, store.perSecond, store.retries, store.gaveUp], [2, 10, 2, 1]);
  assert.equal(store.waitMs.max, 500);
});

test('bench:locks writes its figures and a report, and leaves nothing behind', { timeout: 120_000 }, async (t) => {
  const cwd = tempDirectory(t);
  const flags = ['--quick', '--window', '50', '--most', '2', '--json', 'locks.json', '--write', 'LOCKS.md'];
  await promisify(execFile)(process.execPath, [bench, ...flags], { cwd });
  assert.deepEqual(readdirSync(cwd).sort(), ['LOCKS.md', 'locks.json']);

  const results = JSON.parse(readFileSync(join(cwd, 'locks.json'), 'utf8')) as LocksResults;
  const { costs, contentions, stores, targets } = results;
  assert.deepEqual(
    costs.map(({ name }) => name),
    ['mkdir and rmdir', 'proper-lockfile', 'None', 'OnlyRetry', 'RFileLock', 'RFileLock, 2 ms apart'],
  );
  assert.deepEqual(
    contentions.map(({ way, kind, count, thinkMs }) => `${way}/${kind}/${count}/${thinkMs}`),
    ['threads', 'processes'].flatMap((kind) => [
      `RFileLock/${kind}/2/0`,
      `RFileLock/${kind}/2/5`,
      `proper-lockfile 10 ms/${kind}/2/0`,
      `proper-lockfile 1 s/${kind}/2/0`,
    ]),
  );
  assert.deepEqual(
    stores.map(({ name }) => name),
    ['RFileLock, 1 process', 'RFileLock, 2 processes', 'OnlyRetry, 1 process', 'OnlyRetry, 2 processes'],
  );
  for (const { name, runs, faults } of [...costs, ...contentions, ...stores]) {
    assert.deepEqual(faults, [], name);
    assert.equal(runs.length, 1, name);
  }
  for (const { runs, samples } of costs) assert.equal(runs[0]?.figures.microseconds.count, samples);
  for (const { runs, count } of [...contentions, ...stores]) {
    const { counts, perSecond, waitMs } = runs[0]?.figures ?? assert.fail();
    assert.equal(counts.length, count);
    assert.ok(perSecond >= 0 && waitMs.count >= count);
  }
  assert.equal(targets.length, 5);
  const report = readFileSync(join(cwd, 'LOCKS.md'), 'utf8');
  for (const { name } of [...costs, ...contentions, ...stores]) assert.ok(report.includes(`| ${name} `), name);
  assert.match(report, /^## Targets$/m);
});
