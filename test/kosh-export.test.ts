import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { DocumentForm, Ensemble } from '../src/index.js';
import { dumpStore } from './support/dump.js';
import { all, idsOf, newStore, refused, refusedUnchanged } from './support/kosh.js';

const predicate = 'is a member of ensemble';
const forms: DocumentForm[] = ['sina', 'kosh'];

/** A store with all that can be exported: an ensemble with two members, a dataset in two ensembles, curves, files, a record of Sina's. */
async function filledStore(t: TestContext) {
  const opened = await newStore(t);
  const { store, directory } = opened;
  const ensemble = await store.createEnsemble({ id: 'e', metadata: { root: '/p', l: [1, 2.5] } });
  const second = await store.createEnsemble({ id: 'e2', metadata: { other: ['x'] } });
  const [d, d2] = await ensemble.createMany([{ id: 'd', metadata: { b: true, none: null, 10: 'ten', 2: 'two' } }, { id: 'd2' }]);
  assert.ok(d && d2);
  await second.add(d);
  await d.curves.add([1, 2], { units: 's' });
  await d.curves.add([-0, 3e-7]);
  const file = join(directory, 'f.txt');
  writeFileSync(file, 'text');
  await d.associate([file, 'http://x/y'], 'txt', { metadata: { note: 'n' } });
  await d2.associate(file, 'txt');
  await ensemble.associate('/of/the/ensemble', 'txt');
  await store.create({ id: 'alone', sinaType: 'mine', metadata: { é: '😀' } });
  await store.importDocument({
    records: [
      { id: 'run', type: 'run', application: 'app', data: { v: { value: 1, units: 'm', tags: ['a'] } }, files: { u: {} } },
    ],
    relationships: [{ subject: 'run', predicate: 'made', object: 'd' }],
  });
  return opened;
}

for (const form of forms) {
  test(`a store that is exported (${form}) and imported into a new one has the same rows`, async (t) => {
    const { path, store, open, directory } = await filledStore(t);
    const before = dumpStore(path);
    const document = join(directory, 'all.json');
    const counts = await store.exportFile(document, { form });
    assert.deepEqual(counts, { records: 9, relationships: 4 });
    const exported = await store.export({ form });
    assert.deepEqual(JSON.parse(readFileSync(document, 'utf8')), exported);
    assert.equal(exported.sources_type, form === 'kosh' ? 'file' : undefined);
    assert.doesNotMatch(readFileSync(document, 'utf8'), /last_modified|_associated_data_/);
    for (const [n, source] of [document, exported].entries()) {
      const other = await open({}, `${n}.sqlite`);
      const { ids, relationships } = await other.importDocument(source);
      assert.deepEqual(
        ids,
        exported.records.map(({ id }) => id),
      );
      assert.equal(relationships, 4);
      assert.deepEqual(dumpStore(other.uri), before);
    }
    assert.deepEqual(dumpStore(path), before);
  });

  test(`an ensemble (${form}) is exported with its members and the files of both, and imported`, async (t) => {
    const { store, open, directory } = await filledStore(t);
    const ensemble = (await store.open('e')) as Ensemble;
    const document = join(directory, 'e.json');
    const counts = await ensemble.exportFile(document, { form });
    assert.deepEqual(counts, { records: 6, relationships: 2 });
    const exported = await ensemble.export({ form });
    assert.deepEqual(JSON.parse(readFileSync(document, 'utf8')), exported);
    const other = await open({}, 'other.sqlite');
    await other.importDocument(document);
    assert.deepEqual(await idsOf(other.find()), ['d', 'd2']);
    const imported = (await other.open('e')) as Ensemble;
    assert.deepEqual(await all(imported.memberIds()), ['d', 'd2']);
    assert.deepEqual(await imported.export({ form }), exported);
    assert.deepEqual(await (await other.open('d')).files(), await (await store.open('d')).files());
  });

  test(`a dataset (${form}) is exported with its files, and imported`, async (t) => {
    const { store, open, directory } = await filledStore(t);
    const dataset = await store.open('d');
    const document = join(directory, 'd.json');
    const memberships = form === 'kosh' ? ['e', 'e2'] : [];
    assert.deepEqual(await dataset.exportFile(document, { form }), { records: 3, relationships: memberships.length });
    const exported = await dataset.export({ form });
    assert.deepEqual(
      exported.relationships,
      memberships.map((object) => ({ subject: 'd', predicate, object })),
    );
    const other = await open({}, 'other.sqlite');
    if (form === 'kosh') {
      await refusedUnchanged(other.uri, 'ERR_MISSING_ENDPOINT', () => other.importDocument(document));
      for (const id of ['e', 'e2']) await other.createEnsemble({ id });
    }
    await other.importDocument(document);
    const imported = await other.open('d');
    assert.deepEqual(await imported.export({ form }), exported);
    assert.deepEqual(await imported.attributes.all(), await dataset.attributes.all());
    assert.deepEqual(await imported.curves.list(), await dataset.curves.list());
  });
}

test('a file that is there is not overwritten unless it is told to be, and nothing is left of what failed', async (t) => {
  const { store, directory } = await newStore(t);
  const dataset = await store.create({ id: 'd' });
  const path = join(directory, 'x.json');
  writeFileSync(path, 'mine');
  await refused('ERR_EXPORT', () => store.exportFile(path));
  await refused('ERR_EXPORT', () => dataset.exportFile(path, { overwrite: false }));
  assert.equal(readFileSync(path, 'utf8'), 'mine');
  await refused('ERR_EXPORT', () => store.exportFile(join(directory, 'nowhere', 'x.json')));
  await refused('ERR_EXPORT', () => store.exportFile(directory, { overwrite: true }));
  await refused('ERR_USAGE', () => store.exportFile('', { overwrite: true }));
  await refused('ERR_USAGE', () => store.exportFile(path, { form: 'json' as never, overwrite: true }));
  await refused('ERR_USAGE', () => store.exportFile(path, { overwite: true } as never));
  await refused('ERR_USAGE', () => store.export({ from: 'kosh' } as never));
  await dataset.exportFile(path, { overwrite: true });
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).records.length, 1);
  const before = readFileSync(path);
  await store.delete('d');
  await refused('ERR_RECORD_NOT_FOUND', () => dataset.exportFile(path, { overwrite: true }));
  await refused('ERR_RECORD_NOT_FOUND', () => dataset.export());
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(directory).sort(), ['s.sqlite', 'x.json']);
});

test('numbers that no double can hold stay as they were written, whatever is changed beside them', async (t) => {
  const { path, store, open, directory } = await newStore(t);
  const numbers =
    '"big":{"value":12345678901234567890},"zero":{"value":-0.0},"one":{"value":1.0},"10":{"value":[1e2,-0.0]},"2":{"value":7}';
  const curves = '{"s":{"independent":{"x":{"value":[1.0,12345678901234567890]}},"dependent":{}}}';
  const input = join(directory, 'in.json');
  const extra = '"user_defined":{"n":9007199254740993,"kosh_information":{}},"more":[1.50]';
  writeFileSync(input, `{"records":[ {"id":"a","type":"t","data":{${numbers}},"curve_sets":${curves},${extra}} ]}`);
  await store.importDocument(input);
  const dataset = await store.open('a');
  const kept = (text: string) => {
    for (const part of [numbers, curves.slice(1, -2), '"n":9007199254740993', '"more":[1.50]'])
      assert.ok(text.includes(part), text);
  };
  const raw = (uri: string) => {
    const db = new Database(uri, { readonly: true });
    try {
      return db.prepare("SELECT raw FROM Record WHERE id = 'a'").pluck().get() as string;
    } finally {
      db.close();
    }
  };
  kept(raw(path));
  await dataset.attributes.set('new', -0);
  await dataset.attributes.delete('new');
  await dataset.attributes.set('zwei', -0);
  await dataset.curves.add([1], { curveSet: 'u' });
  await dataset.associate('/x', 'txt');
  kept(raw(path));
  assert.ok(raw(path).includes('"zwei":{"value":-0.0}'));
  const out = join(directory, 'out.json');
  await store.exportFile(out);
  kept(readFileSync(out, 'utf8'));
  const other = await open({}, 'other.sqlite');
  await other.importDocument(out);
  kept(raw(other.uri));
  assert.deepEqual(dumpStore(other.uri), dumpStore(path));
  const clone = join(directory, 'clone.json');
  await (await dataset.clone()).exportFile(clone);
  kept(readFileSync(clone, 'utf8'));
  assert.ok(existsSync(clone));
});
