import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { IngestError } from '../../src/errors.js';
import { RowConflict, type TransactionHooks } from '../../src/stores/connection.js';
import { signalPoint } from '../support/lock-directory.js';
import { bare, type ConnectionTest, type EngineUnderTest, idsIn, insertAll, relationshipRows } from './connection.js';

/** When a transaction begins and ends, and what of it stays. */
export function describeTransactions(test: ConnectionTest, engine: EngineUnderTest): void {
  test('a transaction is committed when its work returns, and seen by nobody before', async (connection, store) => {
    const steps: string[] = [];
    const hooks: TransactionHooks = { onBegin: () => steps.push('begun'), beforeCommit: () => steps.push('before commit') };
    const result = await connection.transaction(async (tx) => {
      steps.push('work');
      await tx.insert('record', bare('a'));
      assert.deepEqual(await store.dump(), []);
      assert.deepEqual(await idsIn(tx), ['a'], 'it sees what it has written itself');
      return 'result';
    }, hooks);
    assert.equal(result, 'result');
    assert.deepEqual(steps, ['begun', 'work', 'before commit']);
    assert.equal((await store.dump()).length, 1);
    assert.deepEqual(await (await store.open()).read(idsIn), ['a']);
  });

  test('a transaction whose work throws is rolled back, and the connection goes on', async (connection, store) => {
    const failure = new Error('no');
    const failing = connection.transaction(async (tx) => {
      await tx.insert('record', bare('a', 'b'));
      throw failure;
    });
    await assert.rejects(failing, (error) => error === failure);
    assert.deepEqual(await store.dump(), []);
    await connection.transaction((tx) => tx.insert('record', bare('c')));
    assert.deepEqual(await connection.read(idsIn), ['c']);
  });

  test('what beforeCommit throws rolls back', async (connection, store) => {
    const lost = new IngestError('ERR_LOCK_LOST', 'lost');
    const beforeCommit = () => {
      throw lost;
    };
    const failing = connection.transaction((tx) => tx.insert('record', bare('a')), { beforeCommit });
    await assert.rejects(failing, (error) => error === lost);
    await assert.rejects(connection.read(idsIn, { beforeCommit }), (error) => error === lost);
    assert.deepEqual(await store.dump(), []);
    await connection.transaction((tx) => tx.insert('record', bare('a')));
  });

  test('who reads sees one state, whatever others commit meanwhile', async (connection, store) => {
    await connection.transaction((tx) => tx.insert('record', bare('a')));
    await connection.read(async (reader) => {
      assert.deepEqual(await idsIn(reader), ['a']);
      assert.equal(await store.insertOutside('b'), engine.commitsBesideReaders);
      assert.deepEqual(await idsIn(reader), ['a']);
      assert.deepEqual([...(await reader.records(['a', 'b'])).keys()], ['a']);
    });
    if (!engine.commitsBesideReaders) assert.equal(await store.insertOutside('b'), true);
    assert.deepEqual(await connection.read(idsIn), ['a', 'b']);
  });

  test('while one transaction runs, nobody outside begins another, where one writes alone', async (connection, store) => {
    await connection.transaction(async (tx) => {
      assert.equal(await store.insertOutside('outside'), !engine.writesAlone);
      assert.deepEqual(await idsIn(tx), engine.writesAlone ? [] : ['outside']);
    });
    assert.equal(await store.insertOutside('later'), true);
  });

  test('what one connection does takes turns, and where one writes alone all that a thread does on one store', async (connection, store) => {
    const other = engine.writesAlone ? await store.open() : connection;
    const steps: string[] = [];
    const work = (name: string) => async () => {
      steps.push(`${name} begins`);
      await turn();
      steps.push(`${name} ends`);
    };
    await Promise.all([
      connection.transaction(work('one')),
      other.transaction(work('two')),
      connection.read(work('three')),
      other.transaction(work('four')),
    ]);
    assert.deepEqual(
      steps,
      ['one', 'two', 'three', 'four'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  test('a failure of one does not keep the next from its turn', async (connection, store) => {
    const other = await store.open();
    const failing = connection.transaction(() => Promise.reject(new Error('no')));
    const next = other.transaction((tx) => tx.insert('record', bare('a')));
    await assert.rejects(failing);
    await next;
    assert.deepEqual(await connection.read(idsIn), ['a']);
  });

  test('a signal ends the wait for a turn; those behind keep theirs', async (connection, store) => {
    const began = signalPoint();
    const end = signalPoint();
    const running = connection.transaction(async () => {
      began.reach();
      await end.reached;
    });
    await began.reached;
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const other = engine.writesAlone ? await store.open() : connection;
    let runs = 0;
    const count = () => ++runs;
    const ended = [
      other.transaction(count, { signal: abort.signal }),
      other.read(count, { signal: abort.signal }),
      other.read(count, { signal: AbortSignal.abort(reason) }),
    ].map((waiting) => assert.rejects(waiting, (error) => error === reason));
    const behind = other.transaction((tx) => tx.insert('record', bare('a')));
    abort.abort(reason);
    await Promise.all(ended);
    assert.equal(runs, 0);
    end.reach();
    await Promise.all([running, behind]);
    assert.deepEqual(await connection.read(idsIn), ['a']);
  });

  test('a key that is there is a RowConflict, of a single row with the row, and nothing of the transaction stays', async (connection) => {
    await connection.transaction((tx) => insertAll(tx, { record: bare('a') }, relationshipRows(['a', 'p', 'a'])));
    const conflict = async (insert: 'record' | 'relationship', values: ReturnType<typeof bare>) => {
      const work = connection.transaction(async (tx) => {
        await tx.insert('record', bare('c'));
        await tx.insert(insert, values);
      });
      const error = await work.then(
        () => assert.fail('no conflict'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof RowConflict, String(error));
      assert.equal(error.insert, insert);
      return error.row;
    };
    assert.deepEqual(await conflict('record', bare('a')), bare('a'));
    assert.deepEqual(await conflict('relationship', ['a', 'a', 'p']), ['a', 'a', 'p']);
    const ofSeveral = await conflict('record', bare('b', 'a'));
    assert.deepEqual(ofSeveral ?? bare('a'), bare('a'));
    assert.deepEqual(await connection.read(idsIn), ['a']);
  });

  test('work that goes on after a conflict of several rows leaves nothing either', async (connection, store) => {
    await connection.transaction((tx) => tx.insert('record', bare('a')));
    const before = await store.dump();
    const goesOn = connection.transaction(async (tx) => {
      await assert.rejects(async () => tx.insert('record', bare('b', 'a')), RowConflict);
      await tx.insert('record', bare('c'));
    });
    await assert.rejects(goesOn);
    assert.deepEqual(await store.dump(), before);
  });

  test('a savepoint that fails is undone, and the rest of the transaction stays', async (connection) => {
    await connection.transaction(async (tx) => {
      await tx.insert('record', bare('a'));
      const part = async () => {
        await tx.insert('record', bare('b'));
        await tx.insert('record', bare('a'));
      };
      await assert.rejects(async () => tx.savepoint(part), RowConflict);
      await tx.insert('record', bare('c'));
      assert.equal(await tx.savepoint(async () => void (await tx.insert('record', bare('d')))), undefined);
    });
    assert.deepEqual(await connection.read(idsIn), ['a', 'c', 'd']);
  });

  test('a connection for reading alone reads, and refuses to write', async (connection, store) => {
    await connection.transaction((tx) => tx.insert('record', bare('a')));
    const reader = await store.open({ readOnly: true });
    assert.equal(await reader.schema(), 'sina');
    assert.deepEqual(await reader.read(idsIn), ['a']);
    await assert.rejects(
      reader.transaction((tx) => tx.insert('record', bare('b'))),
      { code: 'ERR_STORE_READ_ONLY' },
    );
    await assert.rejects(
      reader.transaction((tx) => tx.deleteAll()),
      { code: 'ERR_STORE_READ_ONLY' },
    );
    assert.deepEqual(await connection.read(idsIn), ['a']);
  });
}
