import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import type { StoreContents } from '../src/index.js';
import { connect } from '../src/index.js';
import { mariadbDdl } from '../src/stores/mariadb-schema.js';
import { sqliteDdl } from '../src/stores/schema.js';
import { runCli } from './support/cli.js';
import { hostileNames } from './support/hostile-names.js';
import { newStore, refused } from './support/kosh.js';
import { occupy } from './support/lock-directory.js';
import { connectOutside } from './support/mariadb-store.js';
import { tempDirectory } from './support/temp.js';

/** A store with something of all that is counted. */
async function fill(uri: string): Promise<void> {
  await using store = await connect(uri, { username: 'default' });
  const big = await store.createEnsemble({ id: 'big', name: 'The big one', metadata: { root: '/p' } });
  await store.createEnsemble({ id: 'none', name: 'Without' });
  const small = await store.createEnsemble({ id: 'small' });
  const made = await big.createMany([
    { id: 'd1', metadata: { t: 300, list: [1, 5], words: ['a', 'b'], ok: true } },
    { id: 'd2', metadata: { t: -2.5, list: [-7, 2] } },
    { id: 'd3', metadata: { t: 'hot' } },
  ]);
  await small.add(made[0] as (typeof made)[0]);
  await made[1]?.curves.add([3, 4], { curveSet: 'set', curveName: 'time' });
  await store.associate('d1', ['/x', '/y'], 'txt');
  await store.create({ id: 'other', sinaType: 'mine' });
  await store.importDocument({ records: [], relationships: [{ subject: 'd1', predicate: 'made', object: 'd2' }] });
}

const { records, relationships, ensembles } = {
  records: {
    total: 12,
    datasets: 4,
    types: [
      { type: 'dataset', role: 'dataset', count: 3 },
      { type: 'kosh_ensemble', role: 'ensemble', count: 3 },
      { type: 'file', role: 'file', count: 2 },
      { type: 'user', role: 'user', count: 2 },
      { type: '__kosh_storeinfo__', role: 'store info', count: 1 },
      { type: 'mine', role: 'dataset', count: 1 },
    ],
  },
  relationships: {
    total: 5,
    predicates: [
      { predicate: 'is a member of ensemble', count: 4 },
      { predicate: 'made', count: 1 },
    ],
  },
  ensembles: {
    total: 3,
    first: [
      { id: 'big', name: 'The big one', members: 3 },
      { id: 'small', name: 'Unnamed Ensemble', members: 1 },
      { id: 'none', name: 'Without', members: 0 },
    ],
  },
};

function assertCounts({ engine: _, kosh, attributes, ...counts }: StoreContents): void {
  assert.deepEqual(counts, { records, relationships, ensembles, unfinishedLoads: [] });
  assert.deepEqual(kosh, { minVersion: '1.2.1', ensemblePredicate: 'is a member of ensemble' });
  const of = (name: string) => attributes.first.filter((one) => one.name === name);
  assert.deepEqual(of('t'), [
    { name: 't', kind: 'number', count: 2, min: -2.5, max: 300 },
    { name: 't', kind: 'text', count: 1, min: null, max: null },
  ]);
  assert.deepEqual(of('ok'), [{ name: 'ok', kind: 'number', count: 1, min: 1, max: 1 }]);
  assert.deepEqual(of('list'), [{ name: 'list', kind: 'list of numbers or curve', count: 2, min: -7, max: 5 }]);
  assert.deepEqual(of('time'), [{ name: 'time', kind: 'list of numbers or curve', count: 1, min: 3, max: 4 }]);
  assert.deepEqual(of('set'), [{ name: 'set', kind: 'curve set', count: 1, min: null, max: null }]);
  assert.deepEqual(of('words'), [{ name: 'words', kind: 'list of texts', count: 1, min: null, max: null }]);
  assert.equal(attributes.total, attributes.first.length);
  const frequency = attributes.first.map(({ count }) => count);
  assert.deepEqual(
    frequency,
    [...frequency].sort((one, other) => other - one),
  );
}

async function json(store: string, cwd: string, ...flags: string[]): Promise<{ store: string } & StoreContents> {
  const { code, stdout, stderr } = await runCli(['info', store, '--json', ...flags], { cwd });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.equal(stdout.trim().split('\n').length, 1);
  return JSON.parse(stdout) as { store: string } & StoreContents;
}

test('what is in a store, as JSON and as text', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 's.sqlite');
  await fill(path);
  const { store, ...contents } = await json('s.sqlite', cwd, '--limit', '100');
  assert.equal(store, 's.sqlite');
  assertCounts(contents);
  const { engine } = contents;
  assert.ok(engine.name === 'SQLite');
  assert.deepEqual([engine.journalMode, engine.bytes, engine.freeBytes], ['delete', statSync(path).size, 0]);

  const { stdout } = await runCli(['info', 's.sqlite', '--limit', '2'], { cwd });
  for (const line of [
    's.sqlite: a Kosh store, for Kosh 1.2.1 or later',
    '12 records, 4 datasets among them',
    '  3  dataset        datasets',
    '  3  kosh_ensemble  ensembles',
    '  and 4 more',
    '5 relationships',
    '  3  big    The big one',
    '  and 1 more',
  ]) {
    assert.ok(stdout.includes(`${line}\n`), `${line} is not in\n${stdout}`);
  }
  assert.match(stdout, /^SQLite 3[.\d]+, [\d.]+ kB, journal mode delete$/m);
  assert.doesNotMatch(stdout, /Without/, 'more than two ensembles');
});

test('the store is named by the argument, a flag, a variable or the file, and by one of them', async (t) => {
  const cwd = tempDirectory(t);
  await fill(join(cwd, 's.sqlite'));
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ store: 's.sqlite', lockStrategy: 'None', batchSize: 7 }));
  for (const [args, env] of [
    [['--store', 's.sqlite'], {}],
    [['--', 's.sqlite'], {}],
    [[], { KOSH_INGEST_STORE: 's.sqlite' }],
    [['--config', 'c.json'], {}],
  ] as const) {
    const { code, stdout, stderr } = await runCli(['info', ...args], { cwd, env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^s\.sqlite: /);
  }
  for (const args of [[], ['s.sqlite', 'other'], ['s.sqlite', '--store', 'other'], ['s.sqlite', '--limit', '0']]) {
    const { code, stdout } = await runCli(['info', ...args], { cwd });
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
  }
});

test('the counts are those of one moment: the reader waits for its lock', async (t) => {
  const cwd = tempDirectory(t);
  await fill(join(cwd, 's.sqlite'));
  const flags = ['--lock-path', 'held', '--timeout', '0', '--num-tries', '1'];
  occupy(join(cwd, 'held.lock'));
  const { code, stderr } = await runCli(['info', 's.sqlite', ...flags], { cwd });
  assert.equal(code, 5, stderr);
  await json('s.sqlite', cwd, ...flags, '--lock-strategy', 'None');
});

test('what is no store is refused and nothing is created', async (t) => {
  const cwd = tempDirectory(t);
  mkdirSync(join(cwd, 'folder'));
  writeFileSync(join(cwd, 'text'), 'no database, but long enough to be taken for one');
  writeFileSync(join(cwd, 'empty'), '');
  const foreign = new Database(join(cwd, 'foreign'));
  foreign.exec('CREATE TABLE t (x)');
  foreign.close();
  const files = readdirSync(cwd).sort();
  const cases = [
    ['missing', 'does not exist'],
    ['no/such/folder', 'does not exist'],
    ['text/below', 'does not exist'],
    ['folder', 'is a folder'],
    ['text', 'is not a SQLite file'],
    ['empty', 'holds no store'],
    ['foreign', 'not a Kosh store'],
  ] as const;
  for (const command of ['info', 'export']) {
    await Promise.all(
      cases.map(async ([store, words]) => {
        const { code, stdout, stderr } = await runCli([command, store, '--lock-strategy', 'None'], { cwd });
        assert.deepEqual([code, stdout], [1, ''], `${store}: ${stderr}`);
        assert.match(stderr, new RegExp(`^kosh-ingest: .*${words}.*\n {2}hint: .+\n$`));
      }),
    );
  }
  assert.deepEqual(readdirSync(cwd).sort(), files);
});

test('a store without records, and one that Kosh has not opened yet', async (t) => {
  const cwd = tempDirectory(t);
  const db = new Database(join(cwd, 's.sqlite'));
  for (const statement of sqliteDdl()) db.exec(statement);
  const bare = await json('s.sqlite', cwd);
  assert.equal(bare.kosh, null);
  assert.deepEqual(bare.records, { total: 0, datasets: 0, types: [] });
  assert.deepEqual([bare.ensembles, bare.attributes], Array(2).fill({ total: 0, first: [] }));
  db.exec(`INSERT INTO Record VALUES ('a', 't', '{"id":"a","type":"t"}')`);
  db.close();
  const { stdout } = await runCli(['info', 's.sqlite'], { cwd });
  assert.match(stdout, /^s\.sqlite: a store of Sina that Kosh has not opened yet$/m);
  assert.match(stdout, /^1 record, 1 dataset among them$/m);
});

test('names of any kind are counted as they are and shown on one line', async (t) => {
  const { store, directory } = await newStore(t);
  for (const name of hostileNames) {
    await store.create({ id: name, sinaType: name, metadata: name === '__proto__' ? {} : { [name]: 1 } });
    await (await store.createEnsemble({ id: `e${name}`, name })).add(name);
  }
  const { records, ensembles } = await json('s.sqlite', directory, '--limit', '100');
  assert.deepEqual(
    new Set(records.types.filter(({ role }) => role === 'dataset').map(({ type }) => type)),
    new Set(hostileNames),
  );
  assert.deepEqual(new Set(ensembles.first.map(({ name }) => name)), new Set(hostileNames));
  const { stdout } = await runCli(['info', 's.sqlite', '--limit', '100'], { cwd: directory });
  assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
  assert.doesNotMatch(stdout, /[\u2028\u202e]/);
  assert.match(stdout, /"two\\nlines"/);
  assert.match(stdout, /"\\u001b\[31mred"/);
});

test('of an unfinished load all is told, however long its path', async (t) => {
  const cwd = tempDirectory(t);
  const folder = join(cwd, 'results-of-the-third-campaign/'.repeat(5));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '1.json'), '{"records":[{"id":"r","type":"t"}]}');
  writeFileSync(join(folder, '2.json'), '{"records":[{"id":"x"}]}');
  const { code } = await runCli(['load', folder, '--store', 's.sqlite', '--workers', '1', '--on-error', 'stop'], { cwd });
  assert.equal(code, 3);
  const { stdout } = await runCli(['info', 's.sqlite'], { cwd });
  const line = stdout.split('\n').find((one) => one.startsWith(`  ${folder}`));
  assert.match(line?.slice(folder.length + 2) ?? stdout, /^, begun \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
});

test('what a killed writer left in the middle of its transaction is rolled back, not shown and not in the way', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 's.sqlite');
  await fill(path);
  const before = await json('s.sqlite', cwd);
  const script = `
    const Database = require(process.argv[1]);
    const db = new Database(process.argv[2]);
    db.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE Record SET type = 'torn'");
    db.exec("CREATE TABLE big (x); INSERT INTO big SELECT randomblob(10000) FROM Record, Record AS r");
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['-e', script, new URL(import.meta.resolve('better-sqlite3')).pathname, path]);
  assert.deepEqual(await once(child, 'close'), [null, 'SIGKILL']);
  assert.ok(existsSync(`${path}-journal`), 'nothing was left behind');
  assert.deepEqual((await json('s.sqlite', cwd)).records, before.records);
  assert.ok(!existsSync(`${path}-journal`));
});

test('a program asks for the same', async (t) => {
  const { store } = await newStore(t);
  const { records, ensembles } = await store.statistics();
  assert.deepEqual([records.total, records.datasets, ensembles.total], [3, 0, 0]);
  for (const wrong of [{ limit: 0 }, { limit: 1.5 }, { limit: '3' }, { limt: 3 }]) {
    await refused('ERR_USAGE', () => store.statistics(wrong as never));
  }
});

describe('in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  test('the same is counted, and the server is described', async (t: TestContext) => {
    const cwd = tempDirectory(t);
    const url = server.url(await server.freshDatabase());
    await fill(url);
    const { store: _, ...contents } = await json(url, cwd, '--limit', '100');
    assertCounts(contents);
    const { engine } = contents;
    assert.ok(engine.name === 'MariaDB');
    assert.match(engine.version, /MariaDB/);
    assert.equal(engine.isClustered, false);
    assert.equal(engine.tables.length, 9);
    assert.equal(
      engine.bytes,
      engine.tables.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const { stdout } = await runCli(['info', url], { cwd });
    assert.match(stdout, /^MariaDB .+, about [\d,.]+ k?M?B in tables and indexes, no Galera cluster$/m);
  });

  test('tables that do not tell letters apart are counted letter for letter; a database without tables is no store', async (t) => {
    const cwd = tempDirectory(t);
    const url = server.url(await server.freshDatabase());
    assert.match((await runCli(['info', url], { cwd })).stderr, /holds no store/);
    const outside = await connectOutside(url, t);
    assert.deepEqual(await outside.query('SHOW TABLES'), []);
    for (const statement of mariadbDdl({ charset: 'latin1', collation: 'latin1_swedish_ci' })) await outside.query(statement);
    for (const [id, type] of [
      ['1', 'A'],
      ['2', 'a'],
      ['3', 'a '],
      ['4', 'a'],
    ]) {
      await outside.query('INSERT INTO "Record" VALUES (?, ?, ?)', [id, type, JSON.stringify({ id, type })]);
    }
    const { types } = (await json(url, cwd)).records;
    assert.deepEqual(types[0], { type: 'a', role: 'dataset', count: 2 });
    assert.deepEqual(new Set(types.slice(1).map(({ type }) => type)), new Set(['A', 'a ']));
  });
});
