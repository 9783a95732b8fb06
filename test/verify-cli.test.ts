import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';
import type { VerifySummary } from '../src/ingest/verify-summary.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

const timeout = 60_000;

test('a store that is whole: a headline, exit code 0, and nothing is left', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  await runCli(['load', '--store', 's.sqlite', '--workers', '2'], { cwd });
  const alone = await runCli(['verify', 's.sqlite', '--workers', '2'], { cwd });
  assert.deepEqual({ code: alone.code, stderr: alone.stderr }, { code: 0, stderr: '' });
  const headline = "Verified 110 records, 3 of Kosh's own, 100 relationships in 9 tables: no differences";
  assert.equal(alone.stdout.split('\n')[0], headline);
  assert.match(alone.stdout, /inputs {3}none: the store was compared with itself/);
  const against = await runCli(['verify', 's.sqlite', '--ensembles', '10', '--workers', '2'], { cwd });
  assert.equal(against.code, 0, against.stdout);
  assert.match(against.stdout, /inputs {3}110 records, 100 relationships/);
  assert.deepEqual(readdirSync(cwd), ['s.sqlite']);
});

test('differences: exit code 4, the first fifty with their place and both values, all as JSON', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  const records = Array.from({ length: 60 }, (_, n) => ({
    id: `r${String(n).padStart(2, '0')}`,
    type: 't',
    data: { v: { value: n } },
  }));
  writeFileSync(join(cwd, 'a.json'), JSON.stringify({ records }));
  await runCli(['load', '--store', 's.sqlite', 'a.json'], { cwd });
  const db = new Database(join(cwd, 's.sqlite'));
  db.exec('UPDATE ScalarData SET value = -1');
  db.close();
  const { code, stdout, stderr } = await runCli(['verify', 's.sqlite', 'a.json'], { cwd });
  assert.deepEqual({ code, stderr }, { code: 4, stderr: '' });
  assert.equal(stdout.split('\n')[0], "Verified 60 records, 3 of Kosh's own, 0 relationships in 9 tables: 60 differences");
  assert.match(stdout, /\n {2}row ScalarData "r07" at \/v\/value\n {4}found -1\n {4}expected 7\n/);
  assert.equal(stdout.match(/^ {4}found /gm)?.length, 50);
  assert.match(stdout, /\n {2}and 10 more \(--json/);
  const asJson = await runCli(['verify', 's.sqlite', 'a.json', '--json'], { cwd });
  assert.equal(asJson.code, 4);
  const { seconds, workers, differences, rows, ...rest } = JSON.parse(asJson.stdout) as VerifySummary;
  assert.deepEqual(rest, {
    store: 's.sqlite',
    lockStrategy: 'RFileLock',
    records: 60,
    koshRecords: 3,
    relationships: 0,
    inputs: { records: 60, relationships: 0 },
    notes: { siblingLibraries: 0, notLoadable: 0, leftOut: 0, notInInputs: 0 },
    moreDifferences: 0,
    interrupted: false,
  });
  assert.ok(seconds > 0 && workers > 0 && rows.Record === 63);
  assert.equal(differences.length, 60);
  assert.deepEqual(
    differences.find(({ id }) => id === 'r07'),
    {
      kind: 'row',
      table: 'ScalarData',
      id: 'r07',
      pointer: '/v/value',
      found: '-1',
      expected: '7',
    },
  );
});

const refusals: readonly (readonly [string, string[], number, RegExp])[] = [
  ['no store is named', ['verify'], 2, /store: missing/],
  ['there is no such store', ['verify', 'none.sqlite'], 1, /none\.sqlite does not exist/],
  ['there is no such input', ['verify', 's.sqlite', 'none.json'], 1, /none\.json/],
  [
    'documents and a generated load at once',
    ['verify', 's.sqlite', 'a.json', '--ensembles', '3'],
    2,
    /--ensembles: has no meaning/,
  ],
  ['a flag of load', ['verify', 's.sqlite', '--rejects', 'r.jsonl'], 2, /--rejects: no such flag/],
];

for (const [name, args, exitCode, words] of refusals) {
  test(`${name}: exit code ${exitCode}, and nothing is created`, { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, exitCode, stderr);
    assert.match(stderr, words);
    assert.deepEqual(readdirSync(cwd), []);
  });
}

for (const command of ['verify', 'info', 'export', 'doctor']) {
  test(`${command}: an argument, --store, a variable or the file names the store`, { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    await runCli(['load', '--store', 's.sqlite', '--ensembles', '1', '--datasets', '1'], { cwd });
    const expected = await runCli([command, 's.sqlite', '--json'].slice(0, command === 'export' ? 2 : 3), { cwd });
    const ways: readonly [args: string[], env?: NodeJS.ProcessEnv][] = [
      [['--store', 's.sqlite']],
      [[], { KOSH_INGEST_STORE: 's.sqlite' }],
      [['--config', 'c.json']],
    ];
    writeFileSync(join(cwd, 'c.json'), '{"store":"s.sqlite"}');
    for (const [args, env = {}] of ways) {
      const { code, stderr } = await runCli([command, ...args], { cwd, env });
      assert.equal(code, expected.code, stderr);
    }
    const { code, stderr } = await runCli([command], { cwd });
    assert.deepEqual([code, /store: missing/.test(stderr)], [2, true]);
  });
}

test('with --store every word is an input to verify', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.json'), '{"records":[{"id":"a","type":"t"}]}');
  writeFileSync(join(cwd, 'b.json'), '{"records":[{"id":"b","type":"t"}]}');
  await runCli(['load', 'a.json', '--store', 's.sqlite'], { cwd });
  const { code, stdout } = await runCli(['verify', '--store', 's.sqlite', 'a.json', 'b.json', '--json'], { cwd });
  assert.equal(code, 4);
  const { differences } = JSON.parse(stdout) as { differences: { id: string }[] };
  assert.deepEqual(
    differences.map(({ id }) => id),
    ['b'],
  );
});

test('inputs of the configuration file are those of the next load, and not compared', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  await runCli(['load', '--store', 's.sqlite', '--datasets', '1'], { cwd });
  writeFileSync(
    join(cwd, 'ingest.config.json'),
    JSON.stringify({ inputs: ['not there'], lockStrategy: 'OnlyRetry', workers: 1 }),
  );
  const { code, stdout, stderr } = await runCli(['verify', 's.sqlite', '--json'], { cwd });
  assert.equal(code, 0, stderr);
  const { inputs, lockStrategy, workers } = JSON.parse(stdout) as VerifySummary;
  assert.deepEqual({ inputs, lockStrategy, workers }, { inputs: null, lockStrategy: 'OnlyRetry', workers: 1 });
});

test('a lock that is not let go of ends the verification: exit code 5', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  await runCli(['load', '--store', 's.sqlite', '--datasets', '1'], { cwd });
  // Before: whoever closes a file gives up all locks that its process has on it.
  const bytes = readFileSync(join(cwd, 's.sqlite'));
  const db = new Database(join(cwd, 's.sqlite'));
  db.exec('BEGIN EXCLUSIVE');
  const { code, stderr } = await runCli(['verify', 's.sqlite', '--lock-strategy', 'OnlyRetry', '--num-tries', '1'], { cwd });
  db.close();
  assert.equal(code, 5, stderr);
  assert.ok(bytes.equals(readFileSync(join(cwd, 's.sqlite'))));
});
