/** Whether Node and better-sqlite3 really see what the preloaded library does. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { buildPreload } from '../bench/stress/preload/build.js';
import { ControlFile } from '../bench/stress/preload/control-file.js';

const folder = mkdtempSync(join(tmpdir(), 'kosh-stress-preload-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const preload = await buildPreload(folder);
const skip = 'missing' in preload ? preload.missing : false;

const disk = join(folder, 'disk');
const lock = join(disk, 'kosh.lock');
const store = join(disk, 'store.sqlite');

/** Runs what it is sent, line by line, and answers with the value or the error's code. */
const script = `
  const fs = require('node:fs');
  const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('better-sqlite3'))});
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    try { console.log(JSON.stringify(eval(line) ?? null)); } catch (error) { console.log(JSON.stringify(error.code ?? String(error))); }
  });`;

class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, ['-e', script], { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.#child.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async run(line: string): Promise<unknown> {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    assert.ok(!done, 'the peer ended');
    return JSON.parse(value as string);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }
}

describe('the preloaded library', { skip }, () => {
  let control: ControlFile;
  let peer: Peer;

  before(() => {
    if ('missing' in preload) return;
    mkdirSync(disk);
    control = new ControlFile(join(folder, 'control'), { lockPath: lock, diskPath: disk });
    peer = new Peer(control.environment(preload));
  });
  after(async () => {
    await peer?.end();
    control?.close();
  });

  test('a clock that is set, forward and back, in Node and in SQLite; the monotonic one goes on', async () => {
    const trueTime = async () => Math.abs(((await peer.run('Date.now()')) as number) - Date.now()) < 5000;
    assert.ok(await trueTime());
    const monotonic = (await peer.run('performance.now()')) as number;
    for (const hours of [1, -1]) {
      control.shiftClock(hours * 3_600_000);
      const shift = ((await peer.run('Date.now()')) as number) - Date.now();
      assert.ok(Math.abs(shift - hours * 3_600_000) < 5000, `${shift} ms`);
      const ofDate = ((await peer.run('new Date().getTime()')) as number) - Date.now();
      assert.ok(Math.abs(ofDate - hours * 3_600_000) < 5000, `${ofDate} ms`);
      const inSqlite = (await peer.run(`new Database(':memory:').prepare("SELECT unixepoch('now')").pluck().get()`)) as number;
      assert.ok(Math.abs(inSqlite * 1000 - Date.now() - hours * 3_600_000) < 5000, `${inSqlite}`);
    }
    assert.ok(((await peer.run('performance.now()')) as number) - monotonic < 60_000);
    control.shiftClock(0);
    assert.ok(await trueTime());
    assert.ok(control.seen().told > 0);
  });

  for (const [name, errno] of [
    ['EIO', constants.errno.EIO],
    ['EACCES', constants.errno.EACCES],
  ] as const) {
    test(`${name} for everything that changes something under the path of the lock, and for nothing else`, async () => {
      const path = JSON.stringify(`${lock}.lock`);
      const calls = [
        `fs.mkdirSync(${path})`,
        `fs.writeFileSync(${path} + '/owner', '')`,
        `fs.utimesSync(${path}, 1, 1)`,
        `fs.renameSync(${path}, ${path} + '.old')`,
        `fs.renameSync(${path} + '.old', ${path})`,
        `fs.unlinkSync(${path} + '/owner')`,
        `fs.rmdirSync(${path})`,
      ];
      for (const call of calls) assert.equal(await peer.run(call), null, call);
      control.failLock(errno);
      for (const call of calls) assert.equal(await peer.run(call), name, call);
      assert.equal(await peer.run(`fs.writeFileSync(${JSON.stringify(join(disk, 'other'))}, 'x')`), null);
      control.failLock(0);
      assert.ok(!existsSync(`${lock}.lock`));
      for (const call of calls) assert.equal(await peer.run(call), null, call);
    });
  }

  test('a full disk: nothing grows, what is there can be written over and rolled back', async () => {
    const file = JSON.stringify(join(disk, 'file'));
    const db = `(globalThis.db ??= new Database(${JSON.stringify(store)}))`;
    await peer.run(`${db}.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)'), null`);
    await peer.run(`fs.writeFileSync(${file}, 'abc'), null`);
    control.fill(true);
    assert.equal(await peer.run(`fs.writeFileSync(${file} + '2', 'a')`), 'ENOSPC');
    assert.equal(await peer.run(`fs.mkdirSync(${file} + '3')`), 'ENOSPC');
    assert.equal(await peer.run(`fs.appendFileSync(${file}, 'd')`), 'ENOSPC');
    assert.equal(await peer.run(`{ const f = fs.openSync(${file}, 'r+'); fs.writeSync(f, 'x', 0); fs.closeSync(f) }`), null);
    const outcome = await peer.run(`${db}.exec('INSERT INTO t VALUES (zeroblob(100000))'), null`);
    assert.match(String(outcome), /^SQLITE_(FULL|CANTOPEN)/);
    control.fill(false);
    assert.equal(await peer.run(`${db}.exec('INSERT INTO t VALUES (zeroblob(100000))'), null`), null);
    assert.equal(await peer.run(`${db}.pragma('integrity_check', { simple: true })`), 'ok');
    assert.equal(await peer.run(`${db}.prepare('SELECT count(*) FROM t').pluck().get()`), 2);
    await peer.run('db.close(), delete globalThis.db');
  });

  test('locks that do nothing: a process writes while another one has the store locked', async () => {
    const write = `{ const db = new Database(${JSON.stringify(store)}, { timeout: 0 }); try { db.exec('BEGIN IMMEDIATE; ROLLBACK') } finally { db.close() } null }`;
    const holder = new Database(store);
    holder.exec('BEGIN IMMEDIATE');
    assert.equal(await peer.run(write), 'SQLITE_BUSY');
    control.dropLocks(true);
    assert.equal(await peer.run(write), null);
    assert.ok(control.seen().granted > 0);
    control.dropLocks(false);
    assert.equal(await peer.run(write), 'SQLITE_BUSY');
    holder.exec('ROLLBACK');
    holder.close();
    assert.equal(await peer.run(write), null);
  });
});
