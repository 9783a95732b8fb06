import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test, { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { buildPreload } from '../bench/stress/preload/build.js';
import { ControlFile } from '../bench/stress/preload/control-file.js';
import { mostBytes } from '../src/doctor/read-store.js';
import { KoshFlock } from '../src/locks/kosh-flock.js';
import { sqliteDdl } from '../src/stores/schema.js';
import { runCli } from './support/cli.js';
import { doctor, levels, lookAt, makeStore, of, stateOf, words } from './support/doctor.js';
import { startProcess, withPeer } from './support/lock-peers.js';
import { tempDirectory } from './support/temp.js';

const noMemory = existsSync('/dev/shm') ? false : 'there is no /dev/shm';
const noFlock = spawnSync('flock', ['--version']).status === 0 ? false : 'there is no flock';

/** What has to be well in a folder of this machine. */
const always = ['writable', 'SQLite locks', 'RFileLock', 'lock', "Kosh's lock", 'SQLite'];

describe('a store', () => {
  test('that is good: nothing is wrong, as JSON and in words', async (t) => {
    const cwd = tempDirectory(t);
    await runCli(['load', '--store', 's.sqlite', '--workers', '1', '--ensembles', '1'], { cwd });
    const report = await doctor(['s.sqlite'], { cwd });
    assert.equal(report.code, 0);
    for (const check of [...always, 'store', 'schema', 'integrity', 'journal'])
      assert.deepEqual(levels(report, check), ['ok'], `${check}: ${words(report, check)}`);
    assert.match(words(report, 'schema'), /a Kosh store/);
    for (const check of ['file system', 'fsync', 'room']) assert.equal(of(report, check).length, 1, check);
    assert.match(words(report, 'fsync'), /4 KiB are on the disk in [\d.,]+ ms \(median\), [\d.,]+ ms \(p99\), of \d+ writes/);
    assert.deepEqual(report.recommendation.command, 'kosh-ingest load --store s.sqlite --lock-strategy RFileLock INPUTS');

    const { code, stdout } = await runCli(['doctor', 's.sqlite'], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /^s\.sqlite \(SQLite\)\n\n {2}ok {7}store {9}a SQLite file of [\d.]+ kB\n/);
    assert.match(stdout, /\nLock strategy: RFileLock\n {2}\S.*\n(.*\n)*\n {2}kosh-ingest load --store s\.sqlite .*\n$/);
  });

  test('that is not there is not made', async (t) => {
    const cwd = tempDirectory(t);
    const report = await doctor(['new.sqlite'], { cwd });
    assert.equal(report.code, 0);
    assert.deepEqual(levels(report, 'store'), ['note']);
    for (const check of always) assert.deepEqual(levels(report, check), ['ok'], check);
    assert.deepEqual(of(report, 'schema'), []);
    assert.equal(report.recommendation.strategy, 'RFileLock');
    assert.deepEqual(readdirSync(cwd), []);
  });

  test("of Sina, without Kosh's records; one without tables; an empty file", async (t) => {
    const path = join(tempDirectory(t), 's.sqlite');
    makeStore(path);
    assert.deepEqual(levels(await lookAt(path, ['schema']), 'schema'), ['note']);
    makeStore(`${path}2`, 'PRAGMA user_version = 1');
    assert.match(words(await lookAt(`${path}2`, ['schema']), 'schema'), /^no tables yet/);
    writeFileSync(`${path}3`, '');
    assert.deepEqual(levels(await lookAt(`${path}3`, ['store', 'schema']), 'store'), ['warning']);
  });

  test('that is too large to be read to its end', async (t) => {
    const path = join(tempDirectory(t), 's.sqlite');
    makeStore(path);
    truncateSync(path, mostBytes);
    const report = await lookAt(path, ['schema', 'integrity']);
    assert.match(words(report, 'integrity'), /^not checked: the store has more than 1\.00 GB \/ .*By hand: sqlite3 /);
    assert.deepEqual(levels(report, 'schema'), ['note']);
  });
});

describe('what is no store is a problem, and nothing is recommended', () => {
  const old = sqliteDdl().filter((statement) => !statement.includes('CurveSetMeta'));
  const run = 'CREATE TABLE "Run" (id VARCHAR(255) NOT NULL PRIMARY KEY, application VARCHAR(255))';
  const cases: readonly (readonly [string, (path: string) => void, string, RegExp])[] = [
    ['a text', (path) => writeFileSync(path, 'id,temperature\n1,300\n'.repeat(10)), 'store', /not a SQLite file/],
    ['a directory', (path) => mkdirSync(path), 'store', /a directory/],
    ['a database of others', (path) => makeStore(path, 'CREATE TABLE runs (n)'), 'schema', /other tables \(runs\)/],
    [
      'an older Sina',
      (path) => makeStore(path, ...old, run),
      'schema',
      /older Sina: there is no table CurveSetMeta.*docs\/doctor\.md/,
    ],
  ];
  for (const [name, make, check, meaning] of cases) {
    test(name, async (t) => {
      const path = join(tempDirectory(t), 's');
      make(path);
      const report = await lookAt(path, ['store', 'schema', 'writable', 'room']);
      assert.deepEqual(levels(report, check), ['problem']);
      assert.match(words(report, check), meaning);
      assert.equal(report.recommendation.strategy, undefined);
      assert.equal(report.recommendation.command, undefined);
    });
  }

  test('a path without a folder: exit code 1, and none is made', async (t) => {
    const cwd = tempDirectory(t);
    const report = await doctor(['none/s.sqlite'], { cwd });
    assert.deepEqual([report.code, report.worst], [1, 'problem']);
    assert.deepEqual([levels(report, 'store'), levels(report, 'room')], [['problem'], []]);
    const { code, stdout } = await runCli(['doctor', 'none/s.sqlite'], { cwd });
    assert.equal(code, 1);
    assert.match(stdout, /\n {2}PROBLEM {2}store +its folder does not exist\n +Create the folder, or check the path\.\n/);
    assert.match(stdout, /\n1 problem\n\nLock strategy: none\n {2}Nothing is to be written here as things are/);
  });

  test('a damaged store', async (t) => {
    const path = join(tempDirectory(t), 's.sqlite');
    makeStore(path, ...sqliteDdl(), `INSERT INTO "Record" SELECT value, 't', '{}' FROM json_each('[${numbers(2000)}]')`);
    const db = new Database(path);
    const page = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'type_idx'").pluck().get() as number;
    const size = db.pragma('page_size', { simple: true }) as number;
    db.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(200, 7), 0, 200, (page - 1) * size);
    closeSync(file);
    const report = await lookAt(path, ['integrity']);
    assert.deepEqual(levels(report, 'integrity'), ['problem']);
    assert.match(words(report, 'integrity'), /\.recover/);
  });
});

function numbers(count: number): string {
  return Array.from({ length: count }, (_, n) => n).join();
}

describe('a store in WAL mode', () => {
  test('that nobody has open: read from a copy, and no -wal and -shm are left', async (t) => {
    const path = join(tempDirectory(t), 's.sqlite');
    makeStore(path, 'PRAGMA journal_mode = WAL', ...sqliteDdl());
    const report = await lookAt(path, ['journal', 'integrity', 'schema']);
    assert.match(words(report, 'journal'), /^WAL mode/);
    assert.deepEqual([levels(report, 'integrity'), levels(report, 'schema')], [['ok'], ['note']]);
    assert.deepEqual(readdirSync(dirname(path)), ['s.sqlite']);
  });

  test('that is in use is read where it is, and can be written as before', async (t) => {
    const cwd = tempDirectory(t);
    const db = new Database(join(cwd, 's.sqlite'));
    db.pragma('journal_mode = WAL');
    for (const statement of sqliteDdl()) db.exec(statement);
    // By a copy of the names alone: who reads a file that SQLite has open in this process drops its locks.
    const { code, stdout } = await runCli(['doctor', 's.sqlite', '--json'], { cwd });
    assert.equal(code, 0);
    const report = JSON.parse(stdout);
    assert.deepEqual([levels(report, 'journal'), levels(report, 'schema')], [['ok', 'note'], ['note']]);
    db.exec(`INSERT INTO "Record" VALUES ('a', 't', '{}')`);
    assert.deepEqual(readdirSync(cwd), ['s.sqlite', 's.sqlite-shm', 's.sqlite-wal']);
    db.close();
  });

  test('with a -wal left behind, which holds all of it', async (t) => {
    const [from, cwd] = [tempDirectory(t), tempDirectory(t)];
    const db = new Database(join(from, 's.sqlite'));
    db.pragma('journal_mode = WAL');
    for (const statement of sqliteDdl()) db.exec(statement);
    for (const ending of ['', '-wal']) copyFileSync(join(from, `s.sqlite${ending}`), join(cwd, `s.sqlite${ending}`));
    db.close();
    const report = await lookAt(join(cwd, 's.sqlite'), ['journal', 'schema']);
    assert.deepEqual(levels(report, 'journal'), ['ok', 'warning']);
    assert.match(words(report, 'journal'), /nobody has the store open \/ Do not delete it/);
    assert.deepEqual(levels(report, 'schema'), ['note'], words(report, 'schema'));
  });
});

test('a hot journal, of a writer that died in a transaction, is named and left', async (t) => {
  const [from, cwd] = [tempDirectory(t), tempDirectory(t)];
  const path = join(from, 's.sqlite');
  makeStore(path, ...sqliteDdl(), `INSERT INTO "Record" SELECT value, 't', '{}' FROM json_each('[${numbers(5000)}]')`);
  const db = new Database(path);
  // So that pages are written before COMMIT.
  db.pragma('cache_size = 5');
  db.exec('BEGIN IMMEDIATE');
  db.exec(`UPDATE "Record" SET raw = raw || 'x'`);
  for (const ending of ['', '-journal']) copyFileSync(path + ending, join(cwd, `s.sqlite${ending}`));
  db.exec('ROLLBACK');
  db.close();
  const report = await lookAt(join(cwd, 's.sqlite'), ['journal']);
  assert.deepEqual(levels(report, 'journal'), ['ok', 'warning']);
  assert.match(words(report, 'journal'), /a hot journal of .*\/ Do not delete it/);
});

test('a journal whose writer was killed before it wrote to the store is told to be harmless', async (t) => {
  const cwd = tempDirectory(t);
  const path = join(cwd, 's.sqlite');
  makeStore(path);
  const script = `
    const db = new (require(process.argv[1]))(process.argv[2]);
    db.exec("BEGIN IMMEDIATE; CREATE TABLE big (x)");
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['-e', script, new URL(import.meta.resolve('better-sqlite3')).pathname, path]);
  const report = await lookAt(path, ['journal']);
  assert.deepEqual(levels(report, 'journal'), ['ok', 'note']);
  assert.match(words(report, 'journal'), /nothing to roll back: .*, or was killed before .* \/ Nothing is to be done/);
});

describe('a place', () => {
  test('in memory', { skip: noMemory }, async (t) => {
    const cwd = tempDirectory(t, '/dev/shm');
    const report = await doctor(['s.sqlite'], { cwd });
    assert.equal(report.code, 0);
    assert.deepEqual(levels(report, 'file system'), ['note']);
    assert.match(words(report, 'file system'), /^tmpfs: in memory, .*gone when the machine restarts/);
    for (const check of always) assert.deepEqual(levels(report, check), ['ok'], check);
  });

  test('where locks do nothing: seen, and RFileLock alone is left', async (t) => {
    const [cwd, built] = [tempDirectory(t), tempDirectory(t)];
    const preload = await buildPreload(built);
    if ('missing' in preload) return t.skip(preload.missing);
    const control = new ControlFile(join(built, 'control'), { lockPath: '', diskPath: '' });
    t.after(() => control.close());
    makeStore(join(cwd, 's.sqlite'));
    const env = control.environment(preload);
    assert.deepEqual(levels(await doctor(['s.sqlite'], { cwd, env }), 'SQLite locks'), ['ok']);

    control.dropLocks(true);
    const report = await doctor(['s.sqlite'], { cwd, env });
    assert.ok(control.seen().granted > 0);
    assert.equal(report.code, 1);
    assert.deepEqual(levels(report, 'SQLite locks'), ['problem']);
    assert.match(words(report, 'SQLite locks'), /^keep no other process out \(tried\)/);
    assert.deepEqual(levels(report, 'RFileLock'), ['ok']);
    assert.equal(report.recommendation.strategy, 'RFileLock');
    assert.equal(report.recommendation.lockPath, join(cwd, 'kosh.lock'));
  });

  test('where no lock can be made: another lock path is recommended', async (t) => {
    const cwd = tempDirectory(t);
    const report = await lookAt(join(cwd, 's.sqlite'), ['lock path'], join(cwd, 'none', 'kosh.lock'));
    assert.deepEqual(levels(report, 'lock path'), ['problem']);
    assert.equal(report.recommendation.lockPath, join(cwd, 'kosh.lock'));
    assert.match(report.recommendation.command ?? '', /--lock-path \S+kosh\.lock INPUTS$/);
  });

  test('where the lock is on another file system: tried there, too', { skip: noMemory }, async (t) => {
    const lockPath = join(tempDirectory(t, '/dev/shm'), 'l');
    const report = await lookAt(join(tempDirectory(t), 's.sqlite'), ['lock path'], lockPath);
    assert.match(words(report, 'lock path'), /^its locks in \/dev\/shm\/.* work between processes/);
    assert.equal(report.recommendation.lockPath, lockPath);
  });

  test('that cannot be written to', async (t) => {
    const folder = tempDirectory(t);
    makeStore(join(folder, 's.sqlite'));
    // Nothing but the file system itself says no to root.
    using closed = process.getuid?.() === 0 ? mounted('--bind', '-o', 'ro', folder, folder) : closedFolder(folder);
    if (!closed) return t.skip('nothing can be mounted here');
    const names = ['store', 'schema', 'writable', 'SQLite locks', 'fsync', 'room'];
    const report = await lookAt(join(folder, 's.sqlite'), names);
    assert.deepEqual(levels(report, 'writable'), ['problem']);
    assert.deepEqual([levels(report, 'store'), levels(report, 'schema')], [['ok'], ['note']]);
    assert.deepEqual([levels(report, 'SQLite locks'), levels(report, 'fsync')], [[], []]);
    assert.equal(report.recommendation.strategy, undefined);
  });

  test('that is full', async (t) => {
    const folder = tempDirectory(t);
    using disk = mounted('-t', 'tmpfs', '-o', 'size=1m', 'none', folder);
    if (!disk) return t.skip('nothing can be mounted here');
    const report = await lookAt(join(folder, 's.sqlite'), ['room', 'file system']);
    assert.deepEqual(levels(report, 'room'), ['problem']);
    assert.match(words(report, 'file system'), new RegExp(`^tmpfs: in memory, mounted at ${folder}`));
  });
});

/** Mounted until it is disposed of; undefined where that cannot be. The last argument is the place. */
function mounted(...args: readonly string[]): Disposable | undefined {
  if (spawnSync('mount', args, { stdio: 'ignore' }).status !== 0) return undefined;
  return { [Symbol.dispose]: () => void spawnSync('umount', args.slice(-1)) };
}

function closedFolder(folder: string): Disposable {
  chmodSync(folder, 0o555);
  return { [Symbol.dispose]: () => chmodSync(folder, 0o755) };
}

describe('a lock', () => {
  test('of a process that lives, that was stopped, and that was killed', async (t) => {
    const cwd = tempDirectory(t);
    const lockPath = join(cwd, 'l');
    const store = join(tempDirectory(t), 's.sqlite');
    await withPeer(startProcess, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath } });
      await peer.heard('held');
      const alive = await lookAt(store, ['lock'], lockPath);
      assert.deepEqual(levels(alive, 'lock'), ['note']);
      assert.match(
        words(alive, 'lock'),
        /l\.lock is held by \S+:\d+ \(last sign of life \d+ s ago\), which lives: somebody writes/,
      );
      await peer.signal('SIGSTOP');
      assert.match(words(await lookAt(store, ['lock'], lockPath), 'lock'), /has been stopped \/ Let it go on \(kill -CONT \d+\)/);
      await peer.kill();
    });
    const before = stateOf(cwd);
    const report = await lookAt(store, ['lock'], lockPath);
    assert.deepEqual(levels(report, 'lock'), ['warning']);
    assert.match(words(report, 'lock'), /which is gone .*\/ Nothing is to be done: .*rm -r /);
    assert.deepEqual(stateOf(cwd), before);
  });

  test('of another machine that is silent', { timeout: 30_000 }, async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'l.lock'));
    writeFileSync(join(cwd, 'l.lock', `held_abc.1_4711_4711_1_${'0'.repeat(32)}_1@node7`), '');
    const report = await lookAt(join(cwd, 's.sqlite'), ['lock'], join(cwd, 'l'));
    assert.deepEqual(levels(report, 'lock'), ['warning']);
    assert.match(words(report, 'lock'), /held by node7:4711, on another machine or in another container, and silent/);
  });

  test('that is no lock', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'l.lock'));
    writeFileSync(join(cwd, 'l.lock', 'thesis.tex'), '');
    const report = await lookAt(join(cwd, 's.sqlite'), ['lock'], join(cwd, 'l'));
    assert.deepEqual(levels(report, 'lock'), ['problem']);
    assert.match(words(report, 'lock'), /not a lock: it holds "thesis\.tex"/);
    assert.equal(report.recommendation.lockPath, join(cwd, 'kosh.lock'));
  });

  test('of Kosh in Python, free and held', { skip: noFlock }, async (t) => {
    const cwd = tempDirectory(t);
    const lockPath = join(cwd, 'l');
    writeFileSync(lockPath, '');
    const look = () => lookAt(join(cwd, 's.sqlite'), ["Kosh's lock"], lockPath);
    assert.match(words(await look(), "Kosh's lock"), /l is there, and free \/ .*--flock/);
    const held = new KoshFlock(lockPath);
    assert.ok(await held.take(1000));
    t.after(() => held.release());
    assert.match(words(await look(), "Kosh's lock"), /l is held: Kosh in Python/);
  });
});

describe('an interrupt', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} while locks are tried: exit code 130, and nothing is left`, async (t) => {
      const cwd = tempDirectory(t);
      makeStore(join(cwd, 's.sqlite'));
      const before = stateOf(cwd);
      const { code, stdout, stderr } = await runCli(['doctor', 's.sqlite'], {
        cwd,
        onSpawn: async (child) => {
          const isThere = () => readdirSync(cwd, { recursive: true }).some((name) => String(name).endsWith('locks.sqlite'));
          while (child.exitCode === null && !isThere()) await sleep(2);
          child.kill(signal);
        },
      });
      assert.deepEqual([code, stdout], [130, '']);
      assert.match(stderr, /interrupted: not everything was looked at/);
      assert.deepEqual(stateOf(cwd), before);
    });
  }
});

test('a command line that makes no sense: exit code 2', async (t) => {
  const cwd = tempDirectory(t);
  for (const [args, message] of [
    [[], /store: missing/],
    [['a', 'b'], /b: doctor takes one store/],
    [['postgres://h/d'], /--store: expected a SQLite file or a MariaDB database/],
    [['mariadb://me:secret@h/d'], /--store: a password in a URL/],
    [['a', '--lock-path', ' '], /--lock-path: expected a path/],
  ] as const) {
    const { code, stdout, stderr } = await runCli(['doctor', ...args], { cwd });
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
  }
});
