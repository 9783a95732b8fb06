import assert from 'node:assert/strict';
import test from 'node:test';
import { allIn, anyIn, type Criterion, dataRange, exists, type FindQuery, hasAll, hasAny } from '../src/index.js';
import { dumpStore } from './support/dump.js';
import { all, idsOf, newStore, refused } from './support/kosh.js';

const many = 1203;
const numbered = (n: number) => `d${String(n).padStart(4, '0')}`;

test('the criteria of attributes', async (t) => {
  const { store } = await newStore(t);
  await store.createMany([
    { id: 'a', metadata: { n: 1, s: 'x', b: true, l: [1, 5], w: ['p', 'q'] } },
    { id: 'b', metadata: { n: 2.5, s: 'y', b: false, l: [4, 9], w: ['q'] } },
    { id: 'c', metadata: { n: 4, s: 'z', none: null, l: [10], w: ['r', 'p', 'q'] } },
    { id: 'd', metadata: { n: '1', l: [] } },
  ]);
  await (await store.open('d')).curves.add([6, 7], { curveName: 'l' });
  const cases: [data: Record<string, Criterion>, ids: string][] = [
    [{ n: 1 }, 'a'],
    [{ n: '1' }, 'd'],
    [{ n: 7 }, ''],
    [{ s: 'y' }, 'b'],
    [{ b: true }, 'a'],
    [{ b: 0 }, 'b'],
    [{ n: exists() }, 'abcd'],
    [{ none: exists() }, ''],
    [{ l: exists() }, 'abcd'],
    [{ w: exists() }, 'abc'],
    [{ n: dataRange({ min: 1, max: 4 }) }, 'ab'],
    [{ n: dataRange({ min: 1, max: 4, minInclusive: false }) }, 'b'],
    [{ n: dataRange({ min: 1, max: 4, maxInclusive: true }) }, 'abc'],
    [{ n: dataRange({ min: 4, max: 4, maxInclusive: true }) }, 'c'],
    [{ n: dataRange({ max: 2.5 }) }, 'a'],
    [{ n: dataRange({ min: 2.5 }) }, 'bc'],
    [{ n: dataRange({ min: '0' }) }, 'd'],
    [{ s: dataRange({ min: 'x', max: 'z' }) }, 'ab'],
    [{ l: allIn({ min: 1, max: 9 }) }, 'ad'],
    [{ l: allIn({ min: 1, max: 9, maxInclusive: true }) }, 'abd'],
    [{ l: anyIn({ min: 5, max: 6 }) }, 'ab'],
    [{ l: anyIn({ min: 7 }) }, 'bcd'],
    [{ l: anyIn({ max: 4 }) }, 'a'],
    [{ w: hasAll('p', 'q') }, 'ac'],
    [{ w: hasAny('p', 'r') }, 'ac'],
    [{ w: hasAny('q') }, 'abc'],
    [{ n: exists(), s: 'x' }, 'a'],
    [{ n: 1, s: 'y' }, ''],
    [{}, 'abcd'],
  ];
  for (const [data, ids] of cases) assert.equal((await idsOf(store.find({ data }))).join(''), ids, JSON.stringify(data));
});

test('types, ids, files and ensembles', async (t) => {
  const { store } = await newStore(t);
  const ensemble = await store.createEnsemble({ id: 'e', metadata: { g: 1 } });
  await ensemble.createMany([{ id: 'a' }, { id: 'b', sinaType: 'run2' }]);
  await store.create({ id: 'c', metadata: { g: 1 } });
  const fileId = await store.associate('a', '/data/one_%.txt', 'txt');
  await store.associate('b', '/data/two.txt', 'txt');
  const cases: [query: FindQuery, ids: string[]][] = [
    [{}, ['a', 'b', 'c']],
    [{ types: 'run2' }, ['b']],
    [{ types: ['run2', 'kosh_ensemble'] }, ['b', 'e']],
    [{ types: { not: 'dataset' }, data: { g: 1 } }, ['b', 'e']],
    [{ types: { not: ['dataset', 'kosh_ensemble'] }, data: { g: exists() } }, ['b']],
    [{ types: [] }, []],
    [{ types: 'file', data: { uri: '/data/one_%.txt' } }, [fileId]],
    [{ idPool: ['c', 'e', 'nope', 'c'] }, ['c', 'e']],
    [{ idPool: 'a' }, ['a']],
    [{ idPool: [] }, []],
    [{ idPool: ['a', 'e'], types: 'dataset' }, ['a']],
    [{ fileUri: '/data/two.txt' }, ['b']],
    [{ fileUri: '/data/%' }, ['a', 'b']],
    [{ fileUri: '%two%' }, ['b']],
    [{ fileUri: '/data' }, []],
    [{ fileUri: '/data/%', data: { g: 1 }, types: 'dataset', idPool: ['a', 'b', 'c'] }, ['a']],
  ];
  for (const [query, ids] of cases) {
    assert.deepEqual(await idsOf(store.find(query)), ids, JSON.stringify(query));
    assert.deepEqual(await all(store.find({ ...query, idsOnly: true })), ids, JSON.stringify(query));
  }
  assert.deepEqual(await idsOf(store.findEnsembles()), ['e']);
  assert.deepEqual(await all(store.findEnsembles({ data: { g: 2 }, idsOnly: true })), []);
  assert.deepEqual(await idsOf(ensemble.members()), ['a', 'b']);
  assert.deepEqual(await all(ensemble.memberIds()), ['a', 'b']);
  assert.deepEqual(await idsOf(ensemble.findDatasets({ types: 'dataset' })), ['a']);
  assert.deepEqual(await all(ensemble.findDatasets({ idPool: ['b', 'c'], idsOnly: true })), ['b']);
  assert.deepEqual(await idsOf(ensemble.findDatasets({ data: { g: 1 } })), ['a', 'b']);
  for await (const found of store.find({ idPool: 'b' })) assert.equal(found.type, 'run2');
});

test('a query or a criterion that makes no sense is refused', async (t) => {
  const { store } = await newStore(t);
  const ensemble = await store.createEnsemble();
  const queries: unknown[] = [
    { type: 'dataset' },
    { data: { x: null } },
    { data: { x: Number.NaN } },
    { data: { x: [1] } },
    { data: { x: { min: 1 } } },
    { types: 7 },
    { types: [7] },
    { types: { no: 'x' } },
    { types: { not: 7 } },
    { idPool: 7 },
    { idPool: [7] },
    { fileUri: 7 },
    { data: 'x' },
    { types: null },
    7,
  ];
  for (const query of queries) {
    await refused('ERR_USAGE', () => all(store.find(query as FindQuery)));
    await refused('ERR_USAGE', () => all(ensemble.findDatasets(query as FindQuery)));
  }
  const criteria: (() => unknown)[] = [
    () => dataRange({}),
    () => dataRange({ min: 1, max: 'x' }),
    () => dataRange({ min: 2, max: 1 }),
    () => dataRange({ min: 1, max: 1 }),
    () => dataRange({ min: Number.NaN }),
    () => allIn({ min: 'a' }),
    () => anyIn({ max: 'a' }),
    () => hasAll(),
    () => hasAny(),
    () => hasAny(1 as never),
  ];
  for (const make of criteria) await refused('ERR_USAGE', async () => make());
});

test('what is found is what was there at first, while the body of the loop writes, deletes and looks', async (t) => {
  const { store, open } = await newStore(t);
  const other = await open();
  await store.createMany(Array.from({ length: many }, (_, n) => ({ id: numbered(n), metadata: { n } })));
  const seen: string[] = [];
  for await (const dataset of store.find()) {
    const n = seen.push(dataset.id) - 1;
    if (n % 100 === 0) {
      await store.create({ id: `${dataset.id}+` });
      await dataset.attributes.set('seen', true);
      const [found] = await idsOf(store.find({ data: { n } }));
      assert.equal(found, dataset.id);
      await other.delete(numbered(many - 1 - n));
    }
  }
  assert.deepEqual(
    seen,
    Array.from({ length: many }, (_, n) => numbered(n)),
  );
  assert.equal((await all(store.find({ data: { seen: true } }))).length, 13);
});

test('a search that is left early, or aborted between pages, leaves nothing open', async (t) => {
  const { path, store } = await newStore(t);
  await store.createMany(Array.from({ length: many }, (_, n) => ({ id: numbered(n) })));
  const before = dumpStore(path);
  for await (const { id } of store.find()) {
    assert.equal(id, numbered(0));
    break;
  }
  const controller = new AbortController();
  const reason = new Error('enough');
  let count = 0;
  await assert.rejects(async () => {
    for await (const _ of store.find({ idsOnly: true }, { signal: controller.signal }))
      if (++count === 1) controller.abort(reason);
  }, reason);
  assert.equal(count, 500);
  await assert.rejects(async () => {
    for await (const _ of store.find({ idsOnly: true })) throw reason;
  }, reason);
  const two = [store.find({ idsOnly: true }), store.find({ idsOnly: true })];
  for (let n = 0; n < many; n++) for (const ids of two) assert.equal((await ids.next()).value, numbered(n));
  assert.deepEqual(dumpStore(path), before);
});

test('relationships, in pages', async (t) => {
  const { store } = await newStore(t);
  const [one, two] = [await store.createEnsemble({ id: 'one' }), await store.createEnsemble({ id: 'two' })];
  await one.createMany(Array.from({ length: many }, (_, n) => ({ id: numbered(n) })));
  for (const n of [0, 700]) await two.add(numbered(n));
  const predicate = 'is a member of ensemble';
  const found = await all(store.relationships());
  assert.equal(found.length, many + 2);
  assert.deepEqual(found.slice(0, 2), [
    { subject: numbered(0), predicate, object: 'one' },
    { subject: numbered(0), predicate, object: 'two' },
  ]);
  const subjects = (list: { subject: string }[]) => list.map(({ subject }) => subject);
  const ids = Array.from({ length: many }, (_, n) => numbered(n));
  assert.deepEqual(subjects(await all(store.relationships({ object: 'one', predicate }))), ids);
  assert.deepEqual(subjects(await all(store.relationships({ subject: [numbered(700), 'x'] }))), [numbered(700), numbered(700)]);
  assert.deepEqual(subjects(await all(store.relationships({ object: 'two', subject: numbered(0) }))), [numbered(0)]);
  assert.deepEqual(await all(store.relationships({ predicate: 'other' })), []);
  await refused('ERR_USAGE', () => all(store.relationships({ objects: 'one' } as never)));
  // Each page is read as it is asked for.
  let seen = 0;
  for await (const { subject } of store.relationships({ object: 'one' })) {
    if (seen++ % 250 === 0) await one.remove(subject);
  }
  assert.equal(seen, many);
  assert.equal((await all(one.memberIds())).length, many - 5);
});
