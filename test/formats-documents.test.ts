import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { LoadConfig } from '../src/config/load-options.js';
import type { Reject } from '../src/sources/source.js';
import type { ChunkResult } from '../workers/protocol.js';
import { integrityProblems } from './support/dump.js';
import { fixtures } from './support/fixtures.js';
import { rawOf, relationshipsOf } from './support/read-store.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

/** What Kosh 3.1 has exported. */
const exported = (name: string) => readFileSync(fileURLToPath(new URL(`kosh-exports/${name}.json`, fixtures)), 'utf8');
const predicate = 'is a member of ensemble';

interface Loaded {
  readonly config: LoadConfig;
  readonly directory: string;
  readonly inserted: number;
  readonly rejects: readonly Reject[];
}

async function loadText(t: TestContext, text: string | Buffer, changes: Partial<LoadConfig> = {}): Promise<Loaded> {
  return loadFiles(t, { 'a.json': text }, changes);
}

async function loadFiles(
  t: TestContext,
  files: Record<string, string | Buffer>,
  changes: Partial<LoadConfig> = {},
): Promise<Loaded> {
  const directory = tempDirectory(t);
  const inputs = Object.entries(files).map(([name, content]) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  });
  const config = loadConfigFor(directory, { inputs, ...changes });
  return { config, directory, ...summed(await loadHere(config)) };
}

function summed(results: readonly ChunkResult[]) {
  const inserted = results.reduce((sum, result) => sum + result.inserted.records, 0);
  return { inserted, rejects: results.flatMap((result) => result.rejects) };
}

test('an ensemble that Kosh has exported comes with its members and memberships', async (t) => {
  const { config, rejects, inserted } = await loadText(t, exported('ensemble'));
  assert.deepEqual(rejects, []);
  assert.equal(inserted, 3);
  assert.deepEqual(relationshipsOf(config.store), [
    ['run_a', predicate, 'study'],
    ['run_b', predicate, 'study'],
  ]);
  assert.deepEqual(integrityProblems(config.store), []);
});

test('the memberships of Kosh 3.4 are understood, and those that come twice are one', async (t) => {
  const document = JSON.parse(exported('ensemble')) as { relationships: unknown[] };
  const [first] = document.relationships;
  document.relationships = [
    first,
    { object_id: 'study', subject_id: 'run_b', predicate },
    { subject: 'run_b', object: 'study', predicate },
  ];
  const { config, rejects } = await loadText(t, JSON.stringify(document));
  assert.deepEqual(rejects, []);
  assert.equal(relationshipsOf(config.store).length, 2);
});

test('a dataset with curves, which Kosh exports twice, is one; with other content it is refused', async (t) => {
  const { rejects, inserted } = await loadText(t, exported('curves'));
  assert.deepEqual(rejects, []);
  assert.equal(inserted, 1);
  const other = await loadText(t, exported('curves').replace('"value": 3.0', '"value": 3.5'));
  assert.equal(other.inserted, 0);
  assert.deepEqual(
    other.rejects.map(({ code, pointer, recordId }) => [code, pointer, recordId]),
    [['ERR_RECORD_EXISTS', '/records/1/id', 'curves']],
  );
});

test('a record that comes twice in a Sina document is refused, unless it is said to be an export of Kosh', async (t) => {
  const { records } = JSON.parse(exported('curves')) as { records: object[] };
  const text = JSON.stringify({ records });
  assert.equal((await loadText(t, text)).rejects[0]?.code, 'ERR_RECORD_EXISTS');
  assert.equal((await loadText(t, text, { format: 'kosh' })).inserted, 1);
});

test('records of files of another store get the type of this store, what Kosh leaves behind is dropped', async (t) => {
  const old = exported('file')
    .replace('"sources_type": "file"', '"sources_type": "__kosh_source__"')
    .replace('"type": "file"', '"type": "__kosh_source__"')
    .replace('"temperature": {"value": 4.0}', '"_associated_data_": {"value": null}, "temperature": {"value": 4.0}');
  const { config, rejects, inserted } = await loadText(t, old);
  assert.deepEqual(rejects, []);
  assert.equal(inserted, 2);
  assert.equal((JSON.parse(rawOf(config.store, '92ff448c94a94fc28d66fd1b3933e063')) as { type: string }).type, 'file');
  assert.ok(!rawOf(config.store, 'file').includes('_associated_data_'));
  assert.ok(rawOf(config.store, 'file').includes('"temperature":{"value":4.0}'));
});

test('in an export a member that disagrees with its ensemble is refused; in a Sina document it is loaded as it stands', async (t) => {
  const text = exported('ensemble').replace(
    '"cycles": {"value": 12}, "root": {"value": "/data"}',
    '"cycles": {"value": 13}, "root": {"value": "/x"}',
  );
  const { rejects, inserted } = await loadText(t, text);
  assert.equal(inserted, 0);
  assert.deepEqual(rejects.map(({ code, pointer }) => [code, pointer]).sort(), [
    ['ERR_ENSEMBLE_ATTRIBUTE', '/records/1/data/cycles'],
    ['ERR_ENSEMBLE_ATTRIBUTE', '/records/1/data/root'],
  ]);
  const { records } = JSON.parse(text) as { records: object[] };
  const relationships = [{ subject: 'run_a', predicate, object: 'study' }];
  assert.deepEqual((await loadText(t, JSON.stringify({ records, relationships }))).rejects, []);
});

test('the forms of Kosh are refused in a Sina document, and the hint says what to do', async (t) => {
  const { records } = JSON.parse(exported('ensemble')) as { records: object[] };
  const relationships = ['{"subject":"run_a"}', { object_id: 'study', subject_id: 'run_b', predicate }];
  const { rejects } = await loadText(t, JSON.stringify({ records, relationships }));
  assert.ok(rejects.length >= 2);
  for (const { hint } of rejects) assert.match(hint ?? '', /--format kosh/);
});

const ensemble = { id: 'e', type: 'kosh_ensemble', data: { n: { value: 12 }, root: { value: '/d' }, name: { value: 'E' } } };
const member = (id: string, data: object = {}) => ({
  records: [{ id, type: 'dataset', data }],
  relationships: [{ subject: id, predicate, object: 'e' }],
});

test('a member of an ensemble of another document gets its attributes, in raw and in rows; a conflict names every attribute', async (t) => {
  const documents = {
    'a.json': JSON.stringify(member('before', { n: { value: 12.0, units: 's' } })),
    'e.json': JSON.stringify({ records: [ensemble] }),
    'z.json': JSON.stringify(member('odd', { n: { value: 1 }, root: { value: 'x' } })),
  };
  const { config, rejects, inserted, directory } = await loadFiles(t, documents);
  assert.equal(inserted, 2);
  assert.deepEqual(rejects.map(({ pointer, recordId }) => [pointer, recordId]).sort(), [
    ['/records/0/data/n', 'odd'],
    ['/records/0/data/root', 'odd'],
  ]);
  const data = '"data":{"n":{"value":12,"units":"s"},"root":{"value":"/d"}}';
  assert.ok(rawOf(config.store, 'before').includes(data), rawOf(config.store, 'before'));
  // Now the ensemble is in the store alone.
  const later = join(directory, 'later.json');
  writeFileSync(later, JSON.stringify(member('later')));
  assert.deepEqual(summed(await loadHere({ ...config, inputs: [later] })).rejects, []);
  assert.ok(rawOf(config.store, 'later').includes('"data":{"n":{"value":12},"root":{"value":"/d"}}'));
});

test('two ensembles of a dataset cannot share an attribute', async (t) => {
  const records = [ensemble, { ...ensemble, id: 'f' }];
  const both = member('both');
  both.relationships.push({ subject: 'both', predicate, object: 'f' });
  const { rejects } = await loadFiles(t, { 'e.json': JSON.stringify({ records }), 'm.json': JSON.stringify(both) });
  assert.deepEqual(rejects.map(({ code, pointer }) => [code, pointer]).sort(), [
    ['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/n'],
    ['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/root'],
  ]);
});

test('ids that are made are the same for the same document, and differ between documents', async (t) => {
  const text = JSON.stringify({
    records: [
      { local_id: 'l', type: 't' },
      { local_id: 'l', type: 't' },
    ],
  });
  const { config, inserted } = await loadText(t, text);
  assert.equal(inserted, 2);
  const again = summed(await loadHere(config));
  assert.equal(again.inserted, 0);
  assert.equal(again.rejects[0]?.code, 'ERR_RECORD_EXISTS');
  const elsewhere = join(config.store, '..', 'b.json');
  writeFileSync(elsewhere, text);
  assert.equal(summed(await loadHere({ ...config, inputs: [elsewhere] })).inserted, 2);
});

test('a reject has the line, the byte and the text of what is refused', async (t) => {
  const text =
    '{\n "records": [\n  {"id":"a", "type":"t"},\n  {"id":"ü",\n   "type":"t", "data":{"x":1}}\n ],\n "relationships": [\n  {"subject":"a"}]}';
  const { rejects } = await loadText(t, text);
  const [record, relationship] = rejects;
  const offset = Buffer.byteLength(text.slice(0, text.indexOf('{"id":"ü"')));
  assert.deepEqual([record?.line, record?.offset], [4, offset]);
  assert.equal(record?.record, '{"id":"ü",\n   "type":"t", "data":{"x":1}}');
  assert.equal(relationship?.record, '{"subject":"a"}');
  assert.equal(relationship?.line, 8);
});

test('what the store refuses has its place, too; of a small broken document all is in the reject', async (t) => {
  const text =
    '{"records":[{"id":"a","type":"t"},\n{"id":"b","type":"t"}],"relationships":[\n\n{"subject":"a","predicate":"p","object":"no"}]}';
  const { rejects } = await loadText(t, text);
  assert.deepEqual(
    rejects.map(({ code, line, record }) => [code, line, record]),
    [['ERR_MISSING_ENDPOINT', 4, '{"subject":"a","predicate":"p","object":"no"}']],
  );
  const broken = '{"records":[\n{"id":"a","type":"t"}\n';
  const [reject] = (await loadText(t, broken)).rejects;
  assert.deepEqual([reject?.code, reject?.line, reject?.record], ['ERR_NOT_JSON', 3, broken]);
});

test('packed documents are documents, by their content; one that is cut off or damaged says so', async (t) => {
  const packed = gzipSync(exported('curves'));
  assert.equal((await loadFiles(t, { 'a.json.gz': packed })).inserted, 1);
  assert.equal((await loadFiles(t, { 'a.json': packed })).inserted, 1);
  for (const bytes of [packed.subarray(0, 40), Buffer.concat([packed.subarray(0, 40), Buffer.alloc(60, 7)])]) {
    const { rejects } = await loadFiles(t, { 'a.json.gz': bytes });
    assert.equal(rejects[0]?.code, 'ERR_INPUT');
    assert.match(rejects[0]?.message ?? '', /gzip/);
  }
});

test('a packed document that is large when it is unpacked is read as a stream', async (t) => {
  const spaces = ' '.repeat(40 * 2 ** 20);
  const { inserted, rejects } = await loadFiles(t, {
    'a.json.gz': gzipSync(`{"records":[{"id":"a","type":"t"},${spaces}{"id":"a"}]}`),
  });
  assert.equal(inserted, 0);
  assert.equal(rejects[0]?.pointer, '/records/1/type');
  assert.equal((await loadFiles(t, { 'b.json.gz': gzipSync(`{"records":[{"id":"a","type":"t"}]${spaces}}`) })).inserted, 1);
});

test('what is no text says what it is', async (t) => {
  const files: [Buffer, RegExp][] = [
    [Buffer.from('SQLite format 3\0rest'), /SQLite/],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]), /PNG/],
    [Buffer.from('\ufeff{"records":[]}', 'utf16le'), /UTF-16/],
    [Buffer.from('{"records":[]}', 'utf16le'), /UTF-16/],
  ];
  for (const [content, message] of files) {
    const [reject] = (await loadText(t, content)).rejects;
    assert.match(reject?.message ?? '', message);
    assert.ok(reject?.hint);
  }
});
