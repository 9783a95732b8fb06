import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { allIn, type CurveOptions, type StoredCurve } from '../src/index.js';
import { countRows, dumpStore } from './support/dump.js';
import { all, idsOf, newStore, refused, refusedUnchanged } from './support/kosh.js';

const shown = ({ curveSet, curveName, independent, value }: StoredCurve) =>
  `${curveSet}/${curveName}${independent ? '*' : ''} ${value.join(' ')}`;

test('curves are added with the names that Kosh gives them, listed and found', async (t) => {
  const { path, store } = await newStore(t);
  const dataset = await store.create({ id: 'd' });
  const { curves } = dataset;
  assert.deepEqual(await curves.list(), []);
  assert.equal(await curves.add([1, 2]), 'curve_set_0/curve_0');
  assert.equal(await curves.add([3, -0, 1.5], { units: 'm', tags: ['t'] }), 'curve_set_0/curve_1');
  assert.equal(await curves.add([5], { curveSet: 'curve_set_1', curveName: 'x', independent: false }), 'curve_set_1/x');
  // The last numbered set; its first curve that is not told otherwise is the independent one.
  assert.equal(await curves.add(new Float64Array([7, 8]) as never), 'curve_set_1/curve_0');
  assert.equal(await curves.add([9], { curveSet: 'own', independent: true }), 'own/curve_0');
  assert.equal(await curves.add([10], { curveSet: 'own', curveName: 'z', independent: true }), 'own/z');
  const list = await curves.list();
  assert.deepEqual(list.map(shown), [
    'curve_set_0/curve_0* 1 2',
    'curve_set_0/curve_1 3 0 1.5',
    'curve_set_1/curve_0* 7 8',
    'curve_set_1/x 5',
    'own/curve_0* 9',
    'own/z* 10',
  ]);
  assert.deepEqual([list[1]?.units, list[1]?.tags, Object.is(list[1]?.value[1], -0)], ['m', ['t'], true]);
  assert.deepEqual(await idsOf(store.find({ data: { x: allIn({ min: 5, max: 6 }) } })), ['d']);
  assert.equal(countRows(path).CurveSetMeta, 3);
  await dataset.attributes.set('a', 1);
  assert.equal((await curves.list()).length, 6);
  const group = await store.createEnsemble();
  assert.equal(await group.curves.add([1]), 'curve_set_0/curve_0');
});

test('a curve is removed by either name, a set by its own or with its last curve', async (t) => {
  const { path, store } = await newStore(t);
  const { curves } = await store.create({ id: 'd' });
  const empty = dumpStore(path).filter((line) => !line.includes('"table":"Record"'));
  for (const curveSet of ['a', 'b', 'c', 'a/b']) {
    await curves.add([1], { curveSet, curveName: 'x' });
    await curves.add([2], { curveSet, curveName: 'y' });
  }
  const names = async () => (await curves.list()).map(({ curveSet, curveName }) => `${curveSet}/${curveName}`);
  await curves.remove('a/x');
  await curves.remove('y', { curveSet: 'b' });
  await curves.remove('c');
  assert.deepEqual(await names(), ['a/y', 'b/x', 'a/b/x', 'a/b/y']);
  await curves.add([3], { curveSet: 'a', curveName: 'b' });
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.remove('a/b'));
  await curves.remove('b', { curveSet: 'a' });
  await curves.remove('a/b');
  await curves.remove('a/y');
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.remove('a'));
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.remove('x'));
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.remove('y', { curveSet: 'b' }));
  await refusedUnchanged(path, 'ERR_USAGE', () => curves.remove(''));
  await refusedUnchanged(path, 'ERR_USAGE', () => curves.remove('x', { set: 'b' } as never));
  await refusedUnchanged(path, 'ERR_USAGE', () => curves.remove('x', { curveSet: 7 as never }));
  await curves.remove('b/x');
  assert.deepEqual(await curves.list(), []);
  const left = dumpStore(path).filter((line) => !line.includes('"table":"Record"'));
  assert.deepEqual(left, empty);
});

test('what is no curve is refused, and has changed nothing', async (t) => {
  const { path, store } = await newStore(t);
  const dataset = await store.create({ id: 'd', metadata: { text: 'x' } });
  const { curves } = dataset;
  await curves.add([1], { curveName: 'x', units: 'm' });
  const values: unknown[] = [undefined, 7, 'abc', [], ['1'], [1, Number.NaN], [Number.POSITIVE_INFINITY], [null], {}];
  for (const value of values) await refusedUnchanged(path, 'ERR_USAGE', () => curves.add(value as number[]));
  const options: unknown[] = [{ name: 'x' }, { curveSet: '' }, { curveName: 7 }, { units: 7 }, { tags: 't' }, { tags: [7] }];
  for (const option of options) await refusedUnchanged(path, 'ERR_USAGE', () => curves.add([1], option as CurveOptions));
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.add([1], { curveName: 'x' }));
  await refusedUnchanged(path, 'ERR_CURVE', () => curves.add([1], { curveName: 'x', independent: false }));
  await refusedUnchanged(path, 'ERR_RECORD', () => curves.add([1], { curveName: 'text' }));
  await refusedUnchanged(path, 'ERR_RECORD', () => curves.add([1], { curveSet: 'o', curveName: 'x', units: 's' }));
  await store.delete(dataset);
  await refused('ERR_RECORD_NOT_FOUND', () => curves.list());
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => curves.add([1]));
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => curves.remove('x'));
  const [user] = await all(store.find({ types: 'user', idsOnly: true }));
  await refusedUnchanged(path, 'ERR_USAGE', async () => (await store.open(user ?? '')).curves.add([1]));
});

test('a clone has the attributes, curves and files, and as much of the ensembles as is asked for', async (t) => {
  const { path, store, open, directory } = await newStore(t);
  const file = join(directory, 'f.txt');
  writeFileSync(file, 'text');
  const ensemble = await store.createEnsemble({ id: 'e', name: 'group', metadata: { shared: 's' } });
  const dataset = await ensemble.create({ id: 'd', metadata: { own: 1, l: [1, 2] }, name: 'n', sinaType: 'mine' });
  await dataset.curves.add([1, 2], { curveName: 'x' });
  const fileId = await dataset.associate(file, 'txt', { metadata: { note: 1 } });
  const original = dumpStore(path).filter((line) => line.includes('"id":"d"'));
  const other = await open({ username: 'other' });
  const cases = [
    [undefined, true, []],
    [false, true, []],
    [true, true, ['e']],
    [-1, false, []],
  ] as const;
  for (const [preserveEnsemblesMemberships, hasShared, groups] of cases) {
    const clone = await (await other.open('d')).clone({ preserveEnsemblesMemberships });
    assert.match(clone.id, /^[0-9a-f]{32}$/);
    assert.equal(clone.type, 'mine');
    const expected = { own: 1, l: [1, 2], name: 'n', creator: 'other', id: clone.id };
    assert.deepEqual(await clone.attributes.all(), hasShared ? { ...expected, shared: 's' } : expected);
    assert.deepEqual(await clone.curves.list(), await dataset.curves.list());
    assert.deepEqual(
      (await clone.files()).map(({ uri, id, mimeType, attributes }) => [uri, id, mimeType, attributes.note]),
      [[file, fileId, 'txt', 1]],
    );
    assert.deepEqual(
      (await clone.ensembles()).map(({ id }) => id),
      groups,
    );
    const users = (await clone.files())[0]?.attributes.associated as string[];
    assert.ok(users.includes(clone.id));
    await store.delete(clone);
  }
  assert.deepEqual((await dataset.files())[0]?.attributes.associated, ['d']);
  assert.deepEqual(
    dumpStore(path).filter((line) => line.includes('"id":"d"')),
    original,
  );
  await refusedUnchanged(path, 'ERR_ENSEMBLE', () => ensemble.clone());
  await refusedUnchanged(path, 'ERR_USAGE', () => dataset.clone({ preserveEnsemblesMemberships: 1 as never }));
  await refusedUnchanged(path, 'ERR_USAGE', () => dataset.clone({ preserveMemberships: true } as never));
  await refusedUnchanged(path, 'ERR_USAGE', async () => (await store.open(fileId)).clone());
  await store.delete('d');
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => dataset.clone());
});
