import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { awakeTime, clockTick, holdLock, quick, signalPoint, withLockDirectory } from './support/lock-directory.js';
import { startProcess, startThread, withPeer } from './support/lock-peers.js';

const test = (title: string, body: (directory: string, lockPath: string) => Promise<void>) =>
  it(title, { timeout: 120_000 }, () => withLockDirectory((directory) => body(directory, path.join(directory, 'store'))));

describe('RFileLock: a lock that is lost', () => {
  test('to another: assertHeld throws, the work runs again, the other keeps its lock', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath });
    const other = new RFileLock({ lockPath });
    const removed = signalPoint();
    const otherHolds = removed.reached.then(() => holdLock(other));
    const events: string[] = [];
    await lock.run(async (lease) => {
      events.push('run');
      if (events.length > 1) return lease.assertHeld();
      await clockTick();
      rmdirSync(lock.directory);
      removed.reach();
      const holder = await otherHolds;
      assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
      assert.ok(lease.signal.aborted);
      // Ends when this run has let go of what it no longer has.
      setTimeout(async () => {
        events.push(existsSync(lock.directory) ? 'other still holds' : 'other lost it');
        await holder.release();
      }, 100);
      lease.assertHeld();
    });
    assert.deepEqual(events, ['run', 'other still holds', 'run']);
  });

  test('its release leaves the successor alone, also one in the same thread', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 });
    await assert.rejects(
      lock.run(async (lease) => {
        await clockTick();
        rmdirSync(lock.directory);
        mkdirSync(lock.directory);
        lease.assertHeld();
      }),
      { code: 'ERR_RETRIES_EXHAUSTED' },
    );
    assert.ok(existsSync(lock.directory));
    rmdirSync(lock.directory);
  });

  test('its release does not stop the heart of the lock that this thread took since', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 });
    const other = new RFileLock({ lockPath }, { timing: quick });
    const removed = signalPoint();
    const otherHolds = removed.reached.then(() => holdLock(other));
    await lock.run(async () => {
      await clockTick();
      rmdirSync(lock.directory);
      removed.reach();
      await otherHolds;
    });
    const beatMs = statSync(other.directory).mtimeMs;
    const time = awakeTime();
    while (statSync(other.directory).mtimeMs === beatMs) {
      assert.ok(time.elapsedMs() < 3 * quick.heartbeatMs, 'no heartbeat');
      await clockTick();
    }
    time.stop();
    await (await otherHolds).release();
  });

  test('is noticed by the heartbeat; nothing is thrown from its timer', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 }, { timing: quick });
    const value = await lock.run(async (lease) => {
      rmdirSync(lock.directory);
      // The heartbeat does not keep a process alive that waits for nothing else.
      const alive = setTimeout(() => {}, 10_000);
      await once(lease.signal, 'abort');
      clearTimeout(alive);
      assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
      return 'committed all the same';
    });
    assert.equal(value, 'committed all the same');
  });

  test('a lease is not held after its run', async (_, lockPath) => {
    const lease = await new RFileLock({ lockPath }).run((held) => held);
    assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
  });
});

describe('RFileLock: holders that live, end and die', () => {
  test('a holder that lives keeps the lock for longer than the stale time', async (_, lockPath) => {
    await withPeer(startProcess, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath }, timing: quick });
      await peer.heard('held');
      const waiting = new RFileLock({ lockPath, numTries: 1, timeout: 3.5 }, { timing: quick }).run(
        () => 'taken from a living holder',
      );
      await assert.rejects(waiting, { code: 'ERR_LOCK_TIMEOUT' });
      peer.send({ kind: 'release' });
      await peer.heard('released');
    });
  });

  test('kill -9: the next one goes on within the stale time and 2 s', async (_, lockPath) => {
    await withPeer(startProcess, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath }, timing: quick });
      await peer.heard('held');
      await peer.kill();
      const time = awakeTime();
      assert.ok(existsSync(`${lockPath}.lock`));
      await assert.rejects(
        new RFileLock({ lockPath, numTries: 1, timeout: 0 }, { timing: quick }).run(() => {}),
        { code: 'ERR_LOCK_TIMEOUT' },
      );
      assert.equal(await new RFileLock({ lockPath }, { timing: quick }).run(() => 'goes on'), 'goes on');
      assert.ok(time.elapsedMs() < quick.staleMs + 2000, `${time.elapsedMs()} ms`);
      time.stop();
    });
  });

  for (const [where, startPeer] of [
    ['process', startProcess],
    ['thread', startThread],
  ] as const) {
    test(`a ${where} that calls exit takes its lock along`, async (_, lockPath) => {
      await withPeer(startPeer, async (peer) => {
        peer.send({ kind: 'hold', options: { lockPath } });
        await peer.heard('held');
        assert.ok(existsSync(`${lockPath}.lock`));
        peer.send({ kind: 'exit' });
        await peer.ended;
        assert.equal(existsSync(`${lockPath}.lock`), false);
      });
    });

    test(`a ${where} that calls exit does not take along what another made since`, async (_, lockPath) => {
      await withPeer(startPeer, async (peer) => {
        peer.send({ kind: 'hold', options: { lockPath } });
        await peer.heard('held');
        await clockTick();
        rmdirSync(`${lockPath}.lock`);
        mkdirSync(`${lockPath}.lock`);
        peer.send({ kind: 'exit' });
        await peer.ended;
        rmdirSync(`${lockPath}.lock`);
      });
    });
  }
});
