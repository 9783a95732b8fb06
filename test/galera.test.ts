import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GaleraNode, galeraMissing, isolate, rejoin, settled, startCluster } from '../bench/support/galera.js';
import { randomOf } from '../bench/support/random.js';
import { connect, lockStrategies, type Store } from '../src/index.js';
import { openConnection } from '../src/stores/registry.js';
import { bare, describeConnection, type EngineUnderTest } from './contracts/connection.js';
import { CommitProxy, type Verdict } from './support/commit-proxy.js';
import { nothingLeft, ourConnections, RunningLoad, sameRows, seeds, untilWritten } from './support/faults.js';
import { signalPoint } from './support/lock-directory.js';
import { connectOutside, dumpMariadb } from './support/mariadb-store.js';
import { tempDirectory } from './support/temp.js';

const timeout = 240_000;
const { OnlyRetry } = lockStrategies;

describe('a Galera cluster', { skip: galeraMissing() ?? false }, () => {
  let cluster: readonly GaleraNode[];
  let one: GaleraNode;
  before(async () => {
    cluster = await startCluster();
    one = cluster[0] as GaleraNode;
  });
  after(() => Promise.all(cluster.map((node) => node.remove())));

  /** The URL that names all nodes, or these ports, in this order. */
  function urlOf(database: string, ports: readonly number[] = cluster.map(({ port }) => port)): string {
    return `mariadb://root@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${database}`;
  }

  /** The same with another node first. */
  function turned(database: string, first: number): string {
    const ports = cluster.map(({ port }) => port);
    return urlOf(database, [...ports.slice(first), ...ports.slice(0, first)]);
  }

  /** Resolves when every node has done all that any of them has committed. */
  async function synced(): Promise<void> {
    for (const node of cluster) await node.sql('SET SESSION wsrep_sync_wait = 1; SELECT count(*) FROM mysql.user');
  }

  /** A database that every node has. */
  async function freshDatabase(): Promise<string> {
    const database = await one.freshDatabase();
    await synced();
    return database;
  }

  /** The rows of a store, which are the same on all nodes. */
  async function rowsEverywhere(database: string): Promise<string[]> {
    await synced();
    const [rows = [], ...others] = await Promise.all(cluster.map((node) => dumpMariadb(node.url(database))));
    for (const other of others) sameRows(other, rows);
    return rows;
  }

  async function nothingLeftAnywhere(database: string, most = 0): Promise<void> {
    await synced();
    for (const node of cluster) await nothingLeft(node, database, most);
  }

  const addOne = (store: Store) => store.update('one', ({ n }) => ({ n: (n as number) + 1 }));

  const create: EngineUnderTest['create'] = async (t) => {
    const database = await freshDatabase();
    const outside = await connectOutside(one.url(database), t);
    return {
      open: (options) => openConnection(urlOf(database), { busyTimeoutMs: 0, ...options }),
      dump: () => dumpMariadb(one.url(database)),
      insertOutside: async (id) => {
        await outside.query('INSERT INTO "Record" VALUES (?, ?, ?)', bare(id));
        return true;
      },
    };
  };
  describeConnection('MariaDB Galera', { commitsBesideReaders: true, writesAlone: false, create });

  it('what is written through one node is read through another at once', { timeout }, async () => {
    const database = await freshDatabase();
    const stores = [];
    for (const n of cluster.keys())
      stores.push(await connect(turned(database, n), { lockStrategy: new OnlyRetry(), username: 'default' }));
    const [writer, ...readers] = stores as [Store, ...Store[]];
    await writer.create({ id: 'one', metadata: { n: 0 } });
    for (let n = 1; n <= 100; n++) {
      await addOne(writer);
      for (const reader of readers) assert.equal((await (await reader.open('one')).attributes.all()).n, n);
    }
    for (const store of stores) await store.close();
    await nothingLeftAnywhere(database);
  });

  it('what is created through one node is changed through another at once, however much that has to catch up with', {
    timeout,
  }, async (t) => {
    const database = await freshDatabase();
    const [writer, changer] = [
      await connect(turned(database, 0), { lockStrategy: new OnlyRetry(), username: 'default' }),
      await connect(turned(database, 1), { lockStrategy: new OnlyRetry(), username: 'default' }),
    ];
    const outside = await connectOutside(one.url(database), t);
    await outside.query('CREATE TABLE large (n INT PRIMARY KEY, text VARCHAR(200))');
    for (let n = 0; n < 10; n++) {
      await outside.query(`INSERT INTO large SELECT ${n * 100_000} + seq, REPEAT('x', 100) FROM seq_1_to_40000`);
      await writer.create({ id: `r${n}`, metadata: { n } });
      await changer.update(`r${n}`, { changed: n });
    }
    for (const store of [writer, changer]) await store.close();
    await outside.end();
    await nothingLeftAnywhere(database);
  });

  for (const seed of seeds(1)) {
    it(`3 connect to a new store through three first nodes at once and create: everything is there (seed ${seed})`, {
      timeout,
    }, async () => {
      const database = await freshDatabase();
      const fill = async (first: number) => {
        const lockStrategy = new OnlyRetry({ numTries: 30, patience: 0.2 });
        await using store = await connect(turned(database, first), { lockStrategy, username: 'default' });
        const ensemble = await store.createEnsemble({ id: `e${first}`, metadata: { of: first } });
        await ensemble.createMany(Array.from({ length: 50 }, (_, n) => ({ id: `e${first}_${n}`, metadata: { n } })));
      };
      await Promise.all([...cluster.keys()].map(fill));
      const tables = (await rowsEverywhere(database)).map((row) => (JSON.parse(row) as { table: string }).table);
      // The store-info record and two users besides.
      assert.equal(tables.filter((table) => table === 'Record').length, 3 + 3 * 51);
      assert.equal(tables.filter((table) => table === 'Relationship').length, 3 * 50);
      await nothingLeftAnywhere(database);
    });
  }

  for (const seed of seeds(1)) {
    it(`one record counts through three first nodes at once: every call is counted (seed ${seed})`, { timeout }, async () => {
      const database = await freshDatabase();
      const stores = [];
      for (const n of cluster.keys()) {
        const lockStrategy = new OnlyRetry({ numTries: 200, patience: 0.2 });
        stores.push(await connect(turned(database, n), { lockStrategy, username: 'default' }));
      }
      await stores[0]?.create({ id: 'one', metadata: { n: 0 } });
      const count = async (store: Store) => {
        for (let n = 0; n < 40; n++) await addOne(store);
      };
      await Promise.all(stores.map(count));
      for (const store of stores) assert.equal((await (await store.open('one')).attributes.all()).n, 120);
      for (const store of stores) await store.close();
      await rowsEverywhere(database);
      await nothingLeftAnywhere(database);
    });
  }

  for (const seed of seeds(1)) {
    it(`a COMMIT that is on its way, and wins over the run that looks for it on another node, is found (seed ${seed})`, {
      timeout,
    }, async (t) => {
      const database = await freshDatabase();
      const direct = await connect(one.url(database), { username: 'default' });
      await direct.create({ id: 'one', metadata: { n: 0 } });
      const atSecond = signalPoint();
      const firstDone = signalPoint();
      // The first COMMIT is cut off, and reaches its node when the run after is about to commit on another.
      const first = await CommitProxy.listen({ port: one.port, verdict: () => 'late', lateUntil: () => atSecond.reached });
      const second = await CommitProxy.listen({
        port: (cluster[1] as GaleraNode).port,
        verdict: async (): Promise<Verdict> => {
          atSecond.reach();
          await firstDone.reached;
          return 'pass';
        },
      });
      t.after(() => Promise.all([first.close(), second.close()]));
      const store = await connect(urlOf(database, [first.port, second.port]), {
        lockStrategy: new OnlyRetry(),
        username: 'default',
      });
      first.refuse();
      const calls: number[] = [];
      const counting = store.update('one', ({ n }) => {
        calls.push(n as number);
        return { n: (n as number) + 1 };
      });
      const isDone = async () => (await (await direct.open('one')).attributes.all()).n === 1;
      await atSecond.reached;
      while (!(await isDone())) await sleep(5);
      await synced();
      firstDone.reach();
      await counting;
      assert.deepEqual(calls, [0, 0], 'the second run did not see what was on its way');
      assert.equal((await (await direct.open('one')).attributes.all()).n, 1);
      await store.close();
      await direct.close();
      await nothingLeftAnywhere(database, 1);
    });
  }

  /** A node that does not find back by itself, which under heavy load one in a hundred does not, is started anew, as a service manager does. */
  async function back(): Promise<void> {
    await settled(cluster).catch(async () => {
      for (const node of cluster) {
        if ((await node.status('local_state')) === '4') continue;
        await node.kill();
        await node.restart();
      }
      await settled(cluster);
    });
  }

  interface Trouble {
    readonly name: string;
    /** Rounds in the short form. */
    readonly short: number;
    happen(random: () => number): Promise<void>;
  }

  const troubles: readonly Trouble[] = [
    {
      name: 'while a node is killed (-9) and comes back',
      short: 1,
      happen: async (random) => {
        const node = cluster[Math.floor(random() * 3)] as GaleraNode;
        await node.kill();
        await sleep(random() * 3000);
        await node.restart();
      },
    },
    {
      name: 'while a node is cut off from the others and comes back',
      short: 1,
      happen: async (random) => {
        const node = cluster[Math.floor(random() * 3)] as GaleraNode;
        await isolate(node);
        await sleep(random() * 3000);
        await rejoin(node);
      },
    },
    {
      name: 'while a node is stopped for 8 s',
      short: 0,
      happen: async (random) => {
        const node = cluster[Math.floor(random() * 3)] as GaleraNode;
        node.stop();
        await sleep(8000);
        node.resume();
        await back();
      },
    },
    {
      name: 'while two are stopped for 15 s, and the third has no quorum',
      short: 1,
      happen: async (random) => {
        const third = Math.floor(random() * 3);
        const two = cluster.filter((_, n) => n !== third);
        for (const node of two) node.stop();
        await sleep(15_000);
        for (const node of two) node.resume();
        await back();
      },
    },
  ];

  const args = ['--ensembles', '6', '--datasets', '400', '--attributes', '3', '--batch-size', '20', '--workers', '3', '--spread'];
  const records = 6 * 401;
  const strategy = ['--lock-strategy', 'OnlyRetry'];
  let undisturbed: string[] | undefined;

  /** The rows of a load into one node, to which nothing happened. */
  async function expectedRows(t: TestContext): Promise<string[]> {
    if (undisturbed) return undisturbed;
    const database = await freshDatabase();
    await new RunningLoad(['--store', one.url(database), ...args, ...strategy], tempDirectory(t)).whole(records);
    undisturbed = await rowsEverywhere(database);
    return undisturbed;
  }

  for (const trouble of troubles) {
    for (const seed of seeds(trouble.short)) {
      it(`workers load through all nodes ${trouble.name}: all is there once, on all (seed ${seed})`, { timeout }, async (t) => {
        const expected = await expectedRows(t);
        const random = randomOf(seed);
        const database = await freshDatabase();
        const load = new RunningLoad(['--store', urlOf(database), ...args, ...strategy], tempDirectory(t));
        t.after(() => load.kill());
        await untilWritten(one.url(database), random() * 0.8 * records, load);
        for (const node of cluster) while (!load.hasEnded && (await ourConnections(node, database)).length === 0) await sleep(5);
        assert.equal(load.hasEnded, false, 'the load has ended before');
        await trouble.happen(random);
        const { lock } = await load.whole(records);
        t.diagnostic(`${lock.retries} retries: ${JSON.stringify(lock.retriesByCode)}`);
        await settled(cluster);
        sameRows(await rowsEverywhere(database), expected);
        await nothingLeftAnywhere(database, 3);
      });
    }
  }

  for (const seed of seeds(1)) {
    it(`workers load through all nodes into ensembles that others change: conflicts are run again, and counted (seed ${seed})`, {
      timeout,
    }, async (t) => {
      const expected = await expectedRows(t);
      const database = await freshDatabase();
      const tries = ['--num-tries', '50'];
      const load = new RunningLoad(['--store', urlOf(database), ...args, ...strategy, ...tries], tempDirectory(t));
      t.after(() => load.kill());
      await untilWritten(one.url(database), 50, load);
      const stores = [];
      for (const n of cluster.keys()) {
        const lockStrategy = new OnlyRetry({ numTries: 200, patience: 0.2 });
        stores.push(await connect(turned(database, n), { lockStrategy, username: 'default' }));
      }
      const rename = async (store: Store) => {
        for (let n = 0; !load.hasEnded; n++) await store.update(`ensemble_${n % 6}`, { name: `Renamed ${n}` });
      };
      await Promise.all(stores.map(rename));
      for (const store of stores) {
        for (let n = 0; n < 6; n++) await store.update(`ensemble_${n}`, { name: 'Unnamed Ensemble' });
        await store.close();
      }
      const { lock } = await load.whole(records);
      t.diagnostic(`${lock.retries} retries: ${JSON.stringify(lock.retriesByCode)}`);
      assert.ok((lock.retriesByCode.ER_LOCK_DEADLOCK ?? 0) > 0, JSON.stringify(lock.retriesByCode));
      assert.equal(
        lock.retries,
        Object.values(lock.retriesByCode).reduce((sum, count) => sum + count, 0),
      );
      sameRows(await rowsEverywhere(database), expected);
      await nothingLeftAnywhere(database);
    });
  }
});
