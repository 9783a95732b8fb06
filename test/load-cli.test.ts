import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';
import { main, runCli } from './support/cli.js';
import { countRows, dumpStore, goldenRows, integrityProblems } from './support/dump.js';
import { fixtures } from './support/fixtures.js';
import { occupy } from './support/lock-directory.js';
import { tempDirectory } from './support/temp.js';

const golden = fileURLToPath(new URL('golden/', fixtures));
const notebook = ['load', '--store', 'store.sqlite', '--workers', '2'];

function rejectsIn(path: string): Reject[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reject);
}

for (const strategy of ['None', 'RFileLock', 'OnlyRetry']) {
  test(`${strategy}: the notebook's load leaves the rows that Kosh leaves, and answers in JSON`, async (t) => {
    const cwd = tempDirectory(t);
    const { code, stdout, stderr } = await runCli([...notebook, '--lock-strategy', strategy, '--json'], { cwd });
    assert.equal(code, 0, stderr);
    const summary = JSON.parse(stdout) as LoadSummary;
    assert.equal(stdout.trim().split('\n').length, 1);
    const { seconds, recordsPerSecond, lock, ...rest } = summary;
    assert.deepEqual(rest, {
      store: 'store.sqlite',
      lockStrategy: strategy,
      workers: 2,
      ensembles: 10,
      datasets: 100,
      records: { read: 110, inserted: 110, rejected: 0 },
      relationships: { read: 100, inserted: 100, rejected: 0 },
      existing: { skipped: 0, different: 0, replaced: 0, merged: 0, relationships: 0, differing: [] },
      elsewhere: { records: 0, relationships: 0 },
      resumed: null,
      waiting: 0,
      rejects: { count: 0, file: null },
      interrupted: false,
      stopped: null,
    });
    assert.ok(seconds > 0 && recordsPerSecond > 0);
    assert.ok(lock.acquisitions >= 3 && lock.waitMs.max >= lock.waitMs.p50 && lock.holdMs.max >= lock.holdMs.p50);
    assert.deepEqual(dumpStore(join(cwd, 'store.sqlite')), goldenRows(join(golden, 'kosh/notebook_10x10.rows.jsonl')));
    assert.deepEqual(readdirSync(cwd), ['store.sqlite'], 'no lock, no journal, no rejects file is left');
  });
}

for (const strategy of ['RFileLock', 'OnlyRetry', 'None']) {
  test(`${strategy}: processes that load into one new store at the same time lose nothing`, async (t) => {
    const cwd = tempDirectory(t);
    const processes = strategy === 'RFileLock' ? 8 : 3;
    const load = (n: number) =>
      runCli(
        [...notebook, '--lock-strategy', strategy, '--prefix', `p${n}_`, '--ensembles', '3', '--batch-size', '10', '--json'],
        { cwd },
      );
    const results = await Promise.all(Array.from({ length: processes }, (_, n) => load(n)));
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    const store = join(cwd, 'store.sqlite');
    assert.deepEqual(integrityProblems(store), []);
    const { Record, Relationship, StringData } = countRows(store);
    assert.deepEqual({ Record, Relationship }, { Record: 3 + processes * 33, Relationship: processes * 30 });
    assert.equal(StringData, 9 + processes * (3 * 12 + 30 * 22));
    assert.deepEqual(readdirSync(cwd), ['store.sqlite']);
  });
}

test('a second load of the same records refuses each of them, and leaves the store as it was', async (t) => {
  const cwd = tempDirectory(t);
  await runCli(notebook, { cwd });
  const before = dumpStore(join(cwd, 'store.sqlite'));
  const { code, stdout, stderr } = await runCli([...notebook, '--json'], { cwd });
  assert.equal(code, 3);
  const summary = JSON.parse(stdout) as LoadSummary;
  assert.deepEqual(summary.records, { read: 110, inserted: 0, rejected: 110 });
  assert.deepEqual(summary.rejects, { count: 110, file: 'store.sqlite.rejects.jsonl' });
  assert.match(stderr, /^ {4}hint: If it was loaded before: --if-exists skip .*$/m);
  assert.match(stderr, /^ {2}… and 107 more in store\.sqlite\.rejects\.jsonl$/m);
  const rejects = rejectsIn(join(cwd, 'store.sqlite.rejects.jsonl'));
  assert.deepEqual(new Set(rejects.map((reject) => reject.code)), new Set(['ERR_RECORD_EXISTS']));
  assert.deepEqual(dumpStore(join(cwd, 'store.sqlite')), before);
});

test('more datasets for ensembles that are there are added; for ensembles with other attributes they are refused', async (t) => {
  const cwd = tempDirectory(t);
  const load = (...flags: string[]) => runCli([...notebook, '--ensembles', '1', '--json', ...flags], { cwd });
  await load('--datasets', '2');
  const more = JSON.parse((await load('--datasets', '5')).stdout) as LoadSummary;
  assert.deepEqual(more.records, { read: 6, inserted: 3, rejected: 3 });
  const other = await load('--datasets', '7', '--attributes', '3');
  assert.equal(other.code, 3);
  assert.equal((JSON.parse(other.stdout) as LoadSummary).records.inserted, 0);
  const codes = rejectsIn(join(cwd, 'store.sqlite.rejects.jsonl')).map((reject) => reject.code);
  assert.deepEqual(codes.sort(), [...new Array(2).fill('ERR_ENSEMBLE_ATTRIBUTE'), ...new Array(6).fill('ERR_RECORD_EXISTS')]);
});

test('documents: the good ones are loaded, each bad one is a line of the rejects file', async (t) => {
  const cwd = tempDirectory(t);
  cpSync(join(golden, 'sina'), join(cwd, 'documents'), {
    recursive: true,
    filter: (name) => !/\.(jsonl|error\.json)$/.test(name),
  });
  writeFileSync(join(cwd, 'documents', 'empty.json'), '');
  const { code, stdout } = await runCli(['load', 'documents', '--store', 's.sqlite', '--rejects', 'r.jsonl', '--json'], { cwd });
  assert.equal(code, 3);
  const { records, rejects, ensembles, datasets } = JSON.parse(stdout) as LoadSummary;
  assert.equal(records.read, records.inserted + records.rejected);
  assert.deepEqual({ inserted: records.inserted, ensembles, datasets }, { inserted: 16, ensembles: 1, datasets: 15 });
  const lines = rejectsIn(join(cwd, 'r.jsonl'));
  assert.equal(lines.length, rejects.count);
  assert.equal(new Set(lines.map((reject) => reject.file)).size, 19);
  const truncated = lines.find((reject) => reject.file === 'documents/b17_truncated.json');
  assert.deepEqual(
    { line: truncated?.line, offset: truncated?.offset, code: truncated?.code },
    { line: 1, offset: 32, code: 'ERR_NOT_JSON' },
  );
});

test('documents that refer to records of later documents are loaded, whatever the order', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'd'));
  const count = 60;
  for (let n = 0; n < count; n++) {
    const relationships = n < count - 1 ? [{ subject: `r${n}`, predicate: 'p', object: `r${n + 1}` }] : [];
    writeFileSync(
      join(cwd, 'd', `${String(n).padStart(3, '0')}.json`),
      JSON.stringify({ records: [{ id: `r${n}`, type: 't' }], relationships }),
    );
  }
  const flags = ['--store', 's.sqlite', '--workers', '2', '--batch-size', '1', '--json'];
  const { code, stdout } = await runCli(['load', 'd/*.json', ...flags], { cwd });
  assert.equal(code, 0);
  assert.deepEqual((JSON.parse(stdout) as LoadSummary).relationships, { read: count - 1, inserted: count - 1, rejected: 0 });
});

test('documents of different chunks that need one another are loaded together', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'd'));
  const pad = 'x'.repeat(2000);
  const document = (id: string, other: string) =>
    JSON.stringify({ records: [{ id, type: 't', pad }], relationships: [{ subject: id, predicate: 'p', object: other }] });
  for (const [id, other] of [
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'a'],
    ['d', 'nowhere'],
    ['e', 'd'],
  ] as const) {
    writeFileSync(join(cwd, 'd', `${id}.json`), document(id, other));
  }
  const { code, stdout } = await runCli(['load', 'd', '--store', 's.sqlite', '--batch-size', '1', '--workers', '2', '--json'], {
    cwd,
  });
  assert.equal(code, 3);
  assert.deepEqual((JSON.parse(stdout) as LoadSummary).records, { read: 5, inserted: 3, rejected: 2 });
  assert.deepEqual(
    new Set(rejectsIn(join(cwd, 's.sqlite.rejects.jsonl')).map(({ file }) => file)),
    new Set(['d/d.json', 'd/e.json']),
  );
});

test('a file under two names is loaded once', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'd'));
  writeFileSync(join(cwd, 'd', 'a.json'), '{"records":[{"id":"a","type":"t"}]}');
  symlinkSync('.', join(cwd, 'd', 'again'));
  const { code, stdout } = await runCli(['load', 'd', './d/a.json', '--store', 's.sqlite', '--json'], { cwd });
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as LoadSummary).records.read, 1);
});

test('rejects never replace the store, an input or any other file', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'bad.json'), '{"records":[{"id":"x"}]}');
  writeFileSync(join(cwd, 'notes.txt'), 'keep me');
  await runCli([...notebook], { cwd });
  symlinkSync('store.sqlite', join(cwd, 'link'));
  const before = dumpStore(join(cwd, 'store.sqlite'));
  for (const rejects of [
    'store.sqlite',
    'link',
    './store.sqlite-journal',
    'bad.json',
    'notes.txt',
    '.',
    '/dev/full',
    'no/such/r',
  ]) {
    const { code, stderr } = await runCli(['load', 'bad.json', '--store', 'store.sqlite', '--rejects', rejects], { cwd });
    assert.equal(code, 2, `${rejects}: ${stderr}`);
    assert.match(stderr, /--rejects/);
  }
  assert.equal(readFileSync(join(cwd, 'notes.txt'), 'utf8'), 'keep me');
  assert.deepEqual(dumpStore(join(cwd, 'store.sqlite')), before);
  for (const run of [1, 2]) {
    const { code } = await runCli(['load', 'bad.json', '--store', 'store.sqlite', '--rejects', 'r.jsonl'], { cwd });
    assert.equal(code, 3, `an older rejects file is replaced, run ${run}`);
  }
  assert.equal(rejectsIn(join(cwd, 'r.jsonl')).length, 1);
});

test('of one document at most a hundred problems are listed', async (t) => {
  const cwd = tempDirectory(t);
  const records = Array.from({ length: 300 }, (_, n) => ({ id: `r${n}`, type: 't' }));
  writeFileSync(join(cwd, 'a.json'), JSON.stringify({ records }));
  await runCli(['load', 'a.json', '--store', 's.sqlite'], { cwd });
  await runCli(['load', 'a.json', '--store', 's.sqlite', '--rejects', 'r'], { cwd });
  const lines = rejectsIn(join(cwd, 'r'));
  assert.equal(lines.length, 101);
  assert.match(lines[100]?.message ?? '', /200 more problems/);
});

interface Failure {
  readonly name: string;
  readonly args: readonly string[];
  readonly prepare?: (cwd: string) => void;
  readonly code: number;
  readonly says: RegExp;
}

function sqliteFile(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

const failures: Failure[] = [
  { name: 'a missing input', args: ['load', 'nope.json', '--store', 's.sqlite'], code: 1, says: /nope\.json/ },
  { name: 'a pattern that matches nothing', args: ['load', 'nope*.json', '--store', 's.sqlite'], code: 1, says: /nope\*\.json/ },
  {
    name: 'a directory without documents',
    args: ['load', 'd', '--store', 's.sqlite'],
    prepare: (cwd) => mkdirSync(join(cwd, 'd')),
    code: 1,
    says: /no documents in d/,
  },
  {
    name: 'a store that is no SQLite file',
    args: ['load', '--store', 's.txt'],
    prepare: (cwd) => writeFileSync(join(cwd, 's.txt'), 'x'.repeat(4096)),
    code: 1,
    says: /s\.txt is not a SQLite file/,
  },
  {
    name: 'a store with another schema',
    args: ['load', '--store', 'other.sqlite'],
    prepare: (cwd) => sqliteFile(join(cwd, 'other.sqlite'), 'CREATE TABLE invoices (id)'),
    code: 1,
    says: /other\.sqlite.*invoices/,
  },
  {
    name: 'a store of an older Sina',
    args: ['load', '--store', 'old.sqlite'],
    prepare: (cwd) => sqliteFile(join(cwd, 'old.sqlite'), 'CREATE TABLE Record (id, type, raw); CREATE TABLE Run (id)'),
    code: 1,
    says: /old\.sqlite.*Relationship is missing/,
  },
  {
    name: 'a folder that does not exist',
    args: ['load', '--store', 'no/such/s.sqlite'],
    code: 1,
    says: /no\/such\/s\.sqlite cannot be opened/,
  },
  { name: 'a folder that cannot be written', args: ['load', '--store', '/proc/s.sqlite'], code: 1, says: /\/proc\/s\.sqlite/ },
  {
    name: 'a lock path that cannot be',
    args: ['load', '--store', 's.sqlite', '--lock-path', 'file/lock'],
    prepare: (cwd) => writeFileSync(join(cwd, 'file'), ''),
    code: 1,
    says: /file\/lock/,
  },
  { name: 'an unknown flag', args: ['load', '--store', 's.sqlite', '--wrokers', '2'], code: 2, says: /wrokers/ },
  { name: 'no workers', args: ['load', '--store', 's.sqlite', '--workers', '0'], code: 2, says: /--workers/ },
  {
    name: 'a lock that another one holds',
    args: ['load', '--store', 's.sqlite', '--lock-path', 'l', '--timeout', '0', '--num-tries', '2', '--patience', '0'],
    prepare: (cwd) => occupy(join(cwd, 'l.lock')),
    code: 5,
    says: /l\.lock after 2 tries/,
  },
];

for (const { name, args, prepare, code, says } of failures) {
  test(`${name}: exit code ${code} and one clear line, nothing on stdout, no store`, async (t) => {
    const cwd = tempDirectory(t);
    prepare?.(cwd);
    const before = readdirSync(cwd);
    const result = await runCli([...args, '--json'], { cwd });
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, says);
    assert.match(result.stderr, /^kosh-ingest: .*\n( {2}hint: .*\n)?$/);
    assert.equal(result.stdout, '');
    assert.deepEqual(readdirSync(cwd), before);
  });
}

test('another writer that does not go away: OnlyRetry and None end with exit code 5', async (t) => {
  const cwd = tempDirectory(t);
  await runCli(notebook, { cwd });
  const db = new Database(join(cwd, 'store.sqlite'));
  db.exec('BEGIN IMMEDIATE');
  const flags = ['--prefix', 'x_', '--patience', '0', '--num-tries', '2'];
  const results = await Promise.all(
    ['OnlyRetry', 'None'].map((strategy) => runCli([...notebook, ...flags, '--lock-strategy', strategy], { cwd })),
  );
  for (const { code, stderr } of results) assert.equal(code, 5, stderr);
  db.exec('ROLLBACK; BEGIN EXCLUSIVE');
  for (const strategy of ['OnlyRetry', 'None', 'RFileLock']) {
    const { code, stderr } = await runCli([...notebook, ...flags, '--lock-strategy', strategy], { cwd });
    assert.equal(code, 5, `${strategy}: ${stderr}`);
  }
  db.exec('ROLLBACK');
  db.close();
});

test('Ctrl-C: what was begun is finished, the answer says what is in the store, exit code 130', async (t) => {
  const cwd = tempDirectory(t);
  const store = join(cwd, 'store.sqlite');
  const args = [...notebook, '--ensembles', '1', '--datasets', '2000000', '--batch-size', '500', '--json', '--lock-path', 'l'];
  const { code, stdout, stderr } = await runCli(args, {
    cwd,
    onSpawn: async (child) => {
      while ((existsSync(store) ? countDatasets(store) : 0) < 2000) await new Promise((wake) => setTimeout(wake, 20));
      child.kill('SIGINT');
    },
  });
  assert.equal(code, 130, stderr);
  assert.match(stderr, /interrupted: finishing/);
  assert.match(stderr, /\nkosh-ingest: [\d,]+ records are in\. To go on: kosh-ingest load [^\n]*\n$/);
  const summary = JSON.parse(stdout) as LoadSummary;
  assert.equal(summary.interrupted, true);
  assert.equal(countDatasets(store), summary.datasets);
  assert.equal(summary.datasets % 250, 0);
  assert.deepEqual(integrityProblems(store), []);
  assert.deepEqual(readdirSync(cwd), ['store.sqlite']);
});

test('Ctrl-C while the lock is waited for: exit code 130, no store', async (t) => {
  const cwd = tempDirectory(t);
  occupy(join(cwd, 'l.lock'));
  const result = await runCli([...notebook, '--lock-path', 'l', '--json'], {
    cwd,
    onSpawn: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
  });
  assert.equal(result.code, 130, result.stderr);
  assert.match(result.stderr, /waiting for the lock l\.lock held by \S+:\d+ for 2 s/);
  assert.equal((JSON.parse(result.stdout) as LoadSummary).records.inserted, 0);
  assert.match(result.stderr, /\nkosh-ingest: nothing was loaded: to load it, give the same command again\n$/);
  assert.deepEqual(readdirSync(cwd), ['l.lock']);
});

test('how to go on is the last that is said, after the summary', async (t) => {
  const cwd = tempDirectory(t);
  const store = join(cwd, 'store.sqlite');
  const said = join(cwd, 'said');
  const child = spawn('sh', ['-c', 'exec "$@" > said 2>&1', 'sh', process.execPath, main, ...notebook, '--datasets', '200000'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, USER: 'default' },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  while ((existsSync(store) ? countDatasets(store) : 0) < 250) await new Promise((wake) => setTimeout(wake, 20));
  child.kill('SIGINT');
  assert.deepEqual(await closed, [130, null]);
  assert.match(
    readFileSync(said, 'utf8'),
    /\nInterrupted\. Loaded [\s\S]* hold [\s\S]*\nkosh-ingest: [\d,]+ records are in\. To go on: [^\n]+\n$/,
  );
});

test('--watch says what it watches, unless --quiet, and loads it', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'd'));
  writeFileSync(join(cwd, 'd', '1.json'), '{"records":[{"id":"r","type":"t"}]}');
  const watching = 'kosh-ingest: watching d for *.json, *.jsonl, *.ndjson, each also with .gz; Ctrl-C ends it\n';
  for (const more of [[], ['--quiet']]) {
    const store = join(cwd, `s${more.length}.sqlite`);
    const { code, stderr } = await runCli(['load', '--watch', 'd', '--store', store, '--workers', '1', ...more], {
      cwd,
      onSpawn: async (child) => {
        while ((existsSync(store) ? countDatasets(store, 't') : 0) < 1) await new Promise((wake) => setTimeout(wake, 20));
        // Before the load has come to its end it would be an interruption.
        await new Promise((wake) => setTimeout(wake, 1000));
        child.kill('SIGINT');
      },
    });
    assert.equal(code, 0, stderr);
    if (more.length > 0) assert.equal(stderr, '');
    else assert.ok(stderr.startsWith(watching), stderr);
  }
});

function countDatasets(store: string, type = 'dataset'): number {
  const db = new Database(store, { readonly: true });
  try {
    return db.prepare('SELECT count(*) FROM Record WHERE type = ?').pluck().get(type) as number;
  } catch {
    return 0;
  } finally {
    db.close();
  }
}

test('a full disk: a clear error, what was committed stays whole, and the same command goes on once there is room', async (t) => {
  const cwd = tempDirectory(t);
  const disk = join(cwd, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  if (mounted.status !== 0) {
    t.skip('a small tmpfs cannot be mounted here (needs root)');
    return;
  }
  try {
    const store = join(disk, 's.sqlite');
    const args = ['load', '--store', store, '--datasets', '300', '--batch-size', '200', '--rejects', 'r'];
    const result = await runCli(args, { cwd });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /the disk is full/);
    assert.deepEqual(integrityProblems(store), []);
    const { Record = 0, StringData = 0 } = countRows(store);
    assert.ok(Record > 100);
    assert.equal(StringData, 9 + 10 * 12 + (Record - 13) * 22);
    assert.match(result.stderr, /records are in\. To go on: kosh-ingest load /);
    assert.equal(spawnSync('mount', ['-o', 'remount,size=60m', disk]).status, 0);
    const again = await runCli(args, { cwd });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(integrityProblems(store), []);
    assert.equal(countRows(store).Record, 3 + 10 + 3000);
  } finally {
    spawnSync('umount', [disk]);
  }
});
