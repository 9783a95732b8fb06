import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  ['a flag of load', ['verify', 's.sqlite', '--on-error', 'stop'], 2, /--on-error: no such flag/],
  [
    'a rejects file without inputs',
    ['verify', 's.sqlite', '--rejects', 'r.jsonl'],
    2,
    /--rejects: has no meaning without inputs/,
  ],
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

test('what a rejects file lists is not expected, and without it nothing is left out', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  const document = (id: string, object = id) =>
    `{"records":[{"id":"${id}","type":"t"}],"relationships":[{"subject":"${id}","predicate":"p","object":"${object}"}]}`;
  mkdirSync(join(cwd, 'runs'));
  writeFileSync(join(cwd, 'runs', 'a.json'), document('a'));
  writeFileSync(join(cwd, 'runs', 'nowhere.json'), document('b', 'nowhere'));
  writeFileSync(join(cwd, 'runs', 'lines.jsonl'), '{"id":"c","type":"t"}\n{"id":"c","type":"t","user_defined":{"n":2}}\n');
  const loaded = await runCli(['load', 'runs', '--store', 's.sqlite', '--workers', '1'], { cwd });
  assert.equal(loaded.code, 3, loaded.stderr);
  const compare = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(['verify', 's.sqlite', ...args, '--json'], { cwd });
    const { differences, notes } = JSON.parse(stdout || '{}') as VerifySummary;
    return { code, stderr, ids: differences?.map(({ id }) => id).sort(), leftOut: notes?.leftOut };
  };
  assert.deepEqual(await compare('runs'), { code: 4, stderr: '', ids: ['b', 'b', 'c'], leftOut: 0 });
  const rejects = ['--rejects', 's.sqlite.rejects.jsonl'];
  for (const inputs of ['runs', join(cwd, 'runs')]) {
    assert.deepEqual(await compare(inputs, ...rejects), { code: 0, stderr: '', ids: [], leftOut: 2 });
  }
  const db = new Database(join(cwd, 's.sqlite'));
  db.exec(`DELETE FROM Relationship WHERE subject_id = 'a'`);
  db.close();
  const { code, ids } = await compare('runs', ...rejects);
  assert.deepEqual({ code, ids }, { code: 4, ids: ['a'] }, 'what is not listed is expected');
});

const wrongFiles: readonly (readonly [name: string, text: string | undefined, words: RegExp])[] = [
  ['is missing', undefined, /cannot read the rejects file r\.jsonl: ENOENT/],
  [
    'has a line that is no JSON',
    '{"file":"a.json","pointer":"","code":"ERR_RECORD"}\n{"fi',
    /line 2 of the rejects file r\.jsonl/,
  ],
  ['has a line that is no object', '\n[1]\n', /line 2 of the rejects file r\.jsonl is not JSON: not a JSON object/],
  ['is another file', '{"id":"a"}\n', /line 1 of the rejects file r\.jsonl is no reject/],
];

for (const [name, text, words] of wrongFiles) {
  test(`a rejects file that ${name} is an error, and the store is not opened`, { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    writeFileSync(join(cwd, 'a.json'), '{"records":[]}');
    if (text !== undefined) writeFileSync(join(cwd, 'r.jsonl'), text);
    const { code, stderr } = await runCli(['verify', 'none.sqlite', 'a.json', '--rejects', 'r.jsonl'], { cwd });
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
  });
}

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
