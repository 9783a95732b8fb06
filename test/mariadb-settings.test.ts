import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { faultsMissing, type MariadbServer, startServer } from '../bench/support/mariadb-server.js';
import { connect, lockStrategies } from '../src/index.js';

const timeout = 60_000;

/** Settings that would take rows from an answer, or end a transaction in another way -> what they are by default. */
const settings = [
  ['sql_select_limit', '3', '18446744073709551615'],
  ['completion_type', "'CHAIN'", "'NO_CHAIN'"],
  ['completion_type', "'RELEASE'", "'NO_CHAIN'"],
  ['max_join_size', '5', '18446744073709551615'],
  ['sql_safe_updates', '1', '0'],
  ['autocommit', '0', '1'],
  ['tx_isolation', "'SERIALIZABLE'", "'REPEATABLE-READ'"],
  ['innodb_snapshot_isolation', '1', '0'],
  ['sql_mode', "'ORACLE'", 'DEFAULT'],
] as const;

describe('a store on a server with settings of its own', { skip: faultsMissing() ?? false }, () => {
  let server: MariadbServer;
  let undo: string[] = [];
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());
  afterEach(async () => {
    for (const statement of undo) await server.sql(statement);
    undo = [];
  });

  for (const [name, value, usual] of settings) {
    test(`${name} = ${value}: all is written and all is found`, { timeout }, async () => {
      await server.sql(`SET GLOBAL ${name} = ${value}`);
      undo.push(`SET GLOBAL ${name} = ${usual}`);
      const url = server.url(await server.freshDatabase());
      await using store = await connect(url, { lockStrategy: new lockStrategies.OnlyRetry() });
      const ensemble = await store.createEnsemble({ id: 'e', metadata: { shared: 1 } });
      const ids = Array.from({ length: 60 }, (_, n) => `m${String(n).padStart(2, '0')}`);
      await ensemble.createMany(ids.map((id) => ({ id })));
      await ensemble.attributes.set('shared', 2);
      const found: string[] = [];
      for await (const { id } of store.find({ data: { shared: 2 } })) found.push(id);
      assert.deepEqual(found, ids);
      assert.equal((await store.export()).relationships.length, 60);
    });
  }

  test('a connection that the server has closed while it was idle is opened again, under None too', { timeout }, async () => {
    const url = server.url(await server.freshDatabase());
    await using store = await connect(url);
    await store.create({ id: 'before' });
    const ids = await server.sql("SELECT id FROM information_schema.PROCESSLIST WHERE db LIKE 'kosh\\_%' AND command = 'Sleep'");
    assert.notEqual(ids, '');
    for (const id of ids.split('\n')) await server.sql(`KILL ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await store.create({ id: 'after' });
    assert.equal((await store.open('after')).id, 'after');
  });

  test('a signal ends the wait for a server that never answers', { timeout }, async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const reason = new Error('enough');
    const abort = new AbortController();
    const connecting = connect(`mariadb://root@127.0.0.1:${port}/d`, { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await assert.rejects(connecting, (error) => error === reason);
  });

  test('one of several hosts that never answers costs its time once', { timeout }, async (t) => {
    let connections = 0;
    const silent = createServer(() => connections++);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const database = await server.freshDatabase();
    const url = `mariadb://root@127.0.0.1:${port},127.0.0.1:${server.port}/${database}?connect_timeout=1`;
    await using store = await connect(url);
    await store.create({ id: 'a' });
    assert.equal(connections, 1);
  });
});
