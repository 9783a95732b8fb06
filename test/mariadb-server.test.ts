import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { galeraMissing, isolate, rejoin, settled, startCluster } from '../bench/support/galera.js';
import { until } from '../bench/support/mariadb-process.js';
import { faultsMissing, startServer } from '../bench/support/mariadb-server.js';

describe('MariadbServer: a real server for tests', { skip: faultsMissing() ?? false }, () => {
  it('keeps its data and its port when it is killed, shut down and stopped', { timeout: 180_000 }, async (t) => {
    const server = await startServer();
    t.after(() => server.remove());
    const database = await server.freshDatabase();
    assert.equal(server.url(database), `mariadb://root@127.0.0.1:${server.port}/${database}`);
    await server.sql(
      'CREATE TABLE t (n INT PRIMARY KEY, text VARCHAR(20)); INSERT INTO t VALUES (1, "Žluťoučký 🐎"), (2, NULL)',
      database,
    );
    const rows = () => server.sql('SELECT n, text FROM t ORDER BY n', database);
    const before = '1\tŽluťoučký 🐎\n2\tNULL';
    assert.equal(await rows(), before);

    await server.kill();
    await assert.rejects(rows(), /ERROR 2002/);
    await server.restart();
    assert.equal(await rows(), before);

    await server.shutdown();
    await server.restart();
    assert.equal(await rows(), before);

    server.stop();
    let answered = false;
    const waiting = rows().finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(answered, false);
    server.resume();
    assert.equal(await waiting, before);

    server.stop();
    await server.kill();
    await server.restart();
    assert.equal(await rows(), before);
  });

  it('says what is wrong: with a statement, with an argument', { timeout: 60_000 }, async () => {
    await assert.rejects(startServer({ args: ['--no-such-option'] }), /mariadbd ended at its start:.*no-such-option/s);
    const server = await startServer({ args: ['--max-connections=33'] });
    await assert.rejects(server.sql('SELECT * FROM mysql.nothing'), /ERROR 1146 .*nothing/);
    assert.equal(await server.sql('SELECT @@max_connections'), '33');
    await server.remove();
  });
});

describe('startServer: nothing is left behind', { skip: faultsMissing() ?? false }, () => {
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`by a process that ends by ${signal}`, { timeout: 90_000 }, async () => {
      const typescript = import.meta.url.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
      const program = `const { startServer } = await import(${JSON.stringify(import.meta.resolve('../bench/support/mariadb-server.js'))});
        const server = await startServer();
        server.stop();
        console.log(server.socket);
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, [...typescript, '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.setEncoding('utf8');
      const [socket] = (await once(child.stdout, 'data')) as [string];
      const folder = dirname(socket.trim());
      const pid = Number(readFileSync(join(folder, 'group'), 'utf8'));
      assert.ok(isThere(pid));
      child.kill(signal);
      const isGone = async () => !existsSync(dirname(folder)) && !isThere(pid);
      await until(isGone, () => `${pid} and ${folder} are gone`);
    });
  }
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('startCluster: real Galera nodes', { skip: galeraMissing() ?? false }, () => {
  it('share their rows, and take back one that was killed, shut down or cut off', { timeout: 300_000 }, async (t) => {
    const cluster = await startCluster();
    t.after(() => Promise.all(cluster.map((node) => node.remove())));
    const [one, two, three] = cluster;
    assert.ok(one && two && three);
    const database = await one.freshDatabase();
    const insert = (n: number, node = one) => node.sql(`INSERT INTO t VALUES (${n})`, database);
    const rows = (node: typeof one) => node.sql('SET wsrep_sync_wait = 1; SELECT group_concat(n ORDER BY n) FROM t', database);
    await one.sql('CREATE TABLE t (n INT PRIMARY KEY)', database);
    await insert(1);
    assert.equal(await rows(two), '1');

    await three.kill();
    await settled(cluster);
    await insert(2);
    await three.restart();
    assert.equal(await rows(three), '1,2');

    await three.shutdown();
    await insert(3);
    await three.restart();
    assert.equal(await rows(three), '1,2,3');

    await isolate(two);
    await assert.rejects(insert(4, two), /ERROR 1047/);
    await insert(4);
    await rejoin(two);
    assert.equal(await rows(two), '1,2,3,4');

    await Promise.all(cluster.map((node) => node.kill()));
    await Promise.all(cluster.map((node) => node.restart()));
    for (const node of cluster) assert.equal(await rows(node), '1,2,3,4');
  });
});
