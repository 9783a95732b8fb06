import assert from 'node:assert/strict';
import test from 'node:test';
import { Dataset, Ensemble, exists, type Metadata, type NewRecord } from '../src/index.js';
import { countRows, dumpStore } from './support/dump.js';
import { all, idsOf, newStore, type refused, refusedUnchanged } from './support/kosh.js';

const many = 1203;

test('records are created with their attributes in order, and opened as what they are', async (t) => {
  const { store } = await newStore(t);
  const metadata = { 10: 'ten', z: [1, true], a: null, __proto__x: 'p', id: 'passed over', creator: 'passed over' };
  const dataset = await store.create({ id: 'd', name: 'n', metadata });
  assert.deepEqual(await dataset.attributes.all(), {
    10: 'ten',
    z: [1, true],
    a: null,
    __proto__x: 'p',
    creator: 'default',
    name: 'n',
    id: 'd',
  });
  assert.deepEqual(await dataset.attributes.list(), ['10', '__proto__x', 'a', 'creator', 'id', 'name', 'z']);
  const proto = await store.create({ metadata: JSON.parse('{"__proto__": 1}') as Metadata });
  assert.equal(await proto.attributes.get('__proto__'), 1);
  assert.equal(await proto.attributes.get('toString'), undefined);
  await proto.attributes.set('__proto__', 2);
  assert.equal(await proto.attributes.get('__proto__'), 2);
  assert.equal(await (await store.create({ name: 'n', metadata: { name: 'wins' } })).attributes.get('name'), 'wins');
  const ensemble = await store.createEnsemble({ id: 'e', name: 'group' });
  assert.ok(ensemble instanceof Ensemble);
  assert.ok((await store.create({ sinaType: 'kosh_ensemble' })) instanceof Ensemble);
  assert.ok((await store.open('e')) instanceof Ensemble);
  const opened = await store.open('d');
  assert.ok(opened instanceof Dataset && !(opened instanceof Ensemble));
  assert.equal((await store.create({ sinaType: 'mine' })).type, 'mine');
});

test('createMany creates all or none', async (t) => {
  const { path, store } = await newStore(t);
  const made = await store.createMany(Array.from({ length: many }, (_, n) => ({ id: `d${n}`, metadata: { n } })));
  assert.equal(made.length, many);
  assert.equal(made[7]?.id, 'd7');
  const ensemble = await store.createEnsemble({ id: 'e', metadata: { x: 1 } });
  const members = await ensemble.createMany(new Set([{ id: 'm1' }, { id: 'm2', metadata: { x: 1 } }, {}]));
  assert.deepEqual((await all(ensemble.memberIds())).sort(), members.map(({ id }) => id).sort());
  assert.deepEqual(await store.createMany([]), []);
  const wrong: [code: Parameters<typeof refused>[0], record: unknown][] = [
    ['ERR_RECORD_EXISTS', { id: 'd3' }],
    ['ERR_RECORD_EXISTS', { id: 'new' }],
    ['ERR_RECORD_EXISTS', { id: 'e' }],
    ['ERR_RECORD', { metadata: { x: Number.NaN } }],
    ['ERR_RECORD', { metadata: { schema: 1 } }],
    ['ERR_RECORD', { metadata: { x: '\ud800' } }],
    ['ERR_USAGE', { ID: 'x' }],
    ['ERR_USAGE', { id: '' }],
    ['ERR_USAGE', { id: 7 }],
    ['ERR_USAGE', { name: 7 }],
    ['ERR_USAGE', { metadata: [1] }],
    ['ERR_USAGE', { metadata: null }],
    ['ERR_USAGE', { sinaType: '' }],
    ['ERR_USAGE', { sinaType: 'user' }],
    ['ERR_USAGE', { sinaType: 'file' }],
    ['ERR_USAGE', 'x'],
    ['ERR_USAGE', null],
  ];
  for (const [code, record] of wrong) {
    const list = [{ id: 'new' }, record] as NewRecord[];
    await refusedUnchanged(path, code, () => store.createMany(list));
    await refusedUnchanged(path, code, () => ensemble.createMany(list));
    if (code === 'ERR_USAGE') await refusedUnchanged(path, code, () => store.create(record as NewRecord));
  }
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => ensemble.createMany([{ id: 'new' }, { metadata: { x: 2 } }]));
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => ensemble.createMany([{ id: 'new' }, { sinaType: 'kosh_ensemble' }]));
});

test('attributes are read, set and deleted', async (t) => {
  const { path, store, open } = await newStore(t);
  const dataset = await store.create({ id: 'd', metadata: { a: 1, l: ['x', 'y'] } });
  const other = await (await open()).open('d');
  await dataset.attributes.set('a', [1, 2]);
  await other.attributes.set('b', 'new');
  await dataset.attributes.set('l', 7);
  assert.deepEqual(await dataset.attributes.get('a'), [1, 2]);
  assert.equal(await dataset.attributes.get('none'), undefined);
  assert.equal(await dataset.attributes.get('id'), 'd');
  assert.deepEqual(await other.attributes.all(), {
    a: [1, 2],
    l: 7,
    creator: 'default',
    name: 'Unnamed Dataset',
    b: 'new',
    id: 'd',
  });
  assert.equal(countRows(path).ListStringDataEntry, 6);
  await dataset.update({ c: true, d: null, id: 'passed over' });
  await store.update('d', (attributes) => ({ ...attributes, e: `${String(attributes.creator)} ${String(attributes.b)}` }));
  await store.update(dataset, {});
  assert.equal(await dataset.attributes.get('e'), 'default new');
  assert.deepEqual([await dataset.attributes.delete('e'), await dataset.attributes.delete('e')], [true, false]);
  assert.deepEqual(await idsOf(store.find({ data: { e: exists() } })), []);
  assert.deepEqual(await dataset.attributes.list(), ['a', 'b', 'c', 'creator', 'd', 'id', 'l', 'name']);

  const { attributes } = dataset;
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.set('id', 'x'));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.set('_associated_data_', 'x'));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.set(7 as never, 'x'));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.update(null as never));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.update([1] as never));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.delete(null as never));
  await attributes.set('', 1);
  assert.equal(await attributes.delete(''), true);
  await refusedUnchanged(path, 'ERR_USAGE', () => store.update('', { a: 1 }));
  assert.match((await refusedUnchanged(path, 'ERR_RECORD', () => attributes.set('bad', {} as never))).message, /"bad"/);
  await refusedUnchanged(path, 'ERR_RECORD', () => attributes.set('x', undefined as never));
  await refusedUnchanged(path, 'ERR_RECORD', () => attributes.update({ good: 1, bad: [1, 'x'] as never }));
  await refusedUnchanged(path, 'ERR_RECORD', () => attributes.update(() => ({ good: 1, bad: Number.NaN })));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.update((async () => ({ good: 1 })) as never));
  await refusedUnchanged(path, 'ERR_USAGE', () => attributes.update((() => 7) as never));
  const failure = new Error('of the function');
  const before = dumpStore(path);
  await assert.rejects(
    attributes.update(() => {
      throw failure;
    }),
    failure,
  );
  assert.deepEqual(dumpStore(path), before);
  await store.delete('d');
  const gone: (() => Promise<unknown>)[] = [
    () => attributes.get('a'),
    () => attributes.all(),
    () => attributes.list(),
    () => attributes.set('a', 1),
    () => attributes.update({}),
    () => attributes.delete('a'),
    () => store.delete(dataset),
    () => store.delete('d'),
    () => store.update('d', { a: 1 }),
  ];
  for (const call of gone) await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', call);
});

test('what Kosh keeps for itself is not changed by hand', async (t) => {
  const { path, store } = await newStore(t);
  const users = await all(store.find({ types: 'user', idsOnly: true }));
  for (const id of ['__kosh_store_info__', ...users]) {
    await refusedUnchanged(path, 'ERR_USAGE', () => store.update(id, { a: 1 }));
    await refusedUnchanged(path, 'ERR_USAGE', () => store.delete(id));
    await refusedUnchanged(path, 'ERR_USAGE', async () => (await store.open(id)).attributes.delete('username'));
  }
});

test('an attribute of an ensemble reaches all its members, and no other ensemble of one may have it', async (t) => {
  const { path, store } = await newStore(t);
  const ensemble = await store.createEnsemble({ id: 'e', metadata: { x: 1, y: 2 } });
  await ensemble.createMany(Array.from({ length: many }, (_, n) => ({ id: `d${n}`, metadata: { n } })));
  await store.create({ id: 'outside' });
  await ensemble.update({ x: 'all', name: 'own', creator: 'own' });
  assert.equal((await all(store.find({ data: { x: 'all' } }))).length, many);
  assert.deepEqual(await all(store.find({ data: { name: 'own' }, idsOnly: true })), []);
  assert.deepEqual((await ensemble.attributes.all()).x, 'all');
  const last = await store.open(`d${many - 1}`);
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => last.attributes.set('x', 1));
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => last.attributes.delete('x'));
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => last.update({ n: 0, y: 3 }));
  await last.attributes.set('x', 'all');
  await last.attributes.set('name', 'mine');
  const second = await store.createEnsemble({ id: 'e2', metadata: { z: 1 } });
  // The member on the last page stands in the way.
  await second.add('d999');
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => ensemble.update({ w: 1, z: 1 }));
  assert.equal(await ensemble.attributes.delete('y'), true);
  assert.equal(await last.attributes.get('y'), 2);
  await last.attributes.set('y', 'free');
});

test('members join and leave', async (t) => {
  const { path, store } = await newStore(t);
  const ensemble = await store.createEnsemble({ id: 'e', name: 'group', metadata: { x: 1 } });
  const dataset = await store.create({ id: 'd', metadata: { x: 1, own: 2 } });
  assert.equal(await dataset.isMemberOf('e'), false);
  assert.equal(await dataset.joinEnsemble(ensemble), true);
  const joined = dumpStore(path);
  assert.deepEqual(
    [await dataset.joinEnsemble('e'), await ensemble.add('d'), await ensemble.add(dataset)],
    [false, false, false],
  );
  assert.deepEqual(dumpStore(path), joined);
  assert.equal(await dataset.isMemberOf(ensemble), true);
  assert.deepEqual(
    (await dataset.ensembles()).map((one) => [one.id, one instanceof Ensemble]),
    [['e', true]],
  );
  assert.equal(await dataset.attributes.get('name'), 'Unnamed Dataset');
  assert.deepEqual([await dataset.leaveEnsemble('e'), await ensemble.remove('d')], [true, false]);
  assert.equal(await dataset.attributes.get('x'), 1);
  await dataset.attributes.set('x', 2);
  await refusedUnchanged(path, 'ERR_ENSEMBLE_ATTRIBUTE', () => ensemble.add(dataset));
  await store.createEnsemble({ id: 'e2' });
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => ensemble.add('e2'));
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => ensemble.add('e'));
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => dataset.joinEnsemble('d'));
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => dataset.leaveEnsemble('d'));
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => dataset.joinEnsemble('no'));
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => ensemble.add('no'));
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => ensemble.remove('no'));
  await refusedUnchanged(path, 'ERR_USAGE', () => ensemble.add('__kosh_store_info__'));
  await refusedUnchanged(path, 'ERR_USAGE', () => ensemble.add(7 as never));
  const member = await ensemble.create({ id: 'm' });
  await store.delete(ensemble);
  assert.deepEqual(await all(store.relationships()), []);
  assert.equal(await member.attributes.get('x'), 1);
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => ensemble.create());
  assert.deepEqual(await idsOf(ensemble.members()), []);
});
