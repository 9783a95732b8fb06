import assert from 'node:assert/strict';
import { allIn, anyIn, dataRange, exists, hasAll, hasAny } from '../../src/records/criteria.js';
import type { Connection, Found, RecordQuery } from '../../src/stores/connection.js';
import { bare, type ConnectionTest, insertAll, relationshipRows, rowsOfRecord } from './connection.js';

const values = (data: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { value }]));

async function fill(connection: Connection): Promise<void> {
  const wave = { independent: { time: { value: [0, 1] } }, dependent: { wave: { value: [5, 6] } } };
  const records = [
    rowsOfRecord('a', 'x', {
      data: values({ num: 1, text: 'red', flag: true, list: [1, 2, 3], words: ['p', 'q'] }),
      files: { '/data/a.h5': {} },
    }),
    rowsOfRecord('b', 'x', { data: values({ num: 2, text: 'green', flag: false, list: [3, 9], words: ['q', 'r'] }) }),
    rowsOfRecord('c', 'y', { data: values({ num: 3, text: 'blue' }), curve_sets: { set: wave } }),
    rowsOfRecord('d', 'z', { data: values({ nothing: null, none: [] }), files: { '/data/d.txt': {} } }),
  ];
  const relationships = relationshipRows(['a', 'p', 'd'], ['b', 'q', 'd'], ['c', 'p', 'a']);
  await connection.transaction((tx) => insertAll(tx, ...records, relationships));
}

const numbers = (min: number | undefined, max: number | undefined, more = {}) => dataRange({ min, max, ...more });

/** What is looked for -> who is found. */
const queries: readonly (readonly [title: string, query: RecordQuery, ids: string])[] = [
  ['everything', {}, 'a b c d'],
  ['a number', { data: { num: 2 } }, 'b'],
  ['a text', { data: { text: 'red' } }, 'a'],
  ['a text in capitals', { data: { text: 'RED' } }, ''],
  ['a boolean', { data: { flag: true } }, 'a'],
  ['a boolean as a number', { data: { flag: 0 } }, 'b'],
  ['two attributes', { data: { num: 1, text: 'red' } }, 'a'],
  ['two attributes of different records', { data: { num: 1, text: 'green' } }, ''],
  ['a name of SQL', { data: { 'x" OR "1"="1': 1 } }, ''],
  ['exists: a number', { data: { num: exists() } }, 'a b c'],
  ['exists: a list of texts', { data: { words: exists() } }, 'a b'],
  ['exists: a curve', { data: { wave: exists() } }, 'c'],
  ['exists: null is not there', { data: { nothing: exists() } }, ''],
  ['a range', { data: { num: numbers(1, 3) } }, 'a b'],
  ['a range that ends with its end', { data: { num: numbers(1, 3, { minInclusive: false, maxInclusive: true }) } }, 'b c'],
  ['a range without an end', { data: { num: numbers(2, undefined) } }, 'b c'],
  ['a range without a beginning', { data: { num: numbers(undefined, 2) } }, 'a'],
  ['a range of texts', { data: { text: dataRange({ min: 'blue', max: 'green' }) } }, 'c'],
  ['a range of texts to its end', { data: { text: dataRange({ max: 'green', maxInclusive: true }) } }, 'b c'],
  ['all in', { data: { list: allIn({ min: 0, max: 4 }) } }, 'a'],
  ['all in: a curve', { data: { wave: allIn({ min: 5, max: 6, maxInclusive: true }) } }, 'c'],
  ['any in', { data: { list: anyIn({ min: 3, max: 3, maxInclusive: true }) } }, 'a b'],
  ['any in: above', { data: { list: anyIn({ min: 4 }) } }, 'b'],
  ['has all', { data: { words: hasAll('p', 'q') } }, 'a'],
  ['has any', { data: { words: hasAny('p', 'r') } }, 'a b'],
  ['types', { types: { in: ['y', 'z'] } }, 'c d'],
  ['no types', { types: { in: [] } }, ''],
  ['other types', { types: { notIn: ['x', 'gone'] } }, 'c d'],
  ['other than no types', { types: { notIn: [] } }, 'a b c d'],
  ['ids', { ids: ['c', 'gone', 'a', 'a'] }, 'a c'],
  ['no ids', { ids: [] }, ''],
  ['a file', { fileUri: '/data/a.h5' }, 'a'],
  ['a file by a part of its uri', { fileUri: '/data/%' }, 'a d'],
  ['a file by the end of its uri alone', { fileUri: 'a.h5' }, ''],
  ['subject of', { subjectOf: { predicate: 'p', object: 'd' } }, 'a'],
  [
    'all at once',
    {
      data: { num: exists(), words: hasAny('q') },
      types: { in: ['x'] },
      ids: ['a', 'b', 'c'],
      fileUri: '%h5',
      subjectOf: { predicate: 'p', object: 'd' },
    },
    'a',
  ],
];

/** What is found. */
export function describeFind(test: ConnectionTest): void {
  test('finds what a query says, by id', async (connection) => {
    await fill(connection);
    for (const [title, query, expected] of queries) {
      const found = await connection.read((reader) => reader.find(query));
      const records = await found.page(0, 10);
      assert.equal(records.map(({ id }) => id).join(' '), expected, title);
      assert.equal(found.count, records.length, title);
      const types = new Map(Object.entries({ a: 'x', b: 'x', c: 'y', d: 'z' }));
      for (const { id, type } of records) assert.equal(type, types.get(id), title);
      await found.close();
    }
  });

  test('what was found is given page by page, as it was, after the transaction and whatever is written since', async (connection) => {
    await fill(connection);
    const one = await connection.read((reader) => reader.find({}));
    const two = await connection.read((reader) => reader.find({ types: { in: ['x'] } }));
    const ids = async (found: Found, from: number, limit: number) => (await found.page(from, limit)).map(({ id }) => id);
    assert.deepEqual(await ids(one, 0, 3), ['a', 'b', 'c']);
    await connection.transaction(async (tx) => {
      await tx.deleteAll();
      await tx.insert('record', bare('aa'));
    });
    assert.deepEqual(await ids(one, 3, 3), ['d']);
    assert.deepEqual(await ids(one, 1, 2), ['b', 'c']);
    assert.deepEqual(await ids(one, 4, 3), []);
    assert.equal(one.count, 4);
    await one.close();
    assert.deepEqual(await ids(two, 0, 9), ['a', 'b']);
    await two.close();
  });

  test('found inside of a transaction: with what it has written; one that is rolled back can be closed, and looked for again', async (connection) => {
    await fill(connection);
    const count = async () => {
      const found = await connection.read((reader) => reader.find({}));
      await found.close();
      return found.count;
    };
    let found: Found | undefined;
    const failure = new Error('no');
    const failing = connection.transaction(async (tx) => {
      await tx.insert('record', bare('new'));
      found = await tx.find({ ids: ['new', 'a'] });
      assert.deepEqual(await found.page(0, 9), [
        { id: 'a', type: 'x' },
        { id: 'new', type: 't' },
      ]);
      throw failure;
    });
    await assert.rejects(failing, (error) => error === failure);
    await found?.close();
    assert.equal(await count(), 4);
    const kept = await connection.transaction((tx) => tx.find({ ids: ['b'] }));
    assert.deepEqual(await kept.page(0, 9), [{ id: 'b', type: 'x' }]);
    await kept.close();
    assert.equal(await count(), 4);
  });

  test('a reader for reading alone finds, too', async (connection, store) => {
    await fill(connection);
    const found = await (await store.open({ readOnly: true })).read((reader) => reader.find({ data: { num: 3 } }));
    assert.deepEqual(await found.page(0, 9), [{ id: 'c', type: 'y' }]);
    await found.close();
  });
}
