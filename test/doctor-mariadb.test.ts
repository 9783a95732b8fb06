import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { galeraMissing, startCluster } from '../bench/support/galera.js';
import { faultsMissing, type MariadbServer, startServer } from '../bench/support/mariadb-server.js';
import { runCli } from './support/cli.js';
import { doctor, levels, words } from './support/doctor.js';
import { tempDirectory } from './support/temp.js';

const timeout = 60_000;

describe('a store on a server', { skip: faultsMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  test('that is good: empty, then filled; nothing is written', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const database = await server.freshDatabase();
    const url = server.url(database);
    const empty = await doctor([url], { cwd });
    assert.equal(empty.code, 0);
    assert.deepEqual([empty.engine, empty.recommendation.strategy], ['MariaDB', 'OnlyRetry']);
    for (const check of ['server', 'schema', 'ids', 'rights', 'durability', 'lock wait', 'read-only', 'connections', 'clock'])
      assert.deepEqual(levels(empty, check), ['ok'], `${check}: ${words(empty, check)}`);
    assert.match(words(empty, 'schema'), /no store yet/);
    assert.equal(await server.sql('SHOW TABLES', database), '');
    assert.equal(empty.recommendation.command, `kosh-ingest load --store ${url} --lock-strategy OnlyRetry INPUTS`);

    await runCli(['load', '--store', url, '--ensembles', '1'], { cwd });
    const tables = await server.sql('SHOW TABLES', database);
    const full = await doctor([url], { cwd });
    assert.match(words(full, 'schema'), /^a Kosh store/);
    assert.match(words(full, 'ids'), /utf8mb4_nopad_bin: all ids are told apart/);
    assert.deepEqual(levels(full, 'Galera'), []);
    assert.equal(await server.sql('SHOW TABLES', database), tables);
  });

  test('into which loads have not ended', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const url = server.url(await server.freshDatabase());
    const shard = (index: number) => runCli(['load', '--store', url, '--ensembles', '2', '--shard', `${index}/2`], { cwd });
    await shard(1);
    const half = await doctor([url], { cwd });
    assert.deepEqual([half.code, levels(half, 'loads')], [0, ['note']]);
    assert.match(words(half, 'loads'), /^not finished: .*shard 1 of 2 has ended, 2 has not: run it/);
    await shard(2);
    assert.deepEqual(levels(await doctor([url], { cwd }), 'loads'), []);
  });

  test('whose tables take different ids for the same; with another engine; of others', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const database = await server.freshDatabase();
    const record = 'CREATE TABLE Record (id VARCHAR(255) PRIMARY KEY, type VARCHAR(255), raw LONGTEXT)';
    await server.sql(`${record} CHARACTER SET latin1`, database);
    const latin = await doctor([server.url(database)], { cwd });
    assert.match(words(latin, 'schema'), /^some tables of a store/);
    assert.deepEqual(levels(latin, 'ids'), ['warning']);
    assert.match(words(latin, 'ids'), /latin1_swedish_ci: takes A and a, a and "a ", e and é for the same id/);
    assert.equal(latin.code, 0);

    await server.sql('ALTER TABLE Record ENGINE=MyISAM', database);
    const engine = await doctor([server.url(database)], { cwd });
    assert.deepEqual([engine.code, levels(engine, 'schema')], [1, ['problem']]);
    assert.match(words(engine, 'schema'), /MyISAM, without transactions.*ALTER TABLE Record ENGINE=InnoDB/);
    assert.equal(engine.recommendation.strategy, undefined);
  });

  test('whose server may forget, takes little and is read-only', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const url = server.url(await server.freshDatabase());
    await server.sql(
      'SET GLOBAL innodb_flush_log_at_trx_commit = 2, GLOBAL max_allowed_packet = 1048576, GLOBAL innodb_lock_wait_timeout = 1, GLOBAL read_only = 1',
    );
    t.after(() =>
      server.sql(
        'SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL max_allowed_packet = 16777216, GLOBAL innodb_lock_wait_timeout = 50, GLOBAL read_only = 0',
      ),
    );
    const report = await doctor([url], { cwd });
    assert.equal(report.code, 1);
    const found = Object.fromEntries(
      ['durability', 'packet', 'lock wait', 'read-only'].map((check) => [check, levels(report, check)[0]]),
    );
    assert.deepEqual(found, { durability: 'warning', packet: 'warning', 'lock wait': 'note', 'read-only': 'problem' });
    assert.match(words(report, 'packet'), /max_allowed_packet = 1\.05 MB/);
  });

  test('for users with few rights: none to write; all but to create; a database by its pattern', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const database = await server.freshDatabase('camp_aign');
    await server.sql(
      `CREATE USER reader@'127.0.0.1'; GRANT SELECT ON \`${database}\`.* TO reader@'127.0.0.1';
       CREATE USER writer@'127.0.0.1'; GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database}\`.* TO writer@'127.0.0.1';
       CREATE USER owner@'127.0.0.1'; GRANT ALL ON \`camp\\_%\`.* TO owner@'127.0.0.1'`,
    );
    const as = (user: string) => doctor([server.url(database).replace('root@', `${user}@`)], { cwd });
    assert.match(words(await as('reader'), 'rights'), /^no right to INSERT, UPDATE, DELETE, CREATE in camp_aign_/);
    const writer = await as('writer');
    assert.deepEqual([writer.code, levels(writer, 'rights')], [1, ['problem']]);
    assert.deepEqual(levels(await as('owner'), 'rights'), ['ok']);
    await runCli(['load', '--store', server.url(database), '--ensembles', '1'], { cwd });
    assert.deepEqual(levels(await as('writer'), 'rights'), ['note']);
  });

  test('that is not reached, or not there: one problem, with what to do', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    for (const [url, meaning] of [
      ['mariadb://me@127.0.0.1:1/d', /cannot be reached.*See that the server runs/],
      [server.url('none_such'), /Unknown database.*CREATE DATABASE/],
    ] as const) {
      const report = await doctor([url], { cwd });
      assert.deepEqual([report.code, report.findings.length, levels(report, 'server')], [1, 1, ['problem']]);
      assert.match(words(report, 'server'), meaning);
      assert.equal(report.recommendation.strategy, undefined);
    }
  });
});

test('a store on a Galera cluster', { skip: galeraMissing() ?? false, timeout }, async (t) => {
  const nodes = await startCluster(3);
  t.after(() => Promise.all(nodes.map((node) => node.remove())));
  const [first] = nodes;
  assert.ok(first);
  const report = await doctor([first.url(await first.freshDatabase())], { cwd: tempDirectory(t) });
  assert.equal(report.code, 0);
  assert.deepEqual(levels(report, 'Galera'), ['ok']);
  assert.match(words(report, 'Galera'), /^3 nodes, Primary, ready ON/);
  assert.match(report.recommendation.reason, /on one node/);
});
