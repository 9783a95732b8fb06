import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import type { LoadConfig } from '../src/config/load-options.js';
import { load } from '../src/ingest/load.js';
import { rejectLines } from '../src/ingest/reject-lines.js';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';
import { runCli } from './support/cli.js';
import { dumpMariadb } from './support/mariadb-store.js';
import { loadConfigFor } from './support/session.js';
import { writeDocuments } from './support/stores.js';
import { tempDirectory } from './support/temp.js';

const timeout = 120_000;

const record = (id: string, more: object = {}) => ({ id, type: 't', data: { v: { value: 1 } }, ...more });
const link = (subject: string, object: string) => ({ subject, predicate: 'p', object });
const text = (records: object[], relationships: object[] = []) => JSON.stringify({ records, relationships });

/** A load, and what is in the store before it. */
interface Case {
  readonly name: string;
  readonly before?: Readonly<Record<string, string>> | Partial<LoadConfig>;
  readonly documents?: Readonly<Record<string, string>>;
  readonly changes?: Partial<LoadConfig>;
}

const large = Array.from({ length: 90 }, (_, n) => record(`r${n}`, { user_defined: { text: 'x'.repeat(100_000) } }));
const generated = { inputs: [], ensembles: 3, datasets: 40 };

const cases: readonly Case[] = [
  {
    name: 'documents that refer to one another, in the wrong order and in a circle',
    documents: {
      'inputs/1.json': text([record('a')], [link('a', 'c'), link('a', 'z')]),
      'inputs/2.json': text([record('b')], [link('b', 'a'), link('b', 'nowhere')]),
      'inputs/3.json': text([record('c')], [link('c', 'a')]),
      'inputs/4.json': text([record('z')]),
    },
    changes: { batchSize: 1 },
  },
  {
    name: 'twins in two documents, and a relationship that comes twice',
    documents: {
      'inputs/1.json': text([record('a'), record('b')], [link('a', 'b')]),
      'inputs/2.json': text([record('a')]),
      'inputs/3.json': text([record('c')], [link('a', 'b')]),
      'inputs/4.json': text([record('d')], [link('d', 'd'), link('d', 'd')]),
    },
    changes: { batchSize: 1 },
  },
  {
    name: 'a store that has some of the records and relationships already',
    before: { 'before/1.json': text([record('a'), record('b')], [link('a', 'b')]) },
    documents: {
      'inputs/1.json': text([record('a')]),
      'inputs/2.json': text([record('c')], [link('c', 'a'), link('a', 'c')]),
      'inputs/3.json': text([record('d')], [link('a', 'b')]),
      'inputs/4.json': text([record('e')], [link('b', 'a')]),
    },
  },
  {
    name: 'documents that are broken in several ways',
    documents: {
      'inputs/1.json': '{"records": [',
      'inputs/2.json': text([{ id: 'x' }, record('y')]),
      'inputs/3.json': text([record('a', { data: { v: { value: {} } } })]),
      'inputs/4.json': '[]',
      'inputs/5.json': text([record('good')], [{ subject: 'good', object: 'good' }]),
      'inputs/6.json': text([record('fine')]),
    },
  },
  {
    name: 'a document that is read as a stream',
    documents: { 'inputs/1.json': text(large, [link('r1', 'r2'), link('r2', 'late')]), 'inputs/2.json': text([record('late')]) },
  },
  {
    name: 'a document that is read as a stream and has two relationships that are the same',
    before: { 'before/1.json': text([record('old')]) },
    documents: { 'inputs/1.json': text(large, [link('r1', 'old'), link('r2', 'r1'), link('r1', 'old')]) },
  },
  { name: 'a generated job', changes: generated },
  { name: 'a generated job again, with more datasets', before: generated, changes: { ...generated, datasets: 60 } },
  {
    name: 'a generated job whose ensembles are there with other attributes',
    before: { ...generated, attributes: 4 },
    changes: { ...generated, datasets: 60 },
  },
];

/** Fills the store as the case has it, and answers the configuration of its load. */
async function prepare(directory: string, { before: first, documents, changes }: Case, store?: string): Promise<LoadConfig> {
  const config = loadConfigFor(directory, { ...(store ? { store, lockStrategy: 'OnlyRetry' } : {}) });
  const isDocuments = first !== undefined && Object.keys(first).every((key) => key.endsWith('.json'));
  if (isDocuments) await load({ ...config, inputs: writeDocuments(directory, first as Record<string, string>) });
  else if (first) await load({ ...config, ...first });
  return { ...config, inputs: documents ? writeDocuments(directory, documents) : [], ...changes };
}

/** A dry run, after which nothing is left among the temporary files. */
async function dryRun(config: LoadConfig, directory: string): Promise<LoadSummary> {
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const own = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    return await load({ ...config, dryRun: true, rejects: '' });
  } finally {
    if (own === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = own;
    assert.deepEqual(readdirSync(temporary), []);
  }
}

function outcome({ ensembles, datasets, records, relationships, rejects }: LoadSummary) {
  return { ensembles, datasets, records, relationships, rejected: rejects.count };
}

/** Which of two documents is called the second does not matter where several workers read them. */
const lines = (rejects: readonly Reject[]) =>
  rejectLines(rejects)
    .map((line) => line.trimEnd())
    .sort();

async function compareWithLoad(config: LoadConfig, directory: string): Promise<void> {
  const dry = await dryRun(config, directory);
  assert.equal(dry.rejects.file, null);
  const real = await load(config);
  assert.deepEqual(outcome(dry), outcome(real));
  const written = real.rejects.file === null ? [] : readFileSync(real.rejects.file, 'utf8').trimEnd().split('\n');
  assert.deepEqual(lines(dry.dryRun?.rejects ?? []), written.sort());
}

/** What is beside a store, and all that is in it. */
function snapshot(directory: string): Map<string, Buffer> {
  const names = readdirSync(directory).filter((name) => name.startsWith('store.sqlite'));
  return new Map(names.map((name) => [name, readFileSync(join(directory, name))]));
}

for (const one of cases) {
  test(`${one.name}: as the load, and the store is as it was`, { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const config = await prepare(directory, one);
    const store = snapshot(directory);
    const dry = await dryRun(config, directory);
    assert.deepEqual(snapshot(directory), store);
    assert.deepEqual(readdirSync(directory).includes('store.sqlite'), one.before !== undefined);
    const real = await load(config);
    assert.deepEqual(outcome(dry), outcome(real));
    const written = real.rejects.file === null ? [] : readFileSync(real.rejects.file, 'utf8').trimEnd().split('\n');
    assert.deepEqual(lines(dry.dryRun?.rejects ?? []), written.sort());
  });
}

describe('in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  for (const one of cases.filter(({ name }) => /^a store that has|^twins|datasets$/.test(name))) {
    test(`${one.name}: as the load, and the database is as it was`, { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const store = server.url(await server.freshDatabase());
      const config = await prepare(directory, one, store);
      const before = one.before ? await dumpMariadb(store) : undefined;
      const dry = await dryRun(config, directory);
      if (before) assert.deepEqual(await dumpMariadb(store), before);
      else await assert.rejects(dumpMariadb(store), /Record/, 'there are no tables');
      const real = await load(config);
      assert.deepEqual(outcome(dry), outcome(real));
    });
  }
});

test('several workers share what they would have loaded', { timeout }, async (t) => {
  const directory = tempDirectory(t);
  const documents = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`inputs/${n}.json`, text([record(`r${n}`)], [link(`r${n}`, `r${(n + 7) % 40}`)])]),
  );
  const config = await prepare(directory, { name: '', documents, changes: { batchSize: 1, workers: 2 } });
  await compareWithLoad(config, directory);
});

test('a store in WAL mode: no file appears beside it', { timeout }, async (t) => {
  const directory = tempDirectory(t);
  const config = await prepare(directory, { name: '', before: generated, changes: generated });
  const db = new Database(config.store);
  db.pragma('journal_mode = WAL');
  db.close();
  const store = snapshot(directory);
  assert.equal((await dryRun(config, directory)).records.rejected, 123);
  assert.deepEqual(snapshot(directory), store);
});

test('the estimate of the size is that of the file, within a fifth', { timeout }, async (t) => {
  const directory = tempDirectory(t);
  const config = await prepare(directory, { name: '', changes: { ...generated, datasets: 400, attributes: 10 } });
  const { dryRun: estimate } = await dryRun(config, directory);
  assert.ok(estimate && estimate.seconds > 0);
  await load(config);
  const ratio = estimate.bytes / readFileSync(config.store).length;
  assert.ok(ratio > 0.8 && ratio < 1.2, `${ratio}`);
  const db = new Database(config.store, { readonly: true });
  const rows = ['Record', 'Relationship', 'StringData'].map(
    (name) => db.prepare(`SELECT count(*) FROM ${name}`).pluck().get() as number,
  );
  db.close();
  // But for Kosh's own records: three, with seven, one and one texts.
  assert.equal(estimate.rows, rows.reduce((sum, count) => sum + count, 0) - 3 - 9);
});

/** Runs the command with temporary files of its own; answers what is left of them. */
async function runDry(t: TestContext, args: readonly string[], onFolder?: (child: ChildProcess) => void) {
  const cwd = tempDirectory(t);
  const temporary = join(cwd, 'tmp');
  mkdirSync(temporary);
  const result = await runCli(['load', '--dry-run', ...args], {
    cwd,
    env: { TMPDIR: temporary },
    onSpawn: (child) => {
      if (!onFolder) return;
      const watcher = watch(temporary, () => {
        watcher.close();
        onFolder(child);
      });
    },
  });
  return { ...result, left: readdirSync(temporary), files: readdirSync(cwd).filter((name) => name !== 'tmp') };
}

test('the command says what it would do, and leaves nothing', { timeout }, async (t) => {
  const { code, stdout, stderr, left, files } = await runDry(t, ['--store', 's.sqlite']);
  assert.deepEqual({ code, stderr, left, files }, { code: 0, stderr: '', left: [], files: [] });
  const headline =
    /^Would load 110 records \(10 ensembles, 100 datasets\) and 100 relationships into s\.sqlite; 0 rejected; about [\d.]+ s and [\d.]+ kB\n/;
  assert.match(stdout, headline);
  assert.match(stdout, /nothing was written/);
});

test('an interrupted load: what is left of it, as the load would go on', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  // A piece of work each.
  const more = { user_defined: { text: 'x'.repeat(2000) } };
  writeFileSync(join(cwd, '1.json'), text([record('a', more)]));
  writeFileSync(join(cwd, '2.json'), text([{ id: 'x', ...more }]));
  for (let n = 3; n < 9; n++) writeFileSync(join(cwd, `${n}.json`), text([record(`r${n}`, more)]));
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${n}.json`);
  const line = ['load', ...names, '--store', 's.sqlite', '--batch-size', '1', '--workers', '1'];
  const stopped = await runCli([...line, '--on-error', 'stop', '--json'], { cwd });
  const there = (JSON.parse(stopped.stdout) as LoadSummary).records.inserted;
  assert.ok(there > 0 && there < 7, stopped.stderr);
  const before = readFileSync(join(cwd, 's.sqlite'));
  const { code, stdout, stderr } = await runCli([...line, '--dry-run', '--json'], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /this would go on with the load begun /);
  const { records, dryRun } = JSON.parse(stdout) as LoadSummary;
  assert.deepEqual(records, { read: 8 - there, inserted: 7 - there, rejected: 1 });
  assert.deepEqual(
    dryRun?.rejects.map(({ code: why }) => why),
    ['ERR_RECORD'],
  );
  assert.deepEqual(readFileSync(join(cwd, 's.sqlite')), before);
});

test('shards: a document that needs one of another shard waits, and is not refused', { timeout }, async (t) => {
  const cwd = tempDirectory(t);
  const names = Array.from({ length: 8 }, (_, n) => `${n}.json`);
  for (const [n, name] of names.entries())
    writeFileSync(join(cwd, name), text([record(`r${n}`)], [link(`r${n}`, `r${(n + 1) % 8}`)]));
  let [waiting, inserted] = [0, 0];
  for (const shard of ['1/2', '2/2']) {
    const { code, stdout } = await runCli(['load', ...names, '--store', 's.sqlite', '--shard', shard, '--dry-run', '--json'], {
      cwd,
    });
    assert.equal(code, 0);
    const summary = JSON.parse(stdout) as LoadSummary;
    waiting += summary.waiting;
    inserted += summary.records.inserted;
  }
  assert.ok(waiting > 0);
  assert.equal(waiting + inserted, 8);
});

test('rejects: exit code 3, listed, and in a file only when one is named', { timeout }, async (t) => {
  const broken = join(tempDirectory(t), 'broken.json');
  writeFileSync(broken, text([{ id: 'x' }]));
  const listed = await runDry(t, ['--store', 's.sqlite', broken]);
  assert.equal(listed.code, 3);
  assert.match(listed.stdout, /; 1 rejected; [\s\S]*broken\.json:1 \/records\/0\/type: "type" is missing\n/);
  assert.equal(listed.stderr, 'kosh-ingest: 1 rejected\n');
  assert.deepEqual([listed.left, listed.files], [[], []]);
  const written = await runDry(t, ['--store', 's.sqlite', broken, '--rejects', 'r.jsonl', '--json']);
  assert.equal(written.code, 3);
  assert.deepEqual(written.files, ['r.jsonl']);
  const { rejects, dryRun: estimate } = JSON.parse(written.stdout) as LoadSummary;
  assert.deepEqual([rejects, estimate?.rejects.length], [{ count: 1, file: 'r.jsonl' }, 1]);
});

for (const [name, signals] of [
  ['Ctrl-C', 1],
  ['Ctrl-C twice', 2],
] as const) {
  test(`${name}: exit code 130, and nothing is left`, { timeout }, async (t) => {
    const args = ['--store', 's.sqlite', '--ensembles', '100', '--datasets', '2000', '--workers', '2'];
    const { code, signal, stderr, left, files } = await runDry(t, args, (child) => {
      child.kill('SIGINT');
      // The second one when the first was heard: of two at once the system may hand over one.
      if (signals === 2) child.stderr?.once('data', () => child.kill('SIGINT'));
    });
    assert.deepEqual({ code, signal, left, files }, { code: 130, signal: null, left: [], files: [] }, stderr);
  });
}

const failures: readonly (readonly [string, string[], RegExp])[] = [
  ['a store that is no store', ['--store', 'tmp/../other.txt'], /is not a SQLite file/],
  ['a store whose folder is missing', ['--store', 'none/s.sqlite'], /none\/s\.sqlite cannot be created/],
];

for (const [name, args, words] of failures) {
  test(`${name}: exit code 1, and nothing is left`, { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const other = join(cwd, 'other.txt');
    writeFileSync(other, 'not a store '.repeat(1000));
    const { code, stderr, left } = await runDry(
      t,
      args.map((word) => (word.endsWith('other.txt') ? other : word)),
    );
    assert.deepEqual({ code, left }, { code: 1, left: [] });
    assert.match(stderr, words);
  });
}
