import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import type { LoadConfig } from '../src/config/load-options.js';
import type { VerifyConfig } from '../src/config/verify-config.js';
import { load } from '../src/ingest/load.js';
import { type VerifyHooks, verify } from '../src/ingest/verify.js';
import type { VerifySummary } from '../src/ingest/verify-summary.js';
import type { Reject } from '../src/sources/source.js';
import { tables } from '../src/stores/schema.js';
import { golden } from './support/documents.js';
import { connectOutside } from './support/mariadb-store.js';
import { loadConfigFor } from './support/session.js';
import { type Mutation, mutations, subject } from './support/store-mutations.js';
import { goldenStore, writeDocuments } from './support/stores.js';
import { tempDirectory } from './support/temp.js';

const timeout = 120_000;

function verifyConfigFor(config: LoadConfig, changes: Partial<VerifyConfig> = {}): VerifyConfig {
  return { ...config, withInputs: config.inputs.length > 0, ...changes };
}

/** What the text of a difference is, without the prefix of the mutation that it belongs to. */
function shortOf({ differences }: VerifySummary): string[] {
  return differences.map(({ kind, table, id, pointer }) => `${kind} ${table} ${id} ${pointer}`);
}

function isWhole(summary: VerifySummary): void {
  assert.deepEqual(summary.differences, []);
  assert.equal(summary.moreDifferences, 0);
  assert.equal(summary.interrupted, false);
}

/** A document for each mutation, whose records have its number before their ids. */
function documentsFor(directory: string): string {
  const folder = join(directory, 'inputs');
  mkdirSync(folder);
  for (const n of mutations.keys()) writeFileSync(join(folder, `${n}.json`), JSON.stringify(subject(`${n}_`)));
  return folder;
}

/** Applies every mutation to its own records, and sees that just its own differences are found. */
async function findsEach(config: VerifyConfig, apply: (mutation: Mutation, prefix: string) => Promise<void>): Promise<void> {
  isWhole(await verify(config));
  for (const [n, mutation] of mutations.entries()) await apply(mutation, `${n}_`);
  const found = shortOf(await verify(config));
  for (const [n, { name, expected }] of mutations.entries()) {
    const own = found.filter((text) => text.split(' ')[2]?.startsWith(`${n}_`));
    assert.deepEqual(own.sort(), expected.map((text) => text.replace('#', `${n}_`)).sort(), name);
  }
  assert.equal(
    found.length,
    mutations.reduce((sum, { expected }) => sum + expected.length, 0),
  );
}

test('every row of every table that is missing, too many, changed or without its record is found, once', {
  timeout,
}, async (t) => {
  const directory = tempDirectory(t);
  const config = loadConfigFor(directory, { inputs: [documentsFor(directory)], workers: 2 });
  await load(config);
  const db = new Database(config.store);
  db.pragma('foreign_keys = OFF');
  await findsEach(verifyConfigFor(config), async ({ sql }, prefix) => {
    for (const statement of sql(prefix)) assert.ok(db.prepare(statement).run().changes > 0, statement);
  });
  db.close();
});

describe('in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  test('every mutation is found, once', { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const store = server.url(await server.freshDatabase());
    const config = loadConfigFor(directory, {
      store,
      inputs: [documentsFor(directory)],
      lockStrategy: 'OnlyRetry',
      workers: 2,
    });
    await load(config);
    const outside = await connectOutside(store, t);
    await outside.query('SET foreign_key_checks = 0');
    await findsEach(verifyConfigFor(config), async ({ sql }, prefix) => {
      for (const statement of sql(prefix)) {
        const { affectedRows } = await outside.query<{ affectedRows: number }>(statement);
        assert.ok(affectedRows > 0, statement);
      }
    });
  });

  test('what Sina made of documents, and pages of many ids', { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const store = server.url(await server.freshDatabase());
    const generated = loadConfigFor(directory, {
      store,
      ensembles: 10,
      datasets: 510,
      attributes: 1,
      lockStrategy: 'OnlyRetry',
      workers: 2,
    });
    await load(generated);
    await load({ ...generated, inputs: [join(fileURLToPath(golden('sina/')), '*.json')] });
    const summary = await verify(verifyConfigFor(generated, { withInputs: true }));
    isWhole(summary);
    assert.equal(summary.inputs?.records, 5110);
    assert.equal(summary.notes.notInInputs, 16);
  });
});

for (const lockStrategy of ['None', 'RFileLock', 'OnlyRetry'] as const) {
  test(`${lockStrategy}: a generated load is whole, and nothing is written`, { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const config = loadConfigFor(directory, { ensembles: 10, datasets: 510, attributes: 1, lockStrategy, workers: 2 });
    await load(config);
    const bytes = readFileSync(config.store);
    const summary = await verify(verifyConfigFor(config, { withInputs: true }));
    isWhole(summary);
    assert.deepEqual(
      { records: summary.records, kosh: summary.koshRecords, relationships: summary.relationships, inputs: summary.inputs },
      { records: 5110, kosh: 3, relationships: 5100, inputs: { records: 5110, relationships: 5100 } },
    );
    assert.deepEqual(
      Object.keys(summary.rows),
      tables.map(({ name }) => name),
    );
    assert.equal(summary.notes.notInInputs, 0);
    assert.ok(bytes.equals(readFileSync(config.store)));
  });
}

test('what a generated load should hold and does not is listed; more than a thousand are counted', { timeout }, async (t) => {
  const config = loadConfigFor(tempDirectory(t), { ensembles: 2, datasets: 300 });
  await load(config);
  const summary = await verify(verifyConfigFor({ ...config, ensembles: 5 }, { withInputs: true, workers: 2 }));
  assert.equal(summary.differences.length, 1000);
  // Of each of 3 ensembles its record, of each of their 900 datasets the record and the membership.
  assert.equal(summary.differences.length + summary.moreDifferences, 3 + 2 * 900);
  assert.ok(summary.differences.every(({ kind, found }) => (kind === 'record' || kind === 'relationship') && found === null));
});

for (const fixture of ['kosh/notebook_10x10', 'kosh/behaviours']) {
  test(`${fixture}: the store that Kosh made is whole, with texts as BLOB`, { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const config = loadConfigFor(directory, { store: goldenStore(directory, `${fixture}.rows.jsonl`) });
    const summary = await verify(verifyConfigFor(config));
    isWhole(summary);
    assert.ok(summary.records > 5);
  });
}

test('libraries that Sina 1.15 named with their siblings are whole, and noted', { timeout }, async (t) => {
  const directory = tempDirectory(t);
  const store = goldenStore(directory, 'sina/12_sibling_libraries.rows.jsonl');
  const config = loadConfigFor(directory, { store, inputs: [fileURLToPath(golden('sina/12_sibling_libraries.json'))] });
  const db = new Database(store);
  t.after(() => db.close());
  const byPath = await verify(verifyConfigFor(config));
  isWhole(byPath);
  assert.equal(byPath.notes.siblingLibraries, 0);
  const rename = (from: string, to: string) => db.prepare('UPDATE ScalarData SET name = ? WHERE name = ?').run(to, from);
  rename('b/v', 'a/b/v');
  const addedUp = await verify(verifyConfigFor(config));
  isWhole(addedUp);
  assert.equal(addedUp.notes.siblingLibraries, 1);
  rename('a/v', 'b/a/v');
  assert.deepEqual(shortOf(await verify(verifyConfigFor(config))), [
    'row ScalarData x /a~1v',
    'row ScalarData x /b~1v',
    'row ScalarData x /a~1b~1v',
    'row ScalarData x /b~1a~1v',
  ]);
});

test('what differs from the inputs is shown with its place and both values; order of keys and stamps do not count', {
  timeout,
}, async (t) => {
  const directory = tempDirectory(t);
  const [path = ''] = writeDocuments(directory, {
    'a.json':
      '{"records":[{"id":"a","type":"t","data":{"n":{"value":1.0},"big":{"value":12345678901234567890}},"user_defined":{"x":{"b":1,"a":2}}}]}',
  });
  const config = loadConfigFor(directory, { inputs: [path] });
  await load(config);
  const raw = (big: string, n = '1') =>
    `{"type":"t","id":"a","curve_sets":{},"library_data":{},"files":{},"data":{"big":{"value":${big}},"n":{"value":${n}}},` +
    '"user_defined":{"x":{"a":2.0,"b":1},"kosh_information":{"n_last_modified":17.5,"last_update_from_db":3}}}';
  const db = new Database(config.store);
  const set = (text: string) => db.prepare(`UPDATE Record SET raw = ? WHERE id = 'a'`).run(text);
  set(raw('12345678901234567890'));
  isWhole(await verify(verifyConfigFor(config)));
  set(raw('12345678901234567891', '2'));
  const { differences } = await verify(verifyConfigFor(config));
  db.close();
  assert.deepEqual(differences, [
    { kind: 'row', table: 'ScalarData', id: 'a', pointer: '/n/value', found: '1', expected: '2' },
    { kind: 'record', table: 'Record', id: 'a', pointer: '/data/n/value', found: '2', expected: '1', file: path },
    {
      kind: 'record',
      table: 'Record',
      id: 'a',
      pointer: '/data/big/value',
      found: '12345678901234567891',
      expected: '12345678901234567890',
      file: path,
    },
  ]);
});

test('what the load refused is left out, what cannot be loaded is not expected, and the rest of the store is counted', {
  timeout,
}, async (t) => {
  const directory = tempDirectory(t);
  const document = (id: string, value: number) =>
    JSON.stringify({
      records: [
        { id, type: 't', data: { v: { value } } },
        { id: `${id} of ${value}`, type: 't' },
      ],
    });
  writeDocuments(directory, {
    'inputs/1.json': document('twin', 1),
    'inputs/2.json': document('twin', 2),
    'inputs/3.json': '{"records":[{"id":"broken"}]}',
    'inputs/4.json': '{"records":[{"id":"x","type":"t"}],"relationships":[{"subject":"x","predicate":"p","object":"nowhere"}]}',
    'other.json': document('other', 1),
  });
  const config = loadConfigFor(directory, { inputs: [join(directory, 'inputs')] });
  await load({ ...config, inputs: [join(directory, 'other.json')] });
  await load(config);
  const refused = readFileSync(config.rejects, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reject);
  const hooks: VerifyHooks = { refused };
  const summary = await verify(verifyConfigFor(config), hooks);
  isWhole(summary);
  assert.deepEqual(summary.notes, { siblingLibraries: 0, notLoadable: 1, leftOut: 2, notInInputs: 2 });
  assert.deepEqual(shortOf(await verify(verifyConfigFor(config))), [
    'record Record twin /data/v/value',
    'record Record twin of 2 ',
    'record Record x ',
    'relationship Relationship x /relationships/0',
  ]);
});

test('a document that is read as a stream: each difference, and none of one that turns out to be broken', {
  timeout,
}, async (t) => {
  const directory = tempDirectory(t);
  const records = Array.from({ length: 100 }, (_, n) =>
    JSON.stringify({ id: `r${n}`, type: 't', data: { n: { value: n } }, user_defined: { text: 'x'.repeat(100_000) } }),
  );
  writeDocuments(directory, { 'inputs/large.json': `{"records":[${records.join(',')}]}` });
  const config = loadConfigFor(directory, { inputs: [join(directory, 'inputs')] });
  await load(config);
  isWhole(await verify(verifyConfigFor(config)));
  const db = new Database(config.store);
  db.exec(`UPDATE Record SET raw = replace(raw, '{"value":77}', '{"value":78}') WHERE id = 'r77'`);
  db.close();
  const found = ['row ScalarData r77 /n/value', 'record Record r77 /data/n/value'];
  assert.deepEqual(shortOf(await verify(verifyConfigFor(config))), found);
  // The last record of another one has no type.
  writeDocuments(directory, {
    'inputs/large.json': `{"records":[${records.join(',').replaceAll('"id":"r', '"id":"s')},{"id":"z"}]}`,
  });
  const broken = await verify(verifyConfigFor(config));
  assert.deepEqual(shortOf(broken), found.slice(0, 1));
  assert.equal(broken.notes.notLoadable, 1);
});

test('a file that is damaged: the check of SQLite itself says so, and nothing else is compared', { timeout }, async (t) => {
  const config = loadConfigFor(tempDirectory(t), { ensembles: 5, datasets: 100 });
  await load(config);
  const bytes = readFileSync(config.store);
  // Three pages in the middle.
  bytes.fill(0xa5, 40 * 4096, 43 * 4096);
  writeFileSync(config.store, bytes);
  const summary = await verify(verifyConfigFor(config));
  assert.ok(summary.differences.length > 0 && summary.differences.every(({ kind }) => kind === 'integrity'));
  assert.deepEqual(summary.rows, {});
});

test('what somebody left who was killed in a COMMIT is rolled back first', { timeout }, async (t) => {
  const directory = tempDirectory(t);
  const config = loadConfigFor(directory, { ensembles: 5, datasets: 100 });
  await load(config);
  const db = new Database(config.store);
  // So little memory that changes go to the file before they are committed.
  db.pragma('cache_size = 2');
  db.exec(`BEGIN IMMEDIATE; UPDATE StringData SET value = value || '!'`);
  const store = join(directory, 'left.sqlite');
  for (const end of ['', '-journal']) copyFileSync(config.store + end, store + end);
  db.exec('ROLLBACK');
  db.close();
  isWhole(await verify(verifyConfigFor({ ...config, store }, { withInputs: true })));
});

test('interrupted, it says so and lets go of the store', { timeout }, async (t: TestContext) => {
  const config = loadConfigFor(tempDirectory(t), { ensembles: 5, datasets: 100, lockStrategy: 'RFileLock' });
  await load(config);
  const controller = new AbortController();
  controller.abort();
  const summary = await verify(verifyConfigFor(config), { signal: controller.signal });
  assert.equal(summary.interrupted, true);
  copyFileSync(config.store, `${config.store}.copy`);
  isWhole(await verify(verifyConfigFor(config)));
});
