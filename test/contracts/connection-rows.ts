import assert from 'node:assert/strict';
import { rowsOfTable } from '../../src/records/compare-rows.js';
import { mergeRows } from '../../src/records/merge-rows.js';
import { inserts } from '../../src/records/types.js';
import { type RelationshipPattern, RowConflict, type Transaction } from '../../src/stores/connection.js';
import { tables } from '../../src/stores/schema.js';
import {
  bare,
  type ConnectionTest,
  type EngineUnderTest,
  idsIn,
  insertAll,
  newStore,
  relationshipRows,
  rowsOfRecord,
} from './connection.js';

/** Ids that an engine could take for one another, or for its own language, in order. */
const hostileIds = ['', ' ', '"', "'); DROP TABLE Record; --", '%', 'A', 'Z', '\\', '_', 'a', 'a ', 'e', 'é', 'ä', '日本', '😀'];

const full = (id: string, n: number) =>
  rowsOfRecord(id, `type ${n}`, {
    data: {
      num: { value: n, units: 'm', tags: ['t'] },
      plain: { value: n },
      text: { value: `text ${n}`, units: 'cm' },
      short: { value: 's' },
      list: { value: [n, 2], tags: ['u'] },
      words: { value: ['one', `two ${n}`] },
      [`only ${n}`]: { value: n },
    },
    curve_sets: { set: { independent: { time: { value: [0, n] } }, dependent: { wave: { value: [n] } } } },
    files: { [`/data/${n}`]: { mimetype: 'text/plain' }, '/both': {} },
  });

/** What is read and what is written. */
export function describeRows(test: ConnectionTest, engine: EngineUnderTest): void {
  test('knows a store without tables', async (connection, _, t) => {
    assert.equal(await connection.schema(), 'sina');
    const other = await (await engine.create(t)).open();
    t.after(() => other.close());
    assert.equal(await other.schema(), 'none');
  });

  test('reads records by id: those that are there, letter for letter', async (connection) => {
    await connection.transaction((tx) => tx.insert('record', bare(...hostileIds)));
    await connection.read(async (reader) => {
      const asked = [...hostileIds, ...hostileIds, 'gone', 'É'];
      assert.deepEqual(await reader.existingIds(asked), new Set(hostileIds));
      const records = await reader.records(asked);
      assert.deepEqual([...records.keys()].sort(), [...hostileIds].sort());
      for (const [id, record] of records) {
        const [, type, raw] = bare(id);
        assert.deepEqual(record, { id, type, raw });
      }
      assert.deepEqual(await reader.existingIds([]), new Set());
      assert.equal((await reader.records([])).size, 0);
      assert.deepEqual((await idsIn(reader)).length, hostileIds.length);
    });
  });

  test('reads the rows of records, table by table, and pages of records with their sizes', async (connection) => {
    const [first, second] = [full('a', 1), full('b', 2)];
    await connection.transaction((tx) => insertAll(tx, first, second));
    await connection.read(async (reader) => {
      for (const table of tables.filter(({ recordKeys }) => recordKeys.includes('id'))) {
        const expected = [first, second].map((rows) => rowsOfTable(rows, table));
        const [one = [], both = []] = [await reader.rowsOf(table, ['a', 'gone']), await reader.rowsOf(table, ['b', 'a'])];
        assert.deepEqual(one.sort(), expected[0]?.sort(), table.name);
        assert.deepEqual(both.sort(), expected.flat().sort(), table.name);
        assert.deepEqual(await reader.rowsOf(table, []), []);
      }
      const sizes = [first, second].map(({ record = [] }) => ({ id: record[0], bytes: String(record[2]).length }));
      assert.deepEqual(await reader.recordsAfter(undefined, 10), sizes);
      assert.deepEqual(await reader.recordsAfter(undefined, 1), sizes.slice(0, 1));
      assert.deepEqual(await reader.recordsAfter('a', 10), sizes.slice(1));
      assert.deepEqual(await reader.recordsAfter('b', 10), []);
    });
  });

  test('pages through ids that look alike, each once', async (connection) => {
    await connection.transaction((tx) => tx.insert('record', bare(...hostileIds)));
    await connection.read(async (reader) => {
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const [record] = await reader.recordsAfter(after, 1);
        if (!record) break;
        seen.push(record.id);
      }
      assert.deepEqual(seen.sort(), [...hostileIds].sort());
    });
  });

  test(
    'checks itself: sizes of tables, and rows that refer to no record',
    async (connection) => {
      await connection.transaction((tx) => insertAll(tx, full('a', 1)));
      const whole = await connection.check();
      assert.deepEqual([whole.integrity, whole.dangling], [[], []]);
      assert.deepEqual([whole.rows.Record, whole.rows.ListStringDataEntry, whole.rows.Relationship], [1, 2, 0]);
      await connection.transaction(async (tx) => {
        await tx.insert('relationship', ['a', 'gone', 'p', 'lost', 'a', 'p']);
        await tx.insert('scalar', ['lost', 'x', 1, 'lost', 'y', 2]);
      });
      const { dangling } = await connection.check();
      assert.deepEqual(dangling, [
        { table: 'Relationship', column: 'subject_id', id: 'lost', rows: 1 },
        { table: 'Relationship', column: 'object_id', id: 'gone', rows: 1 },
        { table: 'ScalarData', column: 'id', id: 'lost', rows: 2 },
      ]);
    },
    { bulk: true },
  );

  test('many rows of every width go in, whatever the number', async (connection) => {
    for (const count of [1, 47, 48, 49, 97, 1000]) {
      const ids = Array.from({ length: count }, (_, n) => `${count}_${n}`);
      await connection.transaction((tx) => tx.insert('record', bare(...ids)));
      assert.deepEqual(await connection.read((reader) => reader.existingIds([...ids, 'other'])), new Set(ids));
    }
  });

  const triples = [
    ['A', 'p', 'b'],
    ['a', 'p', 'b'],
    ['a', 'q', 'b'],
    ['a', 'Q', 'c'],
    ['b', 'p', 'a'],
    ['b', 'p', 'ä'],
    ['ä', 'p', 'b'],
  ] as const;
  const related = async (tx: Transaction) =>
    insertAll(tx, { record: bare('A', 'a', 'b', 'c', 'ä') }, relationshipRows(...[...triples].reverse()));
  const patterns: readonly (readonly [RelationshipPattern, string])[] = [
    [{}, 'Apb apb aqb aQc bpa bpä äpb'],
    [{ subject: 'a' }, 'apb aqb aQc'],
    [{ subject: ['b', 'gone', 'A', 'b'] }, 'Apb bpa bpä'],
    [{ subject: [] }, ''],
    [{ predicate: 'q' }, 'aqb'],
    [{ object: 'b' }, 'Apb apb aqb äpb'],
    [{ subject: 'a', object: 'b' }, 'apb aqb'],
    [{ subject: ['a', 'b'], predicate: 'p', object: 'b' }, 'apb'],
    [{ subject: 'c' }, ''],
  ];
  const shown = (list: readonly { subject: string; predicate: string; object: string }[]) =>
    list.map(({ subject, predicate, object }) => subject + predicate + object).join(' ');

  test('reads relationships by pattern in the order of subject, object, predicate, whole or page by page', async (connection) => {
    await connection.transaction(related);
    await connection.read(async (reader) => {
      for (const [pattern, expected] of patterns) {
        const all = await reader.relationships(pattern);
        assert.equal(shown(all), expected, JSON.stringify(pattern));
        for (const limit of [1, 2, 3]) {
          const paged: typeof all = [];
          for (let page = all; page.length > 0; paged.push(...page)) {
            page = await reader.relationships(pattern, { after: paged.at(-1), limit });
            assert.ok(page.length <= limit);
          }
          assert.deepEqual(paged, all, `${JSON.stringify(pattern)} by ${limit}`);
        }
      }
    });
  });

  test('deletes relationships by pattern, and says how many', async (connection) => {
    const undone = new Error('undone');
    for (const [pattern, expected] of patterns) {
      const work = connection.transaction(async (tx) => {
        await related(tx);
        const before = shown(await tx.relationships({})).split(' ');
        const gone = expected.split(' ').filter((text) => text !== '');
        assert.equal(await tx.deleteRelationships(pattern), gone.length);
        const left = shown(await tx.relationships({})).split(' ');
        assert.deepEqual(
          left.filter(Boolean),
          before.filter((text) => !gone.includes(text)),
          JSON.stringify(pattern),
        );
        assert.equal((await idsIn(tx)).length, 5);
        throw undone;
      });
      await assert.rejects(work, (error) => error === undone);
    }
  });

  /** The rows of a store in which this was done. */
  const dumpAfter = async (t: Parameters<EngineUnderTest['create']>[0], work: (tx: Transaction) => Promise<void>) => {
    const { store, connection } = await newStore(engine, t);
    await connection.transaction(work);
    return await store.dump();
  };

  test('replaceRecord: the old rows are gone, the relationships stay', async (connection, store, t) => {
    const links = relationshipRows(['a', 'p', 'b'], ['b', 'p', 'a'], ['a', 'p', 'a']);
    await connection.transaction((tx) => insertAll(tx, full('a', 1), full('b', 1), links));
    await connection.transaction((tx) => tx.replaceRecord(full('a', 2)));
    assert.deepEqual(await store.dump(), await dumpAfter(t, (tx) => insertAll(tx, full('a', 2), full('b', 1), links)));
    await connection.transaction((tx) => tx.replaceRecord({ record: bare('a') }));
    assert.deepEqual(await store.dump(), await dumpAfter(t, (tx) => insertAll(tx, { record: bare('a') }, full('b', 1), links)));
  });

  for (const bulk of [false, true]) {
    test(
      `deleteRecords: their rows go, and the relationships that they are an end of${bulk ? '; also when opened for loading' : ''}`,
      async (connection, store, t) => {
        const kept = relationshipRows(['c', 'p', 'd']);
        const gone = relationshipRows(['a', 'p', 'c'], ['c', 'p', 'b'], ['a', 'q', 'b']);
        const records = ['a', 'b', 'c', 'd'].map((id) => full(id, 1));
        await connection.transaction((tx) => insertAll(tx, ...records, kept, gone));
        await connection.transaction((tx) => tx.deleteRecords(['a', 'gone', 'b']));
        assert.deepEqual(await store.dump(), await dumpAfter(t, (tx) => insertAll(tx, ...records.slice(2), kept)));
        await connection.transaction((tx) => tx.deleteAll());
        assert.deepEqual(await store.dump(), []);
      },
      { bulk },
    );
  }

  test('a relationship to a record that is not there is refused, and is no RowConflict', async (connection, store) => {
    const dangling = connection.transaction((tx) => insertAll(tx, { record: bare('a') }, relationshipRows(['a', 'p', 'gone'])));
    await assert.rejects(dangling, (error) => !(error instanceof RowConflict));
    assert.deepEqual(await store.dump(), []);
  });

  test(
    'opened for loading: relationships of this transaction to records that are not there are found, others are not looked at',
    async (connection) => {
      await connection.transaction(async (tx) => {
        await tx.insert('record', bare('a', 'b'));
        await tx.insert('relationship', ['a', 'gone', 'old']);
      });
      await connection.transaction(async (tx) => {
        assert.deepEqual(await tx.danglingRelationships(), []);
        await tx.insert('relationship', ['a', 'b', 'p', 'a', 'nowhere', 'p', 'later', 'b', 'p']);
        await tx.insert('record', bare('later'));
        assert.deepEqual(await tx.danglingRelationships(), [{ subject: 'a', predicate: 'p', object: 'nowhere' }]);
      });
    },
    { bulk: true },
  );

  test(
    'opened for loading: the rows that were staged last go in, as often as a transaction has to be run again',
    async (connection, store, t) => {
      await connection.stage(mergeRows([full('forgotten', 1)]));
      await connection.stage(mergeRows([full('a', 1), { record: bare('b') }]));
      assert.deepEqual(await store.dump(), []);
      const undone = new Error('undone');
      const insert = (then: () => void) =>
        connection.transaction(async (tx) => {
          await tx.insertStaged();
          then();
        });
      const undo = () => {
        throw undone;
      };
      await assert.rejects(insert(undo), (error) => error === undone);
      await insert(() => {});
      assert.deepEqual(await store.dump(), await dumpAfter(t, (tx) => insertAll(tx, full('a', 1), { record: bare('b') })));
      await assert.rejects(
        insert(() => {}),
        RowConflict,
      );
      await connection.stage(new Map([['record', bare('c')]]));
      await insert(() => {});
      assert.deepEqual(await connection.read(idsIn), ['a', 'b', 'c']);
    },
    { bulk: true },
  );

  test('the rows of the samples fill every table', async () => {
    const filled = new Set(mergeRows([full('a', 1), { record: bare('b') }, relationshipRows(['a', 'p', 'b'])]).keys());
    assert.deepEqual([...filled].sort(), Object.keys(inserts).sort());
  });
}
