import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsMissing, type MariadbServer, startServer } from '../bench/support/mariadb-server.js';
import { randomOf } from '../bench/support/random.js';
import { connect, Ensemble, IngestError, type LockStrategy, lockStrategies, type Store } from '../src/index.js';
import { changeAttributes } from '../src/kosh/calls/change-attributes.js';
import { type Acquisition, join as joinStore, transact } from '../src/kosh/transact.js';
import { defaultStoreInfo } from '../src/records/kosh.js';
import { CommitProxy, type CommitProxyOptions, cuts, type Verdict } from './support/commit-proxy.js';
import {
  isLong,
  type Killing,
  killAgainAndAgain,
  nothingLeft,
  RunningLoad,
  sameRows,
  seeds,
  untilWritten,
} from './support/faults.js';
import { startProgram, withPeers } from './support/lock-peers.js';
import { connectOutside, dumpMariadb } from './support/mariadb-store.js';
import type { StoreJob } from './support/store-peer.js';
import { tempDirectory } from './support/temp.js';

const timeout = 240_000;
const skip = faultsMissing() ?? false;
const { OnlyRetry, RFileLock, None } = lockStrategies;

interface Scene {
  readonly server: MariadbServer;
  readonly database: string;
  readonly load: RunningLoad;
  readonly random: () => number;
  /** How often a connection is killed that the load can get to its end. */
  readonly kills: Pick<Killing, 'mostMs' | 'growth'>;
}

/** Something that happens to a server while a load runs. */
interface Fault {
  readonly name: string;
  /** Rounds of generated records, and of documents, in the short form. */
  readonly short: readonly [number, number];
  /** The share of the records that has been written at the most when it begins. 0: in the first half second, when there is no store yet. */
  readonly before: number;
  happen(scene: Scene): Promise<void>;
}

const stoppedS = isLong ? 30 : 8;
const killed: Fault['happen'] = async ({ server, random }) => {
  await server.kill();
  await sleep(random() * 3000);
  await server.restart();
};
const faults: readonly Fault[] = [
  { name: 'killed (-9), and restarted after 0 to 3 s', short: [2, 1], before: 0.9, happen: killed },
  { name: 'killed (-9) before there is a store, and restarted', short: [1, 0], before: 0, happen: killed },
  {
    name: `stopped for ${stoppedS} s`,
    short: [1, 0],
    before: 0.9,
    happen: async ({ server }) => {
      server.stop();
      await sleep(stoppedS * 1000);
      server.resume();
    },
  },
  {
    name: 'shut down and started',
    short: [1, 1],
    before: 0.9,
    happen: async ({ server, random }) => {
      await server.shutdown();
      await sleep(random() * 1000);
      await server.restart();
    },
  },
  {
    name: 'asked to kill connections and statements, again and again',
    short: [2, 1],
    before: 0.1,
    happen: async ({ server, database, load, random, kills }) => {
      const count = await killAgainAndAgain(server, database, { random, isOver: () => load.hasEnded, ...kills });
      assert.ok(count >= 1, 'nothing was killed');
    },
  },
];

/** What is loaded, and what is in the store afterwards. */
interface Job {
  readonly args: readonly string[];
  readonly records: number;
  /** The rows of a load to which nothing happened. */
  readonly rows: readonly string[];
}

/** Some documents, and one that is written as it is read, in one transaction. */
function writeDocuments(directory: string): { readonly args: string[]; readonly records: number } {
  const record = (id: string, size: number) => ({ id, type: 't', data: { n: { value: 1 }, text: { value: id.repeat(size) } } });
  const records = (file: string, count: number, size: number) =>
    Array.from({ length: count }, (_, n) => record(`${file}_${n}`, size));
  for (let n = 0; n < 40; n++) {
    const document = {
      records: records(`file${n}`, 20, 5),
      relationships: [{ subject: `file${n}_0`, predicate: 'next', object: `file${n}_1` }],
    };
    writeFileSync(join(directory, `${n}.json`), JSON.stringify(document));
  }
  const large = JSON.stringify({ records: records('large', 1500, 700) });
  assert.ok(large.length > 9 * 2 ** 20, String(large.length));
  writeFileSync(join(directory, 'large.json'), large);
  return { args: [join(directory, '*.json'), '--batch-size', '40'], records: 40 * 20 + 1500 };
}

const jobs = [
  {
    name: 'generated records',
    kills: { mostMs: 50, growth: 1.05 },
    make: () => ({ args: ['--ensembles', '4', '--datasets', '500', '--attributes', '3', '--batch-size', '40'], records: 2004 }),
  },
  { name: 'documents', kills: { mostMs: 300, growth: 1.3 }, make: (t: TestContext) => writeDocuments(tempDirectory(t)) },
];

describe('a load goes through, and has all records once', { skip, concurrency: jobs.length }, () => {
  const strategy = ['--lock-strategy', 'OnlyRetry'];

  async function undisturbed(server: MariadbServer, t: TestContext, { args, records }: Omit<Job, 'rows'>): Promise<Job> {
    const database = await server.freshDatabase();
    const load = new RunningLoad(['--store', server.url(database), ...args, ...strategy, '--workers', '3'], tempDirectory(t));
    await load.whole(records);
    await nothingLeft(server, database);
    return { args, records, rows: await dumpMariadb(server.url(database)) };
  }

  interface Running extends Scene {
    readonly url: string;
    readonly workers: number;
  }

  /** A load that has got as far as the random number says. On a busy machine one may be over by then: another. */
  async function running(
    t: TestContext,
    fault: Fault,
    job: Job,
    scene: Pick<Scene, 'server' | 'random' | 'kills'>,
  ): Promise<Running> {
    const { server, random } = scene;
    for (let tries = 1; tries <= 5; tries++) {
      const database = await server.freshDatabase();
      const url = server.url(database);
      const workers = 2 + Math.floor(random() * 3);
      // Who has never seen the server does not wait for it, but for the tries between; and a slow machine is killed more often.
      const args = ['--store', url, ...job.args, ...strategy, '--workers', String(workers), '--num-tries', '40'];
      const load = new RunningLoad(args, tempDirectory(t));
      t.after(() => load.kill());
      if (fault.before > 0) await untilWritten(url, random() * fault.before * job.records, load);
      await sleep(random() * (fault.before > 0 ? 20 : 500));
      if (!load.hasEnded) return { ...scene, database, url, workers, load };
    }
    throw new Error('every load has ended before');
  }

  async function round(t: TestContext, fault: Fault, job: Job, scene: Pick<Scene, 'server' | 'random' | 'kills'>) {
    const run = await running(t, fault, job, scene);
    await fault.happen(run);
    const { lock } = await run.load.whole(job.records);
    t.diagnostic(`${run.workers} workers, ${lock.retries} retries: ${JSON.stringify(lock.retriesByCode)}`);
    sameRows(await dumpMariadb(run.url), job.rows);
    // A connection that is lost behind its last transaction leaves the mark of that.
    await nothingLeft(run.server, run.database, run.workers);
  }

  for (const [at, { name, kills, make }] of jobs.entries()) {
    it(name, { timeout: isLong ? 7_200_000 : timeout }, async (t) => {
      const server = await startServer();
      t.after(() => server.remove());
      const job = await undisturbed(server, t, make(t));
      for (const fault of faults) {
        for (const seed of seeds(fault.short[at] as number)) {
          const scene = { server, random: randomOf(seed), kills };
          await t.test(`while the server is ${fault.name} (seed ${seed})`, { timeout }, (own) => round(own, fault, job, scene));
        }
      }
    });
  }
});

describe('a COMMIT that is not answered', { skip, concurrency: 3 }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  interface Proxied {
    readonly proxy: CommitProxy;
    readonly database: string;
    /** From now on every COMMIT passes: closing a store sends one, too. */
    calm(): void;
  }

  /** A store with a record `one` that counts, behind a proxy. */
  async function proxied(
    t: TestContext,
    verdict: CommitProxyOptions['verdict'],
    replace: CommitProxyOptions['replace'] = () => undefined,
  ): Promise<Proxied> {
    const database = await server.freshDatabase();
    await using store = await connect(server.url(database), { username: 'default' });
    await store.create({ id: 'one', metadata: { n: 0 } });
    let isCalm = false;
    const proxy = await CommitProxy.listen({ port: server.port, replace, verdict: (n) => (isCalm ? 'pass' : verdict(n)) });
    t.after(() => proxy.close());
    const calm = () => {
      isCalm = true;
    };
    return { proxy, database, calm };
  }

  async function countOf(database: string): Promise<number> {
    await using store = await connect(server.url(database), { readOnly: true });
    return (await (await store.open('one')).attributes.all()).n as number;
  }

  const addOne = (store: Store) => store.update('one', ({ n }) => ({ n: (n as number) + 1 }));

  /** A COMMIT in two is cut, at most three in a row. */
  function inTwo(random: () => number, kinds: readonly Verdict[] = cuts): () => Verdict {
    let row = 0;
    return () => {
      row = row < 3 && random() < 0.5 ? row + 1 : 0;
      return row === 0 ? 'pass' : (kinds[Math.floor(random() * kinds.length)] as Verdict);
    };
  }

  for (const seed of seeds(1)) {
    for (const cut of cuts) {
      it(`${cut}: 30 that count are 30 (seed ${seed})`, { timeout }, async (t) => {
        const { proxy, database, calm } = await proxied(t, inTwo(randomOf(seed), [cut]));
        const store = await connect(proxy.url(database), { lockStrategy: new OnlyRetry(), username: 'default' });
        for (let n = 0; n < 30; n++) await addOne(store);
        assert.ok(proxy.commits > 30 || cut !== 'cut before', `${proxy.commits}`);
        calm();
        await store.close();
        assert.equal(await countOf(database), 30);
        await nothingLeft(server, database);
      });
    }

    const strategies: Record<string, (t: TestContext) => LockStrategy> = {
      OnlyRetry: () => new OnlyRetry(),
      RFileLock: (t) => new RFileLock({ lockPath: join(tempDirectory(t), 'lock') }),
    };
    for (const [name, strategyOf] of Object.entries(strategies)) {
      it(`${name}: every call answers what it has done, and has done it once (seed ${seed})`, { timeout }, async (t) => {
        const random = randomOf(seed);
        const { proxy, database, calm } = await proxied(t, inTwo(random));
        const lockStrategy = strategyOf(t);
        // Also what is created with a new store.
        const store = await connect(proxy.url(await server.freshDatabase()), { lockStrategy, username: 'default' });
        await store.close();
        const again = await connect(proxy.url(database), { lockStrategy, username: 'default' });
        const ensemble = await again.createEnsemble({ id: 'all' });
        for (let n = 0; n < 10; n++) {
          const dataset = await again.create({ id: `d${n}`, metadata: { n } });
          assert.equal(await ensemble.add(dataset), true);
          assert.equal(await ensemble.remove(dataset), true);
          assert.deepEqual(await again.importDocument({ records: [{ id: `i${n}`, type: 't' }] }), {
            ids: [`i${n}`],
            relationships: 0,
          });
          await addOne(again);
          if (n % 2 === 0) await again.delete(dataset);
        }
        calm();
        await again.close();
        assert.equal(await countOf(database), 10);
        const ids = await server.sql('SELECT id FROM Record WHERE id REGEXP "^[di][0-9]$" ORDER BY id', database);
        assert.equal(ids, ['d1', 'd3', 'd5', 'd7', 'd9', ...Array.from({ length: 10 }, (_, n) => `i${n}`)].join('\n'));
        await nothingLeft(server, database);
      });
    }

    it(`a load has all records once (seed ${seed})`, { timeout }, async (t) => {
      const args = [
        '--ensembles',
        '3',
        '--datasets',
        '60',
        '--batch-size',
        '10',
        '--lock-strategy',
        'OnlyRetry',
        '--workers',
        '3',
      ];
      const undisturbed = await server.freshDatabase();
      await new RunningLoad(['--store', server.url(undisturbed), ...args], tempDirectory(t)).whole(183);
      const { proxy, database } = await proxied(t, inTwo(randomOf(seed)));
      await server.sql('DELETE FROM Record WHERE id = "one"', database);
      const { lock } = await new RunningLoad(['--store', proxy.url(database), ...args], tempDirectory(t)).whole(183);
      assert.ok(lock.retries > 5, `${lock.retries} retries`);
      sameRows(await dumpMariadb(server.url(database)), await dumpMariadb(server.url(undisturbed)));
      // What is sent at the end may be cut, too.
      await nothingLeft(server, database, 3);
    });
  }

  async function unknown(call: Promise<unknown>): Promise<void> {
    const error = await call.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof IngestError, String(error));
    assert.equal(error.code, 'ERR_COMMIT_UNKNOWN', error.message);
  }

  for (const [cut, done] of [
    ['cut before', 0],
    ['cut after', 1],
  ] as const) {
    it(`None, ${cut}: ERR_COMMIT_UNKNOWN, and nothing twice`, { timeout }, async (t) => {
      const { proxy, database, calm } = await proxied(t, (n) => (n === 0 ? cut : 'pass'));
      const store = await connect(proxy.url(database), { lockStrategy: new None(), username: 'default' });
      await unknown(addOne(store));
      assert.equal(await countOf(database), done);
      await addOne(store);
      assert.equal(await countOf(database), done + 1);
      calm();
      await store.close();
      await nothingLeft(server, database, done);
    });
  }

  it('a transaction that was ended without a word is not taken for committed, but run again', { timeout }, async (t) => {
    let relationships = 0;
    // Every third time the last statement is one that undoes all the others.
    const replace = (statement: string) =>
      /^INSERT INTO "Relationship"/.test(statement) && relationships++ % 3 === 0 ? 'ROLLBACK' : undefined;
    const { proxy, database } = await proxied(t, () => 'pass', replace);
    const ids = Array.from({ length: 9 }, (_, n) => `member ${n}`);
    await using store = await connect(proxy.url(database), { lockStrategy: new OnlyRetry(), username: 'default' });
    const ensemble = await store.createEnsemble({ id: 'e' });
    for (const id of ids) await ensemble.create({ id });
    assert.ok(relationships > ids.length);
    const members: string[] = [];
    for await (const { id } of ensemble.members()) members.push(id);
    assert.deepEqual(members, ids);

    relationships = 0;
    await using plain = await connect(proxy.url(database), { username: 'default' });
    const same = await plain.open('e');
    assert.ok(same instanceof Ensemble);
    const creating = same.create({ id: 'one more' });
    await assert.rejects(creating, { code: 'ERR_STORE_BUSY', message: /without saying so/ });
    await assert.rejects(store.open('one more'), { code: 'ERR_RECORD_NOT_FOUND' });
  });

  it('None: a load ends with ERR_COMMIT_UNKNOWN, and the store has what was committed, each batch whole', {
    timeout,
  }, async (t) => {
    const args = ['--ensembles', '2', '--datasets', '50', '--batch-size', '10', '--lock-strategy', 'None', '--workers', '1'];
    const { proxy, database } = await proxied(t, (n) => (n === 6 ? 'cut after' : 'pass'));
    const load = new RunningLoad(['--store', proxy.url(database), ...args], tempDirectory(t));
    const { code, stderr } = await load.result;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /did not answer a COMMIT/);
    const members = Number(await server.sql('SELECT count(*) FROM Relationship', database));
    assert.ok(members >= 10 && members % 10 === 0, `${members} members`);
    await nothingLeft(server, database, 2);
  });

  it('with all tries used up nobody says that nothing was done', { timeout }, async (t) => {
    const { proxy, database, calm } = await proxied(t, () => 'cut before');
    const store = await connect(proxy.url(database), {
      lockStrategy: new OnlyRetry({ numTries: 3, patience: 0 }),
      username: 'default',
    });
    await unknown(addOne(store));
    calm();
    await addOne(store);
    await store.close();
    assert.equal(await countOf(database), 1);
    await nothingLeft(server, database);
  });

  it('what the run after finds undone and refuses for a reason of its own is refused for that', { timeout }, async (t) => {
    const { proxy, database, calm } = await proxied(t, (n) => (n === 0 ? 'cut before' : 'pass'));
    const store = await connect(proxy.url(database), { lockStrategy: new OnlyRetry(), username: 'default' });
    let runs = 0;
    const no = new Error('no');
    const change = () => {
      if (++runs === 2) throw no;
      return { n: 100 };
    };
    await assert.rejects(store.update('one', change), (error) => error === no);
    calm();
    await store.close();
    assert.equal(await countOf(database), 0);
    await nothingLeft(server, database);
  });

  it('a server that was away without a word, and has begun to count its connections anew, is told apart from one that is slow', {
    timeout,
  }, async (t) => {
    const own = await startServer();
    t.after(() => own.remove());
    const database = await own.freshDatabase();
    const proxy = await CommitProxy.listen({ port: own.port, verdict: () => 'pass' });
    t.after(() => proxy.close());
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => connect(proxy.url(database), { lockStrategy: new OnlyRetry(), username: 'default' })),
    );
    const [store] = stores as [Store];
    await store.create({ id: 'one', metadata: { n: 0 } });
    for (const one of stores) await addOne(one);
    proxy.silence();
    await own.kill();
    await own.restart();
    // Strangers with the numbers that ours had.
    const strangers = await Promise.all(Array.from({ length: 20 }, () => connectOutside(own.rootUrl, t)));
    await Promise.all(stores.map(addOne));
    for (const stranger of strangers) await stranger.query('DO 1');
    assert.equal((await (await store.open('one')).attributes.all()).n, 8);
    await Promise.all(stores.map((one) => one.close()));
    await nothingLeft(own, database);
  });
});

describe('many at once', { skip }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  async function storeOf(count: number): Promise<string> {
    const database = await server.freshDatabase();
    await using store = await connect(server.url(database), { username: 'default' });
    await store.createMany(Array.from({ length: count }, (_, n) => ({ id: `r${n}`, metadata: { n: 0 } })));
    return database;
  }

  async function counts(database: string): Promise<number[]> {
    const values = await server.sql(
      'SELECT CAST(value AS INT) FROM ScalarData WHERE id LIKE "r_" AND name = "n" ORDER BY id',
      database,
    );
    return values.split('\n').map(Number);
  }

  for (const seed of seeds(1)) {
    it(`4 change the same 5 records in opposite orders: nothing is lost, and each deadlock is counted (seed ${seed})`, {
      timeout,
    }, async () => {
      const random = randomOf(seed);
      const database = await storeOf(5);
      const ids = Array.from({ length: 5 }, (_, n) => `r${n}`);
      const deadlocks = async () => Number((await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")).split('\t')[1]);
      const before_ = await deadlocks();
      const done = new Map(ids.map((id) => [id, 0]));
      const retries: string[] = [];
      await Promise.all(
        Array.from({ length: 4 }, async (_, n) => {
          const onAcquisition = (acquisition: Acquisition) => retries.push(...acquisition.retries);
          const strategy = new OnlyRetry({ numTries: 100, patience: 0.1 });
          const joined = { ...(await joinStore(server.url(database), strategy)), onAcquisition };
          await joined.connection.schema();
          for (let round = 0; round < 20; round++) {
            const order = ids.filter(() => random() < 0.7);
            if (n % 2 === 1) order.reverse();
            await transact(joined, async (tx) => {
              for (const id of order)
                await changeAttributes(tx, id, ({ n: before }) => ({ n: (before as number) + 1 }), defaultStoreInfo);
            });
            for (const id of order) done.set(id, (done.get(id) as number) + 1);
          }
          await joined.connection.close();
        }),
      );
      assert.deepEqual(await counts(database), [...done.values()]);
      assert.ok(retries.length > 0, 'there was no deadlock');
      assert.deepEqual(new Set(retries), new Set(['ER_LOCK_DEADLOCK']));
      assert.equal(retries.length, (await deadlocks()) - before_);
      await nothingLeft(server, database);
    });
  }

  it('an ensemble and its members are changed at once: nothing is lost', { timeout }, async () => {
    const database = await server.freshDatabase();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () =>
        connect(server.url(database), { lockStrategy: new OnlyRetry({ numTries: 100, patience: 0.1 }), username: 'default' }),
      ),
    );
    const [one, two, three, four] = stores as [Store, Store, Store, Store];
    const ensemble = await one.createEnsemble({ id: 'all', metadata: { shared: 0 } });
    await ensemble.createMany(['r0', 'r1', 'r2', 'r3'].map((id) => ({ id, metadata: { n: 0 } })));
    const rounds = 20;
    const addTo = async (store: Store, ids: readonly string[], name: string) => {
      for (let round = 0; round < rounds; round++) {
        for (const id of ids) await store.update(id, ({ [name]: before }) => ({ [name]: (before as number) + 1 }));
      }
    };
    await Promise.all([
      addTo(one, ['all'], 'shared'),
      addTo(two, ['all'], 'shared'),
      addTo(three, ['r0', 'r1', 'r2', 'r3'], 'n'),
      addTo(four, ['r3', 'r2', 'r1', 'r0'], 'n'),
    ]);
    assert.deepEqual(await counts(database), new Array(4).fill(2 * rounds));
    const shared = await server.sql('SELECT DISTINCT CAST(value AS INT) FROM ScalarData WHERE name = "shared"', database);
    assert.equal(shared, String(2 * rounds));
    await Promise.all(stores.map((store) => store.close()));
    await nothingLeft(server, database);
  });

  for (const strategy of ['OnlyRetry', 'RFileLock']) {
    it(`4 processes count one attribute through ${strategy}: every call is counted`, { timeout }, async (t) => {
      const database = await storeOf(1);
      const lock = strategy === 'RFileLock' ? { lockPath: join(tempDirectory(t), 'lock') } : {};
      const options = { numTries: 100, patience: 0.1, ...lock };
      await withPeers(
        () => startProgram<StoreJob>('store-peer'),
        4,
        async (peers) => {
          for (const peer of peers) peer.send({ kind: 'open', store: server.url(database), strategy, options });
          await Promise.all(peers.map((peer) => peer.heard('opened')));
          for (const peer of peers) peer.send({ kind: 'count', id: 'r0', rounds: 30 });
          await Promise.all(peers.map((peer) => peer.heard('counted')));
        },
      );
      assert.deepEqual(await counts(database), [120]);
      // They were killed where they stood, and left the mark of their last transaction.
      await nothingLeft(server, database, 4);
    });
  }

  it('4 stores count one attribute through None, each again when it is told to: every call is counted', { timeout }, async () => {
    const database = await storeOf(1);
    const stores = await Promise.all(Array.from({ length: 4 }, () => connect(server.url(database), { username: 'default' })));
    await Promise.all(
      stores.map(async (store) => {
        for (let n = 0; n < 30; ) {
          await store
            .update('r0', ({ n: before }) => ({ n: (before as number) + 1 }))
            .then(
              () => n++,
              (error: IngestError) => assert.equal(error.code, 'ERR_STORE_BUSY', error.message),
            );
        }
      }),
    );
    assert.deepEqual(await counts(database), [120]);
    await Promise.all(stores.map((store) => store.close()));
    await nothingLeft(server, database);
  });
});
