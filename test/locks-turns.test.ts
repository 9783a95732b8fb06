import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OnlyRetry } from '../src/locks/only-retry.js';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { awakeTime, errorWithCode, holdLock, withLockDirectory } from './support/lock-directory.js';
import { startProcess, startThread, withPeer, withPeers } from './support/lock-peers.js';

const test = (title: string, body: (lockPath: string) => Promise<void>) =>
  it(title, { timeout: 120_000 }, () => withLockDirectory((directory) => body(path.join(directory, 'store'))));

describe('RFileLock: turns', () => {
  for (const { where, startPeer, rounds, least } of [
    { where: 'threads', startPeer: startThread, rounds: 200, least: 60 },
    // Long enough for the agents of all to be there while the first is still at it.
    { where: 'processes', startPeer: startProcess, rounds: 6000, least: 300 },
  ]) {
    test(`${where} that want it again at once all get it, none is left behind`, async (lockPath) => {
      const file = `${lockPath}.turns`;
      writeFileSync(file, '');
      const own = new RFileLock({ lockPath });
      await withPeers(startPeer, 4, async (peers) => {
        for (const [number, peer] of peers.entries())
          peer.send({ kind: 'turns', options: { lockPath }, file, rounds, mark: number });
        await Promise.all(peers.map((peer) => peer.heard('done')));
      });
      await own.close();
      const turns = readFileSync(file, 'utf8');
      const end = Math.min(...[0, 1, 2, 3].map((mark) => turns.lastIndexOf(String(mark))));
      // Until the first of them was through, the others had their part. (A poll gave one of four 1 turn, and another 2,900.)
      const shares = [0, 1, 2, 3].map((mark) => turns.slice(0, end).split(String(mark)).length - 1);
      assert.ok(Math.min(...shares) >= least, shares.join(' '));
      // From when all are there: nobody has more turns in a row than a slice has, but for one that began before another asked.
      const begin = Math.max(...[0, 1, 2, 3].map((mark) => turns.indexOf(String(mark))));
      const inARow = Math.max(...(turns.slice(begin, end).match(/(.)\1*/g) ?? []).map((row) => row.length));
      assert.ok(inARow <= 2 * 64, `${inARow} turns in a row`);
    });
  }

  test('one who waits is told who is in the way', async (lockPath) => {
    await withPeer(startProcess, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath } });
      await peer.heard('held');
      const lock = new RFileLock({ lockPath, numTries: 1, timeout: 0.2 });
      const waiting = assert.rejects(
        lock.run(() => assert.fail()),
        { code: 'ERR_LOCK_TIMEOUT', message: /after 1 try in \d+\.\d s: it is held by [\w.-]+:\d+$/ },
      );
      while (lock.holder === '') await sleep(1);
      assert.match(lock.holder, /^[\w.-]+:\d+$/);
      await waiting;
      peer.send({ kind: 'release' });
      await peer.heard('released');
      await lock.run(() => {});
      assert.equal(lock.holder, '');
      await lock.close();
    });
  });

  test('one who waits for less time than it takes to find out is told, too', async (lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    for (let round = 0; round < 5; round++) {
      await withPeer(startProcess, async (peer) => {
        peer.send({ kind: 'give up', options: { lockPath, numTries: 1, timeout: 0.001 } });
        await peer.heard('told who');
      });
    }
    await holder.release();
  });

  test('a thread that runs out of memory while it holds: the next one goes on', async (lockPath) => {
    const lock = new RFileLock({ lockPath });
    await withPeer(startThread, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath } });
      await peer.heard('held');
      peer.send({ kind: 'run out of memory' });
      await assert.rejects(peer.ended, { code: 'ERR_WORKER_OUT_OF_MEMORY' });
      assert.equal(await lock.run(() => 'goes on'), 'goes on');
    });
    await lock.close();
  });
});

describe('the deadline', () => {
  test('RFileLock: ends the waiting, whatever timeout and numTries allow', async (lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    const time = awakeTime();
    const lock = new RFileLock({ lockPath, deadline: 0.3 });
    await assert.rejects(
      lock.run(() => assert.fail()),
      { code: 'ERR_LOCK_TIMEOUT' },
    );
    assert.ok(time.elapsedMs() < 2000);
    time.stop();
    await holder.release();
    await lock.close();
  });

  test('OnlyRetry: ends the tries', async () => {
    let runs = 0;
    const time = awakeTime();
    await assert.rejects(
      new OnlyRetry({ numTries: 1_000_000, patience: 0.05, deadline: 0.3 }).run(() => {
        runs++;
        throw errorWithCode('SQLITE_BUSY');
      }),
      { code: 'ERR_RETRIES_EXHAUSTED' },
    );
    assert.ok(runs > 2 && time.elapsedMs() < 2000, `${runs} runs in ${time.elapsedMs()} ms`);
    time.stop();
  });

  test('0 tries once', async () => {
    let runs = 0;
    const running = new OnlyRetry({ deadline: 0 }).run(async () => {
      runs++;
      await sleep(1);
      throw errorWithCode('SQLITE_BUSY');
    });
    await assert.rejects(running, { code: 'ERR_RETRIES_EXHAUSTED' });
    assert.equal(runs, 1);
  });
});
