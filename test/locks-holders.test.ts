import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderName, holderOf, thisThread } from '../src/locks/holder.js';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { awakeTime, occupy, quick, removeLock, untilFree, withLockDirectory } from './support/lock-directory.js';
import { startProcess, startThread, withPeer } from './support/lock-peers.js';

const test = (title: string, body: (directory: string, lockPath: string) => Promise<void>) =>
  it(title, { timeout: 120_000 }, () => withLockDirectory((directory) => body(directory, path.join(directory, 'store'))));

describe('RFileLock: a lock that is lost', () => {
  test('to another: assertHeld throws, the work runs again, the other keeps its lock', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath });
    const events: string[] = [];
    await withPeer(startProcess, async (peer) => {
      await lock.run(async (lease) => {
        events.push('run');
        if (events.length > 1) return lease.assertHeld();
        removeLock(lock.directory);
        peer.send({ kind: 'hold', options: { lockPath } });
        await peer.heard('held');
        assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
        assert.ok(lease.signal.aborted);
        // Ends when this run has let go of what it no longer has.
        setTimeout(() => {
          events.push(existsSync(lock.directory) ? 'other still holds' : 'other lost it');
          peer.send({ kind: 'release' });
        }, 100);
        lease.assertHeld();
      });
      await peer.heard('released');
    });
    assert.deepEqual(events, ['run', 'other still holds', 'run']);
    await lock.close();
  });

  test('its release leaves the successor alone', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 });
    await assert.rejects(
      lock.run(async (lease) => {
        occupy(lock.directory);
        lease.assertHeld();
      }),
      { code: 'ERR_RETRIES_EXHAUSTED' },
    );
    await lock.close();
    assert.ok(existsSync(lock.directory));
    removeLock(lock.directory);
  });

  test('is noticed by the heartbeat; nothing is thrown from its timer', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 }, { timing: quick });
    const value = await lock.run(async (lease) => {
      removeLock(lock.directory);
      // The heartbeat does not keep a process alive that waits for nothing else.
      const alive = setTimeout(() => {}, 10_000);
      await once(lease.signal, 'abort');
      clearTimeout(alive);
      assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
      return 'committed all the same';
    });
    assert.equal(value, 'committed all the same');
    await lock.close();
  });

  test('the heart of the lock that this process took since goes on beating', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 }, { timing: quick });
    await lock.run(async (lease) => {
      removeLock(lock.directory);
      const alive = setTimeout(() => {}, 10_000);
      await once(lease.signal, 'abort');
      clearTimeout(alive);
    });
    await lock.run(async () => {
      const [proof] = readdirSync(lock.directory);
      const beatMs = statSync(path.join(lock.directory, proof as string)).mtimeMs;
      const time = awakeTime();
      while (statSync(path.join(lock.directory, proof as string)).mtimeMs === beatMs) {
        assert.ok(time.elapsedMs() < 3 * quick.heartbeatMs, 'no heartbeat');
        await sleep(20);
      }
      time.stop();
    });
    await lock.close();
  });

  test('a lease is not held after its run', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath });
    const lease = await lock.run((held) => held);
    assert.throws(() => lease.assertHeld(), { code: 'ERR_LOCK_LOST' });
    await lock.close();
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

  for (const [name, take] of [
    ['was there', (lockPath: string) => new RFileLock({ lockPath })],
    ['comes later', (lockPath: string) => new RFileLock({ lockPath })],
  ] as const) {
    test(`kill -9 of the holder: one who ${name} goes on at once`, async (_, lockPath) => {
      await withPeer(startProcess, async (peer) => {
        peer.send({ kind: 'hold', options: { lockPath } });
        await peer.heard('held');
        const lock = take(lockPath);
        const early = name === 'was there' ? lock.run(() => performance.now()) : undefined;
        if (early) await sleep(100);
        await peer.kill();
        const killedMs = performance.now();
        assert.ok(early || existsSync(`${lockPath}.lock`));
        const takenMs = await (early ?? lock.run(() => performance.now()));
        assert.ok(takenMs - killedMs < 2000, `${takenMs - killedMs} ms`);
        await lock.close();
      });
    });
  }

  test('a holder of another machine that is silent is taken over within the stale time and 1 s, not before', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath }, { timing: quick });
    const elsewhere = { ...holderOf(thisThread(), 'abc.1'), host: 'elsewhere', boot: 'abc', pid: 2 ** 22 + 1, tid: 2 ** 22 + 1 };
    mkdirSync(lock.directory);
    writeFileSync(path.join(lock.directory, holderName(elsewhere)), '');
    const time = awakeTime();
    await lock.run(() => {});
    assert.ok(time.elapsedMs() >= quick.staleMs - 10 && time.elapsedMs() < quick.staleMs + 1500, `${time.elapsedMs()} ms`);
    time.stop();
    await lock.close();
  });

  test('a holder that was stopped for longer than the stale time does not commit, and harms nobody when it goes on', async (_, lockPath) => {
    await withPeer(startProcess, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath }, timing: quick });
      await peer.heard('held');
      await peer.signal('SIGSTOP');
      const lock = new RFileLock({ lockPath }, { timing: quick });
      await lock.run(async (lease) => {
        await peer.signal('SIGCONT');
        peer.send({ kind: 'assert held' });
        await peer.heard('ERR_LOCK_LOST');
        peer.send({ kind: 'release' });
        await peer.heard('released');
        lease.assertHeld();
      });
      await lock.close();
    });
  });

  test('a thread that does nothing but compute for longer than the stale time keeps the lock', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 1 }, { timing: quick });
    await withPeer(startProcess, async (peer) => {
      await lock.run((lease) => {
        peer.send({ kind: 'hold', options: { lockPath }, timing: quick });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * quick.staleMs);
        lease.assertHeld();
      });
      await peer.heard('held');
      peer.send({ kind: 'release' });
      await peer.heard('released');
    });
    await lock.close();
  });

  test('a thread that is terminated while it holds: the next thread goes on, and nothing is left', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath });
    await withPeer(startThread, async (peer) => {
      peer.send({ kind: 'hold', options: { lockPath } });
      await peer.heard('held');
      const next = lock.run(() => performance.now());
      await peer.kill();
      const killedMs = performance.now();
      assert.ok((await next) - killedMs < 2000);
    });
    await lock.close();
    await untilFree(lock.directory);
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
        occupy(`${lockPath}.lock`);
        peer.send({ kind: 'exit' });
        await peer.ended;
        removeLock(`${lockPath}.lock`);
      });
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`a process that ends by ${signal} takes its lock along`, async (_, lockPath) => {
      await withPeer(startProcess, async (peer) => {
        peer.send({ kind: 'hold', options: { lockPath } });
        await peer.heard('held');
        await peer.signal(signal);
        assert.deepEqual(await peer.ended, [null, signal]);
        assert.equal(existsSync(`${lockPath}.lock`), false);
      });
    });
  }
});
