import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, type Store } from '../src/index.js';
import { countRows, integrityProblems } from './support/dump.js';
import { quick } from './support/lock-directory.js';
import { type Peer, startProgram, withPeer, withPeers } from './support/lock-peers.js';
import { stateOf } from './support/outside-reader.js';
import type { StoreAccess, StoreJob } from './support/store-peer.js';
import { tempDirectory } from './support/temp.js';

const startPeer = () => startProgram<StoreJob>('store-peer');
const timeout = 120_000;

/** How the peers of a test open its store, which is new. */
function accessOf(t: TestContext, strategy: string): StoreAccess {
  const directory = tempDirectory(t);
  const lock = strategy === 'RFileLock' ? { lockPath: join(directory, 'lock') } : {};
  return { store: join(directory, 's.sqlite'), strategy, options: { numTries: 100, patience: 0.1, ...lock } };
}

/** Creates the store, with what `fill` creates in it. */
async function newStore(access: StoreAccess, fill: (store: Store) => Promise<unknown>) {
  await using store = await connect(access.store, { username: 'default' });
  await fill(store);
}

async function attributesOf(access: StoreAccess, id: string) {
  await using store = await connect(access.store, { readOnly: true });
  return await (await store.open(id)).attributes.all();
}

/** Every peer does its job at the same time as the others, once all have the store open; resolves when all have said `word`. */
async function together(peers: readonly Peer<StoreJob>[], access: StoreAccess, word: string, jobOf: (n: number) => StoreJob) {
  await opened(peers, access);
  for (const [n, peer] of peers.entries()) peer.send(jobOf(n));
  await Promise.all(peers.map((peer) => peer.heard(word)));
}

async function opened(peers: readonly Peer<StoreJob>[], access: StoreAccess): Promise<void> {
  for (const peer of peers) peer.send({ kind: 'open', ...access });
  await Promise.all(peers.map((peer) => peer.heard('opened')));
}

/** While one process takes a record from state to state, others look at `ids`. */
async function watchTicks(access: StoreAccess, record: string, ids: readonly string[]): Promise<void> {
  await withPeers(startPeer, 3, async (peers) => {
    await opened(peers, access);
    const [writer, ...readers] = peers as [Peer<StoreJob>, ...Peer<StoreJob>[]];
    const ways = ['around', 'through'] as const;
    for (const [n, reader] of readers.entries()) reader.send({ kind: 'watch', way: ways[n] ?? 'around', ids, states: 25 });
    writer.send({ kind: 'tick', id: record });
    await Promise.all(readers.map((reader) => reader.heard('watched')));
    writer.send({ kind: 'stop' });
    await writer.heard('stopped');
  });
  assert.deepEqual(integrityProblems(access.store), []);
}

for (const strategy of ['RFileLock', 'OnlyRetry']) {
  describe(`processes that share a store through ${strategy}`, () => {
    for (const count of [2, 4]) {
      it(`${count} set different attributes of one record: all are kept`, { timeout }, async (t) => {
        const access = accessOf(t, strategy);
        await newStore(access, (store) => store.create({ id: 'one', metadata: { n: 0 } }));
        const rounds = 25;
        await withPeers(startPeer, count, (peers) =>
          together(peers, access, 'set', (n) => ({ kind: 'set', id: 'one', prefix: `p${n}`, rounds })),
        );
        const all = await attributesOf(access, 'one');
        const names = Object.keys(all).filter((name) => name.startsWith('p'));
        assert.equal(names.length, count * rounds);
        for (const name of names) assert.equal(all[name], Number(name.split('_')[1]));
        assert.equal(countRows(access.store).ScalarData, 1 + count * rounds);
      });
    }

    it('4 count: every call is counted', { timeout }, async (t) => {
      const access = accessOf(t, strategy);
      await newStore(access, (store) => store.create({ id: 'one', metadata: { n: 0 } }));
      const rounds = 30;
      await withPeers(startPeer, 4, (peers) => together(peers, access, 'counted', () => ({ kind: 'count', id: 'one', rounds })));
      assert.equal((await attributesOf(access, 'one')).n, 4 * rounds);
    });

    it('who looks on while a record is changed never finds it missing, nor rows that disagree with it', {
      timeout,
    }, async (t) => {
      const access = accessOf(t, strategy);
      await newStore(access, (store) => store.create({ id: 'one', metadata: stateOf(0) }));
      await watchTicks(access, 'one', ['one']);
    });

    it('what is set on an ensemble reaches all members at once', { timeout }, async (t) => {
      const access = accessOf(t, strategy);
      const members = Array.from({ length: 8 }, (_, n) => `member_${n}`);
      await newStore(access, async (store) => {
        const ensemble = await store.createEnsemble({ id: 'all', metadata: stateOf(0) });
        await ensemble.createMany(members.map((id) => ({ id })));
      });
      await watchTicks(access, 'all', ['all', ...members]);
    });

    it('6 connect to a new store at once and create: everything is there', { timeout }, async (t) => {
      const access = accessOf(t, strategy);
      await withPeers(startPeer, 6, async (peers) => {
        for (const [n, peer] of peers.entries()) {
          peer.send({ kind: 'open', ...access });
          peer.send({ kind: 'fill', ensemble: `e${n}`, size: 5 });
        }
        await Promise.all(peers.map((peer) => peer.heard('filled')));
      });
      // The store-info record and two users besides.
      const { Record, Relationship } = countRows(access.store);
      assert.deepEqual({ Record, Relationship }, { Record: 3 + 6 * 6, Relationship: 6 * 5 });
      await using store = await connect(access.store, { readOnly: true });
      for (let e = 0; e < 6; e++) {
        for (let n = 0; n < 5; n++) {
          const { of, n: number } = await (await store.open(`e${e}_${n}`)).attributes.all();
          assert.deepEqual({ of, number }, { of: `e${e}`, number: n });
        }
      }
      assert.deepEqual(integrityProblems(access.store), []);
    });

    it('one is killed in the middle of a call: the call has done all or nothing, and another goes on', { timeout }, async (t) => {
      // A dead holder's lock is waited for: here for two seconds.
      const access = { ...accessOf(t, strategy), timing: quick };
      const size = 100;
      const journal = `${access.store}-journal`;
      await newStore(access, (store) => store.createEnsemble({ id: 'all' }));
      const batches = { size, without: countRows(access.store) };
      let inTheMiddle = 0;
      for (let kill = 0; kill < (strategy === 'RFileLock' ? 2 : 6); kill++) {
        await withPeer(startPeer, async (peer) => {
          await opened([peer], access);
          peer.send({ kind: 'create', ensemble: 'all', prefix: `kill_${kill}`, size });
          await peer.heard('created');
          // SQLite's journal is there while a transaction writes. Each kill comes later after its first sight.
          for (let looks = 0; looks <= 50 * kill; ) {
            if (existsSync(journal)) looks++;
            await turn();
          }
          await peer.kill();
        });
        if (existsSync(journal)) inTheMiddle++;
        await wholeBatches(access, batches);
      }
      assert.ok(inTheMiddle > 0, 'no kill came in the middle of a transaction');
      await withPeer(startPeer, async (peer) => {
        await opened([peer], access);
        peer.send({ kind: 'create', ensemble: 'all', prefix: 'next', size });
        await peer.heard('created');
        peer.send({ kind: 'stop' });
        await peer.heard('stopped');
      });
      const all = await wholeBatches(access, batches);
      assert.ok(all.filter((batch) => batch.startsWith('next_')).length >= 3);
    });
  });
}

describe('calls at the same time in one process, through None', () => {
  for (const connections of [1, 2]) {
    it(`on ${connections} open ${connections === 1 ? 'store' : 'stores'}: none is lost, none refused`, { timeout }, async (t) => {
      const access = accessOf(t, 'None');
      await newStore(access, (store) => store.create({ id: 'one', metadata: { n: 0 } }));
      const stores = await Promise.all(Array.from({ length: connections }, () => connect(access.store)));
      const calls = Array.from({ length: 40 }, async (_, n) => {
        const { attributes } = await (stores[n % connections] as Store).open('one');
        await Promise.all([
          attributes.set(`p_${n}`, n),
          attributes.update(({ n: before }) => ({ n: (before as number) + 1 })),
          attributes.all(),
        ]);
      });
      await Promise.all(calls);
      await Promise.all(stores.map((store) => store.close()));
      const { n, ...others } = await attributesOf(access, 'one');
      assert.equal(n, 40);
      for (let call = 0; call < 40; call++) assert.equal(others[`p_${call}`], call);
    });
  }
});

interface Batches {
  readonly size: number;
  /** Rows by table without any batch. */
  readonly without: Readonly<Record<string, number>>;
}

/** Rows of a member that `create` makes, by table. */
const rowsOfMember = {
  Record: 1,
  Relationship: 1,
  ScalarData: 1,
  StringData: 3,
  ListStringDataMaster: 1,
  ListStringDataEntry: 2,
};

/** Fails unless every batch of `create` is there whole or not at all, and the first three of every peer are. Answers the batches. */
async function wholeBatches(access: StoreAccess, { size, without }: Batches): Promise<string[]> {
  const members = new Map<string, number>();
  {
    // Not for reading alone: a journal that was left behind has to be rolled back.
    await using store = await connect(access.store, { username: 'default' });
    for await (const { subject } of store.relationships({ object: 'all' })) {
      const batch = subject.slice(0, subject.lastIndexOf('_'));
      members.set(batch, (members.get(batch) ?? 0) + 1);
    }
  }
  const batches = [...members.keys()];
  for (const [batch, count] of members) assert.equal(count, size, `batch ${batch}`);
  const peers = new Set(batches.map((batch) => batch.slice(0, batch.lastIndexOf('_'))));
  for (const peer of peers) for (const n of [0, 1, 2]) assert.ok(members.has(`${peer}_${n}`), `${peer}_${n} is missing`);
  const expected = { ...without };
  for (const [table, rows] of Object.entries(rowsOfMember)) {
    expected[table] = (without[table] ?? 0) + rows * size * batches.length;
  }
  assert.deepEqual(countRows(access.store), expected);
  assert.deepEqual(integrityProblems(access.store), []);
  return batches;
}
