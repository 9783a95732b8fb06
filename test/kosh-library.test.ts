import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';
import { connect, type Ensemble, lockStrategies, Store } from '../src/index.js';
import { countRows, dumpStore } from './support/dump.js';
import { all, idsOf, newStore, refused, refusedUnchanged } from './support/kosh.js';
import { tempDirectory } from './support/temp.js';

test('connect creates a store, and opens it again with what is in it', async (t) => {
  const { path, store, open } = await newStore(t);
  assert.ok(store instanceof Store);
  assert.equal(store.uri, path);
  assert.equal(store.readOnly, false);
  await store.create({ id: 'a' });
  const again = await open({ username: 'someone', datasetRecordType: 'mine' });
  const made = await again.create({ id: 'b' });
  assert.equal(made.type, 'mine');
  assert.equal(await made.attributes.get('creator'), 'someone');
  assert.equal(await (await store.open('b')).attributes.get('creator'), 'someone');
  assert.deepEqual(await idsOf(again.find()), ['a', 'b']);
  // The store's own record, default, anonymous, someone, a, b.
  assert.equal(countRows(path).Record, 6);
});

test('connect refuses what makes no sense, and leaves no file behind', async (t) => {
  const directory = tempDirectory(t);
  const path = join(directory, 's.sqlite');
  const wrong: [uri: unknown, options: unknown][] = [
    ['', {}],
    [7, {}],
    [path, null],
    [path, { lockStrategi: 1 }],
    [path, { readonly: true }],
    [path, { username: '' }],
    [path, { datasetRecordType: '' }],
    [path, { readOnly: true, deleteAllContents: true }],
    [path, { lockStrategy: 'RFileLock' }],
    [path, { lockStrategy: null }],
    [path, { lockStrategy: { name: 'x' } }],
    [path, { lockStrategy: lockStrategies.RFileLock }],
    ['mysql://u:p@h/d', {}],
    [':memory:', {}],
  ];
  for (const [uri, options] of wrong) await refused('ERR_USAGE', () => connect(uri as string, options as object));
  await refused('ERR_STORE_OPEN', () => connect(path, { readOnly: true }));
  await refused('ERR_STORE_OPEN', () => connect(join(directory, 'nowhere', 's.sqlite')));
  assert.equal(existsSync(path), false);
  const text = join(directory, 'text');
  writeFileSync(
    text,
    'this is no store at all, only some text that is longer than a header of SQLite would be, which is 100 bytes',
  );
  await refused('ERR_STORE_NOT_SQLITE', () => connect(text));
  const empty = join(directory, 'empty');
  writeFileSync(empty, '');
  await refused('ERR_STORE_SCHEMA', () => connect(empty, { readOnly: true }));
});

test('a store that is read only can be read, and every write is refused', async (t) => {
  const { path, store, open, directory } = await newStore(t);
  const ensemble = await store.createEnsemble({ id: 'e', metadata: { x: 1 } });
  await ensemble.create({ id: 'd' });
  const bytes = readFileSync(path);
  const read = await open({ readOnly: true });
  assert.equal(read.readOnly, true);
  const dataset = await read.open('d');
  const group = (await read.open('e')) as Ensemble;
  assert.deepEqual(await idsOf(read.find({ data: { x: 1 }, types: 'dataset' })), ['d']);
  assert.deepEqual(await idsOf(group.members()), ['d']);
  assert.equal((await all(read.relationships())).length, 1);
  assert.equal((await read.export()).records.length, 2);
  const writes: (() => Promise<unknown>)[] = [
    () => read.create(),
    () => read.createEnsemble(),
    () => read.createMany([]),
    () => group.create(),
    () => group.createMany([{}]),
    () => group.add('d'),
    () => group.remove('d'),
    () => dataset.joinEnsemble('e'),
    () => dataset.leaveEnsemble('e'),
    () => dataset.attributes.set('a', 1),
    () => dataset.attributes.update({ a: 1 }),
    () => dataset.attributes.delete('x'),
    () => dataset.update({ a: 1 }),
    () => dataset.clone(),
    () => dataset.associate('u', 'm'),
    () => dataset.dissociate('u'),
    () => dataset.curves.add([1]),
    () => dataset.curves.remove('c'),
    () => read.update('d', { a: 1 }),
    () => read.delete('d'),
    () => read.importDocument({ records: [] }),
    () => read.deleteAllContents(),
  ];
  for (const write of writes) await refusedUnchanged(path, 'ERR_STORE_READ_ONLY', write);
  await read.exportFile(join(directory, 'x.json'));
  assert.deepEqual(readFileSync(path), bytes);
});

test('deleteAllContents leaves a new store, from connect and on an open one', async (t) => {
  const { path, store, open } = await newStore(t);
  const fresh = dumpStore(path);
  const fill = async () => {
    const ensemble = await store.createEnsemble({ id: 'e', metadata: { x: 1 } });
    const dataset = await ensemble.create({ id: 'd', metadata: { l: ['a'] } });
    await dataset.curves.add([1, 2]);
    await dataset.associate('/nowhere', 'txt');
    return dataset;
  };
  const dataset = await fill();
  await store.deleteAllContents();
  assert.deepEqual(dumpStore(path), fresh);
  await refused('ERR_RECORD_NOT_FOUND', () => dataset.attributes.all());
  await fill();
  await open({ deleteAllContents: true });
  assert.deepEqual(dumpStore(path), fresh);
});

test('a store that was emptied has the types of a new one, also for those who have it open', async (t) => {
  const { path, store, open } = await newStore(t);
  const rename = () => {
    const db = new Database(path);
    const change = `replace(raw, '"sources_type":{"value":"file"}', '"sources_type":{"value":"own"}')`;
    db.exec(`UPDATE Record SET raw = ${change} WHERE id = '__kosh_store_info__'`);
    db.close();
  };
  const typeOfFile = async (one: Store) => {
    const id = await one.associate(await one.create(), '/x', 'txt');
    return (await one.open(id)).type;
  };
  rename();
  const other = await open();
  assert.equal(await typeOfFile(other), 'own');
  await other.deleteAllContents();
  assert.equal(await typeOfFile(other), 'file');
  rename();
  assert.equal(await typeOfFile(await open({ deleteAllContents: true })), 'file');
  assert.deepEqual(await all(store.find({ types: 'own' })), []);
});

test('close waits for the calls that have begun; later ones are refused; the strategy stays open', async (t) => {
  const lockStrategy = new lockStrategies.None();
  const { path, store } = await newStore(t, { lockStrategy });
  const dataset = await store.create({ id: 'a' });
  const found = store.find();
  await found.next();
  const begun = Promise.all(Array.from({ length: 20 }, (_, n) => store.create({ id: `b${n}` })));
  await store.close();
  await store.close();
  assert.equal((await begun).length, 20);
  assert.equal(countRows(path).Record, 24);
  await refused('ERR_USAGE', () => store.create());
  await refused('ERR_USAGE', () => dataset.attributes.all());
  await refused('ERR_USAGE', () => store.deleteAllContents());
  await refused('ERR_USAGE', () => all(store.find()));
  await found.return();
  assert.equal(await lockStrategy.run(() => 7), 7);
  let kept: Store | undefined;
  {
    await using other = await connect(path, { lockStrategy });
    kept = other;
    await other.create({ id: 'z' });
  }
  await refused('ERR_USAGE', () => kept.open('z'));
});
