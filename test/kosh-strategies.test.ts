import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setImmediate as immediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { connect, type LockStrategy, lockStrategies } from '../src/index.js';
import { openConnection } from '../src/stores/registry.js';
import { countRows, dumpStore } from './support/dump.js';
import { all, idsOf, newStore, refused } from './support/kosh.js';
import { holdLock, signalPoint } from './support/lock-directory.js';
import { tempDirectory } from './support/temp.js';

/** A lock strategy that does nothing. */
const passing: LockStrategy = {
  name: 'Passing',
  run: async (work) => await work({ signal: new AbortController().signal, assertHeld() {} }),
  close: async () => {},
};

test('a call that was aborted before it began writes nothing', async (t) => {
  const { path, store, directory } = await newStore(t);
  const dataset = await store.create({ id: 'd' });
  const reason = new Error('changed my mind');
  const signal = AbortSignal.abort(reason);
  const before = dumpStore(path);
  const calls: (() => Promise<unknown>)[] = [
    () => store.create({ id: 'x' }, { signal }),
    () => store.createMany([{ id: 'x' }], { signal }),
    () => store.open('d', { signal }),
    () => store.delete('d', { signal }),
    () => store.update('d', { a: 1 }, { signal }),
    () => all(store.find({}, { signal })),
    () => all(store.relationships({}, { signal })),
    () => dataset.attributes.set('a', 1, { signal }),
    () => dataset.attributes.all({ signal }),
    () => dataset.associate('u', 'm', { signal }),
    () => dataset.curves.add([1], { signal }),
    () => dataset.clone({ signal }),
    () => store.importDocument({ records: [{ id: 'i', type: 't' }] }, { signal }),
    () => store.export({ signal }),
    () => store.exportFile(join(directory, 'x.json'), { signal }),
    () => store.deleteAllContents({ signal }),
    () => connect(path, { signal }),
    () => connect(path, { signal, readOnly: true }),
  ];
  for (const call of calls) await assert.rejects(call, reason);
  assert.deepEqual(dumpStore(path), before);
  assert.equal(existsSync(join(directory, 'x.json')), false);
});

test('an abort ends the wait for a lock that another strategy holds', async (t) => {
  const lockPath = join(tempDirectory(t), 'lock');
  const strategy = () => new lockStrategies.RFileLock({ lockPath });
  const { path, store } = await newStore(t, { lockStrategy: strategy() });
  const before = dumpStore(path);
  const held = await holdLock(strategy());
  const reason = new Error('enough');
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = [
    store.create({ id: 'x' }, { signal }),
    store.open('x', { signal }),
    connect(path, { signal, lockStrategy: strategy() }),
  ];
  const ended = Promise.all(waiting.map((call) => assert.rejects(call, reason)));
  await immediate();
  controller.abort(reason);
  await ended;
  assert.deepEqual(dumpStore(path), before);
  await held.release();
  await store.create({ id: 'x' });
});

test('an abort ends the wait for another transaction of the same thread, and the others go on', async (t) => {
  const { path, store } = await newStore(t);
  const connection = await openConnection(path, { busyTimeoutMs: 0 });
  t.after(() => connection.close());
  const begun = signalPoint();
  const end = signalPoint();
  const holding = connection.transaction(() => {
    begun.reach();
    return end.reached;
  });
  await begun.reached;
  const reason = new Error('enough');
  const controller = new AbortController();
  const ended = assert.rejects(store.create({ id: 'x' }, { signal: controller.signal }), reason);
  const reading = assert.rejects(store.open('y', { signal: controller.signal }), reason);
  const patient = store.create({ id: 'y' });
  // All three stand in the queue by now.
  await immediate();
  controller.abort(reason);
  await ended;
  await reading;
  end.reach();
  await holding;
  await patient;
  assert.deepEqual(await idsOf(store.find()), ['y']);
});

test('a strategy of the user runs every call, again when it wants to, and what it throws comes out', async (t) => {
  let runs = 0;
  let twice = false;
  const busy = new Error('no');
  const own: LockStrategy = {
    name: 'Own',
    async run(work) {
      runs++;
      if (!twice) return await passing.run(work);
      const lost = new Error('lost');
      const assertHeld = () => {
        throw lost;
      };
      await assert.rejects(async () => await work({ signal: new AbortController().signal, assertHeld }), lost);
      return await passing.run(work);
    },
    close: () => Promise.reject(busy),
  };
  const { store, open } = await newStore(t);
  const other = await open({ lockStrategy: own });
  const before = runs;
  assert.ok(before > 0);
  twice = true;
  const dataset = await other.create({ id: 'a', metadata: { n: 1 } });
  // The first try is rolled back.
  await dataset.update(({ n }) => ({ n: Number(n) + 1 }));
  assert.equal(await dataset.attributes.get('n'), 2);
  assert.equal(await (await store.open('a')).attributes.get('n'), 2);
  assert.deepEqual(await idsOf(other.find()), ['a']);
  assert.equal(runs, before + 4);
  own.run = () => Promise.reject(busy);
  await assert.rejects(other.create(), busy);
  await assert.rejects(other.open('a'), busy);
  // The strategy is the user's to close.
  await other.close();
});

test('calls of one thread on one file take turns, whatever the store they go through', async (t) => {
  const { path, store, open } = await newStore(t);
  const others = [store, await open(), await open({ lockStrategy: new lockStrategies.OnlyRetry() })];
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, n) => others[n % 3]?.create({ id: `d${String(n).padStart(2, '0')}`, metadata: { n } })),
  );
  await store.create({ id: 'sum', metadata: { n: 0 } });
  await Promise.all(made.map((_, n) => others[n % 3]?.update('sum', (all) => ({ n: Number(all.n) + 1 }))));
  assert.equal(await (await store.open('sum')).attributes.get('n'), 60);
  assert.equal(countRows(path).Record, 3 + 61);
  const opened = await Promise.all([
    open({ username: 'u1' }),
    open({ username: 'u2' }),
    store.create(),
    open({ readOnly: true }),
  ]);
  assert.equal(opened.length, 4);
});

test('a store is opened while a large transaction of the thread has the file for itself', async (t) => {
  const { path, open } = await newStore(t);
  const connection = await openConnection(path, { busyTimeoutMs: 0 });
  t.after(() => connection.close());
  const begun = signalPoint();
  const end = signalPoint();
  const holding = connection.transaction(async (tx) => {
    // More than SQLite keeps in memory: what it writes before COMMIT shuts out every reader.
    for (let n = 0; n < 24; n++) await tx.insert('record', [`r${n}`, 't', `{"x":"${'x'.repeat(2 ** 20)}"}`]);
    begun.reach();
    await end.reached;
  });
  await begun.reached;
  const outside = new Database(path, { timeout: 0 });
  assert.throws(() => outside.prepare('SELECT id FROM Record').all(), { code: 'SQLITE_BUSY' });
  outside.close();
  const opening = Promise.all([open(), open({ readOnly: true }), open({ username: 'u' })]);
  await immediate();
  end.reach();
  await holding;
  for (const store of await opening) assert.equal((await all(store.find())).length, 24);
});

test('a strategy that cannot be nested opens and makes a store', async (t) => {
  let inside = 0;
  const flat: LockStrategy = {
    ...passing,
    run: async (work) => {
      assert.equal(inside++, 0);
      try {
        return await passing.run(work);
      } finally {
        inside--;
      }
    },
  };
  const { store, open } = await newStore(t, { lockStrategy: flat });
  await store.create({ id: 'a' });
  await open({ lockStrategy: flat, deleteAllContents: true });
  await open({ lockStrategy: flat, readOnly: true });
  assert.deepEqual(await idsOf(store.find()), []);
});

test('a store that nobody else may write is busy, which is a refusal with a code of its own', async (t) => {
  const { path, store } = await newStore(t, { lockStrategy: passing });
  const db = new Database(path);
  db.exec('BEGIN IMMEDIATE');
  await refused('ERR_STORE_BUSY', () => store.create({ id: 'x' }));
  db.exec('ROLLBACK');
  db.close();
  await store.create({ id: 'x' });
});
