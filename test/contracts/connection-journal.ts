import assert from 'node:assert/strict';
import type { Awaitable, Connection, Transaction } from '../../src/stores/connection.js';
import { type JournalLine, loadIdLength, PlaceTaken } from '../../src/stores/journal.js';
import { bare, type ConnectionTest, idsIn } from './connection.js';

const one = '1'.repeat(loadIdLength);
const two = '2'.repeat(loadIdLength);

/** What is written down of a load, and how it goes away again. */
export function describeJournal(test: ConnectionTest): void {
  test('without a journal there are no lines, and nothing to erase', async (connection, store) => {
    const look = async ({ journal }: Pick<Transaction, 'journal'>) => {
      assert.deepEqual(await journal.lines(one), []);
      assert.deepEqual(await journal.find(one, ['', 'a']), []);
      assert.deepEqual(await journal.ownLines(), []);
      assert.deepEqual(await journal.ownLines([one]), []);
    };
    await connection.transaction(async (tx) => {
      await look(tx);
      await tx.journal.erase([one]);
      await tx.insert('record', bare('a'));
    });
    const reader = await store.open({ readOnly: true });
    await reader.schema();
    await reader.read((found) => look(found as Transaction));
    assert.deepEqual(await connection.read(idsIn), ['a']);
  });

  test('lines are read back, however long it is and whatever is in it', async (connection, store) => {
    const long = `/data/${'ü'.repeat(4000)}`;
    const places = ['', '/a', '/A', '/b %_\'"\\\n', `${long}1`, `${long}2`, '/Ж', '/z '];
    const lines = [...places, ...Array.from({ length: 150 }, (_, n) => `/n/${n}`)].map((place) => line(one, place));
    await withJournal(connection, async ({ journal }) => {
      await journal.write(one, lines);
      await journal.write(two, [line(two, ''), line(two, '/a')]);
    });
    await (await store.open({ readOnly: true })).read(async ({ journal }) => {
      assert.deepEqual(inOrder(await journal.lines(one)), inOrder(lines));
      assert.deepEqual(inOrder(await journal.lines(two)), [line(two, ''), line(two, '/a')]);
      assert.deepEqual(await journal.lines('3'.repeat(loadIdLength)), []);
      assert.deepEqual((await journal.find(one, ['/A', '/B', `${long}2`, ''])).map(({ place }) => place).sort(), [
        '',
        '/A',
        `${long}2`,
      ]);
      assert.deepEqual(await journal.ownLines(), [line(one, ''), line(two, '')]);
      assert.deepEqual(await journal.ownLines([two, '3'.repeat(loadIdLength)]), [line(two, '')]);
    });
  });

  test('a place is written once: the second time is PlaceTaken, with all that are there, and nothing of the transaction stays', async (connection) => {
    await withJournal(connection, ({ journal }) =>
      journal.write(
        one,
        ['', '/a', '/b'].map((place) => line(one, place)),
      ),
    );
    const again = connection.transaction(async (tx) => {
      await tx.insert('record', bare('x'));
      // More than a statement holds, on both sides of what is there.
      const others = Array.from({ length: 200 }, (_, n) => `/${n}`);
      const places = [...others.slice(0, 120), '/a', ...others.slice(120), '/b', '/c'];
      await tx.journal.write(
        one,
        places.map((place) => line(one, place)),
      );
    });
    const error = await again.then(
      () => assert.fail('written twice'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof PlaceTaken, String(error));
    assert.deepEqual([...error.places].sort(), ['/a', '/b']);
    assert.deepEqual(await connection.read(idsIn), []);
    assert.equal((await connection.read(({ journal }) => journal.lines(one))).length, 3);
    await withJournal(connection, ({ journal }) => journal.write(two, [line(two, '/a')]));
  });

  test('lines are committed and rolled back with the rest of their transaction', async (connection) => {
    const failure = new Error('no');
    const failing = withJournal(connection, async (tx) => {
      await tx.insert('record', bare('a'));
      await tx.journal.write(one, [line(one, '/a')]);
      throw failure;
    });
    await assert.rejects(failing, (error) => error === failure);
    assert.deepEqual(await connection.read(({ journal }) => journal.lines(one)), []);
    await withJournal(connection, async (tx) => {
      await tx.insert('record', bare('a'));
      await tx.journal.write(one, [line(one, '/a')]);
    });
    assert.deepEqual(await connection.read(idsIn), ['a']);
    assert.deepEqual(await connection.read(({ journal }) => journal.lines(one)), [line(one, '/a')]);
  });

  test('a line is given another text', async (connection) => {
    await withJournal(connection, async ({ journal }) => {
      await journal.write(one, [line(one, '')]);
      await journal.write(two, [line(two, '')]);
    });
    const other = { ...line(one, ''), text: 'other' };
    await connection.transaction(({ journal }) => journal.rewrite(other));
    assert.deepEqual(await connection.read(({ journal }) => journal.ownLines()), [other, line(two, '')]);
  });

  test('erased are the lines of the loads that are named; others stay, and it can be written again', async (connection, store) => {
    await withJournal(connection, async ({ journal }) => {
      await journal.write(one, [line(one, ''), line(one, '/a')]);
      await journal.write(two, [line(two, ''), line(two, '/a')]);
    });
    await connection.transaction(({ journal }) => journal.erase([one]));
    assert.deepEqual(await connection.read(({ journal }) => journal.lines(one)), []);
    assert.equal((await connection.read(({ journal }) => journal.lines(two))).length, 2);
    await connection.transaction(({ journal }) => journal.erase([one, two]));
    assert.deepEqual(await connection.read(({ journal }) => journal.ownLines()), []);
    const other = await store.open();
    await withJournal(other, ({ journal }) => journal.write(one, [line(one, '/a')]));
    assert.deepEqual(await connection.read(({ journal }) => journal.lines(one)), [line(one, '/a')]);
  });

  test('who deletes all also deletes what loads have done; a journal is no reason to refuse a store', async (connection, store) => {
    await withJournal(connection, async (tx) => {
      await tx.insert('record', bare('a'));
      await tx.journal.write(one, [line(one, '/a')]);
    });
    const other = await store.open();
    assert.equal(await other.schema(), 'sina');
    await other.transaction((tx) => tx.deleteAll());
    assert.deepEqual(await connection.read(({ journal }) => journal.lines(one)), []);
    assert.deepEqual(await store.dump(), []);
  });
}

function inOrder(lines: readonly JournalLine[]): JournalLine[] {
  return [...lines].sort((a, b) => (a.place < b.place ? -1 : 1));
}

function line(load: string, place: string): JournalLine {
  return { load, place, text: `{"of":${JSON.stringify(place.slice(0, 20))}}` };
}

function withJournal(connection: Connection, work: (tx: Transaction) => Awaitable<void>): Promise<void> {
  return connection.transaction(async (tx) => {
    await connection.createJournal();
    await work(tx);
  });
}
