import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { randomOf } from '../bench/support/random.js';
import type { Report } from '../src/doctor/examine.js';
import type { StoreContents } from '../src/index.js';
import { unfinishedOf, unfinishedText } from '../src/kosh/unfinished-loads.js';
import { shardOf, stretchOf } from '../src/sources/shard.js';
import { type CliResult, runCli } from './support/cli.js';
import { of } from './support/doctor.js';
import { dumpStore, integrityProblems } from './support/dump.js';
import { firstSeed, sameRows } from './support/faults.js';
import { journalLines, type Loaded, loadAtOnce, loadUntil, makeDocuments, rejectsOf, summaryOf } from './support/resume.js';
import { tempDirectory } from './support/temp.js';

test('each key is in one part, whoever asks, and the parts are about equally large', () => {
  const keys = Array.from({ length: 3000 }, (_, n) => `runs/${n}.json`);
  for (const count of [1, 2, 3, 7, 1000]) {
    const sizes = new Map<number, number>();
    for (const key of keys) {
      const index = shardOf(key, count);
      assert.ok(Number.isInteger(index) && index >= 1 && index <= count);
      assert.equal(shardOf(key, count), index);
      sizes.set(index, (sizes.get(index) ?? 0) + 1);
    }
    if (count <= 7)
      for (const size of sizes.values()) assert.ok(Math.abs(size - keys.length / count) < 200, `${size} of ${count}`);
  }
  // Another release must find the same: jobs of one load can be of different ones.
  assert.deepEqual(
    ['a.json', 'b.json', 'c.json', '/d/e.jsonl@0-100'].map((key) => shardOf(key, 10)),
    [1, 5, 5, 5],
  );
});

test('the stretches of all parts are the whole, one after the other', () => {
  for (const total of [0, 1, 5, 10, 97]) {
    for (const count of [1, 2, 3, 8, 20]) {
      let at = 0;
      for (let index = 1; index <= count; index++) {
        const { from, to } = stretchOf({ index, count }, total);
        assert.equal(from, at);
        assert.ok(to - from <= Math.ceil(total / count));
        at = to;
      }
      assert.equal(at, total);
    }
  }
});

const sizes = ['--workers', '1', '--batch-size', '10'];
const generated = ['--ensembles', '10', '--datasets', '30', ...sizes];
const documents = ['d', ...sizes];

function shard(args: readonly string[], index: number): string[] {
  return [...args, '--store', 's.sqlite', '--shard', `${index}/3`];
}

/** The store is that of a load of one process, and the rejects of the shards are its rejects. */
function assertTogether(cwd: string, whole: Loaded): void {
  const store = join(cwd, 's.sqlite');
  sameRows(dumpStore(store), whole.rows);
  const rejects = [1, 2, 3].flatMap((index) => rejectsOf(`${store}.rejects.${index}-of-3.jsonl`));
  assert.deepEqual(rejects.sort(), whole.rejects);
  assert.deepEqual(integrityProblems(store), []);
  assert.equal(journalLines(store), undefined, 'the journal is left');
}

/** `info` and `doctor` say which shards have ended and which have not. */
async function assertShown(cwd: string, shards: { readonly ended: number[]; readonly missing: number[] } | undefined) {
  const [info, doctor] = await Promise.all(['info', 'doctor'].map((name) => runCli([name, 's.sqlite', '--json'], { cwd })));
  const { unfinishedLoads } = JSON.parse(info?.stdout ?? '') as StoreContents;
  const stand = unfinishedLoads.map(({ shards: { count, ended, missing } = { count: 0, ended: [], missing: [] } }) => ({
    count,
    ended,
    missing,
  }));
  assert.deepEqual(stand, shards ? [{ count: 3, ...shards }] : []);
  const waiting = unfinishedLoads.map((load) => load.shards?.waiting);
  assert.ok(waiting.every((n) => n && n > 0));
  const found = of(JSON.parse(doctor?.stdout ?? '') as Report, 'loads').map((finding) => finding.found);
  assert.deepEqual(
    found,
    unfinishedLoads.map((load) => `not finished: ${unfinishedText(load)}`),
  );
}

test('of shards that have ended, those of one load are told together, and shards that are missing as a job array takes them', () => {
  const line = (whole: string, index: number, more: object = {}) => {
    const startedAt = `2026-03-0${index % 9}T10:00:00.000Z`;
    return {
      text: JSON.stringify({ whole, startedAt, inputs: [whole], shard: { index, count: 9 }, ended: { left: [] }, ...more }),
    };
  };
  const [begun, ...loads] = unfinishedOf([
    ...[4, 2, 3, 8].map((index) => line('a', index)),
    line('a', 6, { ended: undefined }),
    line('b', 1, { ended: { left: [{}] } }),
  ]);
  assert.deepEqual(begun?.shard, { index: 6, count: 9 });
  assert.deepEqual(loads.map(unfinishedText), [
    'a: shards 2-4 and 8 of 9 have ended, 1, 5-7 and 9 have not: run them, begun 2026-03-02 10:00 UTC',
    'b: shard 1 of 9 has ended, 2-9 have not: run them, 1 document waits for that, begun 2026-03-01 10:00 UTC',
  ]);
});

for (const [name, args] of Object.entries({ documents, generated })) {
  test(`${name}: three processes with a shard each, one of them killed and run again, load all of it`, {
    timeout: 600_000,
  }, async (t) => {
    const cwd = tempDirectory(t);
    makeDocuments(join(cwd, 'd'));
    const whole = await loadAtOnce(cwd, args);
    const ms = whole.ms * (0.4 + 0.5 * randomOf(firstSeed)());
    const run = (index: number) => runCli(['load', ...shard(args, index), '--json'], { cwd });
    const [killed, ...others] = await Promise.all([loadUntil(cwd, shard(args, 2), { ms, signal: 'SIGKILL' }), run(1), run(3)]);
    const results: CliResult[] = [...others, ...(killed.code === null ? [await run(2)] : [killed])];
    for (const { code, stderr } of results) assert.ok(code === 0 || code === whole.code, stderr);
    assertTogether(cwd, whole);
    const summaries = results.map(summaryOf);
    const records = summaries.reduce((sum, { records, resumed }) => sum + records.inserted + (resumed?.records ?? 0), 0);
    assert.equal(records, whole.rows.filter((row) => JSON.parse(row).table === 'Record').length - 3);
    assert.deepEqual(new Set(summaries.map(({ workers }) => workers)), new Set([1]));
  });
}

test('a shard leaves what needs another one, and one that is done says so; the last one loads what is left', {
  timeout: 60_000,
}, async (t) => {
  const cwd = tempDirectory(t);
  makeDocuments(join(cwd, 'd'));
  const whole = await loadAtOnce(cwd, documents);
  const store = join(cwd, 's.sqlite');
  const first = await runCli(['load', ...shard(documents, 1)], { cwd });
  assert.match(
    first.stderr,
    /^kosh-ingest: \d+ documents wait for records of other shards: the shard that ends last loads them$/m,
  );
  assert.ok(existsSync(store));
  await assertShown(cwd, { ended: [1], missing: [2, 3] });
  const { stdout: words } = await runCli(['info', 's.sqlite'], { cwd });
  assert.match(words, /^ {2}d: shard 1 of 3 has ended, 2 and 3 have not: run them, \d+ documents wait for that, begun .* UTC$/m);
  const rows = dumpStore(store);
  const again = await runCli(['load', ...shard(documents, 1), '--json'], { cwd });
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /shard 1\/3 of this load is done already/);
  assert.equal(summaryOf(again).records.read, 0);
  sameRows(dumpStore(store), rows);
  const third = await runCli(['load', ...shard(documents, 3)], { cwd });
  assert.doesNotMatch(third.stderr, /another load/);
  await assertShown(cwd, { ended: [1, 3], missing: [2] });
  await runCli(['load', ...shard(documents, 2)], { cwd });
  assertTogether(cwd, whole);
  await assertShown(cwd, undefined);
});
