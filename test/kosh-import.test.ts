import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { dumpStore } from './support/dump.js';
import { all, newStore, type refused, refusedUnchanged } from './support/kosh.js';

const predicate = 'is a member of ensemble';

test('the forms of Kosh are understood', async (t) => {
  const { path, store, open, directory } = await newStore(t);
  const dataset = { id: 'd', type: 'dataset', data: { a: { value: 1 }, _associated_data_: { value: null } } };
  const file = {
    id: 'f',
    type: 'koshfile',
    data: { uri: { value: '/x' }, mime_type: { value: 'txt' }, associated: { value: ['d'] } },
  };
  const withFile = { ...dataset, files: { '/x': { mimetype: 'txt', kosh_id: 'f' } } };
  const document = {
    minimum_kosh_version: null,
    kosh_version: [3, 4],
    sources_type: 'koshfile',
    records: [withFile, { id: 'e', type: 'kosh_ensemble' }, { id: 'e2', type: 'kosh_ensemble' }, file, withFile],
    relationships: [
      JSON.stringify({ subject: 'd', predicate, object: 'e' }),
      { subject_id: 'd', predicate, object_id: 'e2' },
      { subject: 'd', predicate, object: 'e' },
    ],
  };
  const input = join(directory, 'kosh.json');
  writeFileSync(input, JSON.stringify(document));
  assert.deepEqual(await store.importDocument(input), { ids: ['d', 'e', 'e2', 'f'], relationships: 2 });
  assert.deepEqual(await (await store.open('d')).attributes.all(), { a: 1, id: 'd' });
  assert.equal((await store.open('f')).type, 'file');
  assert.deepEqual(
    (await (await store.open('d')).ensembles()).map(({ id }) => id),
    ['e', 'e2'],
  );
  assert.doesNotMatch(dumpStore(path).join(), /_associated_data_|koshfile/);
  const memory = await open({}, 'memory.sqlite');
  await memory.importDocument(document);
  assert.deepEqual(dumpStore(memory.uri), dumpStore(path));

  // The file is known: its record is shared, under the id that it has here.
  const again = JSON.parse(
    JSON.stringify(document)
      .replaceAll(/\bd(?=\\?")/g, 'other')
      .replaceAll('"f"', '"f2"'),
  );
  again.records = again.records.filter(({ type }: { type: string }) => type !== 'kosh_ensemble');
  assert.deepEqual((await store.importDocument(again)).ids, ['other']);
  const [shared] = await (await store.open('other')).files();
  assert.deepEqual([shared?.id, shared?.attributes.associated], ['f', ['d', 'other']]);
  again.records[1].data.mime_type.value = 'bin';
  await refusedUnchanged(path, 'ERR_ASSOCIATION', () => store.importDocument(again));
});

test('a document is imported whole or not at all', async (t) => {
  const { path, store, directory } = await newStore(t);
  await store.create({ id: 'there' });
  const good = { id: 'g', type: 't' };
  const link = { subject: 'g', predicate: 'p', object: 'there' };
  const cases: [code: Parameters<typeof refused>[0], document: unknown, where?: RegExp][] = [
    ['ERR_RECORD', { records: [good, { id: 'x', type: 't', data: { v: { value: {} } } }] }, /\/records\/1\/data\/v/],
    ['ERR_RECORD', { records: [good, 7] }, /\/records\/1/],
    ['ERR_RECORD', { records: [good, { id: 'x' }] }],
    ['ERR_RECORD_EXISTS', { records: [good, { id: 'there', type: 't' }] }, /\/records\/1\/id/],
    ['ERR_RECORD_EXISTS', { records: [good, { ...good, type: 'u' }] }],
    ['ERR_MISSING_ENDPOINT', { records: [good], relationships: [link, { ...link, object: 'no' }] }, /\/relationships\/1\/object/],
    ['ERR_RELATIONSHIP', { records: [good], relationships: ['{'] }, /\/relationships\/0/],
    ['ERR_RELATIONSHIP', { records: [good], relationships: [7] }],
    ['ERR_RELATIONSHIP', { records: [good], relationships: [{ subject: 'g', object: 'there' }] }],
    ['ERR_DOCUMENT', { records: {} }],
    ['ERR_DOCUMENT', { records: [good], relationships: 'x' }],
    ['ERR_NOT_JSON', { records: [good, { id: 'x', type: 't', data: { v: { value: Number.NaN } } }] }, /NaN/],
    ['ERR_NOT_JSON', { records: [good, { id: 'x', type: 't', data: { v: { value: 1n } } }] }],
    ['ERR_USAGE', [good]],
    ['ERR_USAGE', 7],
    ['ERR_INPUT', join(directory, 'nope.json')],
    ['ERR_INPUT', directory],
  ];
  for (const [code, document, where = /./] of cases) {
    const error = await refusedUnchanged(path, code, () => store.importDocument(document as object));
    assert.match(error.message, where);
  }
  for (const text of ['', '{"records": [', '[]', '"x"', '{"records":[NaN]}']) {
    const input = join(directory, 'bad.json');
    writeFileSync(input, text);
    await refusedUnchanged(path, 'ERR_NOT_JSON', () => store.importDocument(input));
  }
  const relationships = [{ local_subject: 'l', predicate: 'p', object: 'there' }, link];
  const { ids } = await store.importDocument({ records: [{ local_id: 'l', type: 't' }, good], relationships });
  assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(await all(store.relationships({ subject: ids[0] ?? '' })), [
    { subject: ids[0], predicate: 'p', object: 'there' },
  ]);
  await refusedUnchanged(path, 'ERR_RELATIONSHIP_EXISTS', () => store.importDocument({ records: [], relationships: [link] }));
});
