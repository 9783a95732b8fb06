import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestError } from '../src/errors.js';
import { OnlyRetry } from '../src/locks/only-retry.js';
import { RFileLock } from '../src/locks/r-file-lock.js';
import {
  awakeTime,
  errorWithCode,
  holdLock,
  occupy,
  removeLock,
  signalPoint,
  untilFree,
  withLockDirectory,
} from './support/lock-directory.js';

const test = (title: string, body: (directory: string, lockPath: string) => Promise<void>) =>
  it(title, { timeout: 120_000 }, () => withLockDirectory((directory) => body(directory, path.join(directory, 'store'))));

describe('RFileLock: the lock path', () => {
  test('the lock is a directory beside it, there while the work runs', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath });
    await lock.run(() => assert.ok(statSync(`${lockPath}.lock`).isDirectory()));
    await untilFree(lock.directory);
    await assert.rejects(lock.run(() => assert.fail('the work failed')));
    await lock.close();
    assert.equal(existsSync(`${lockPath}.lock`), false);
  });

  test('is ~/.kosh.lock by default; ~ is the home directory', async (directory) => {
    const home = process.env.HOME;
    process.env.HOME = directory;
    try {
      assert.equal(homedir(), directory);
      await new RFileLock().run(() => assert.ok(existsSync(path.join(directory, '.kosh.lock.lock'))));
      assert.equal(new RFileLock({ lockPath: '~/a/b' }).directory, path.join(directory, 'a/b.lock'));
      assert.equal(new RFileLock({ lockPath: '~other' }).directory, path.resolve('~other.lock'));
      assert.equal(new RFileLock({ lockPath: 'a' }).directory, path.resolve('a.lock'));
    } finally {
      if (home === undefined) delete process.env.HOME;
      else process.env.HOME = home;
    }
  });

  test('where there can be no lock: ERR_LOCK_PATH at once, with the path', async (directory) => {
    writeFileSync(path.join(directory, 'file'), '');
    for (const [lockPath, system] of [
      [path.join(directory, 'file', 'store'), 'ENOTDIR'],
      [path.join(directory, 'missing', 'store'), 'ENOENT'],
      [path.join(directory, 'x'.repeat(300)), 'ENAMETOOLONG'],
      [path.join(directory, 'nul\0'), 'ERR_INVALID_ARG_VALUE'],
    ] as const) {
      let runs = 0;
      const time = awakeTime();
      await assert.rejects(
        new RFileLock({ lockPath }).run(() => ++runs),
        (error: IngestError) => {
          assert.equal(error.code, 'ERR_LOCK_PATH');
          assert.equal((error.cause as { code?: unknown }).code, system);
          assert.ok(error.message.includes(`${lockPath}.lock`) && error.hint?.includes(path.dirname(lockPath)));
          return true;
        },
      );
      assert.equal(runs, 0);
      assert.ok(time.elapsedMs() < 1000);
      time.stop();
    }
  });

  test('a directory that is no lock is not touched: ERR_LOCK_PATH, with what is in it', async (_, lockPath) => {
    mkdirSync(`${lockPath}.lock`);
    writeFileSync(path.join(`${lockPath}.lock`, 'results.csv'), 'all that there is');
    const lock = new RFileLock({ lockPath });
    await assert.rejects(
      lock.run(() => assert.fail()),
      { code: 'ERR_LOCK_PATH', message: /is not a lock: it holds "results.csv"/ },
    );
    assert.deepEqual(readdirSync(`${lockPath}.lock`), ['results.csv']);
    removeLock(`${lockPath}.lock`);
  });

  test('an empty directory is a free lock', async (_, lockPath) => {
    mkdirSync(`${lockPath}.lock`);
    const lock = new RFileLock({ lockPath });
    assert.equal(await lock.run(() => readdirSync(lock.directory).length), 1);
    await lock.close();
    assert.equal(existsSync(lock.directory), false);
  });

  test('two paths are two locks, also one inside the other', async (directory) => {
    const [a, b] = ['a', 'b'].map((name) => new RFileLock({ lockPath: path.join(directory, name), timeout: 0, numTries: 1 })) as [
      RFileLock,
      RFileLock,
    ];
    const holder = await holdLock(a);
    assert.equal(await b.run(() => 'free'), 'free');
    await holder.release();
    await a.run(() =>
      b.run(() =>
        assert.deepEqual(
          [a, b].map((lock) => existsSync(lock.directory)),
          [true, true],
        ),
      ),
    );
    await untilFree(b.directory);
  });

  test('two strategies for one path exclude each other, and nest', async (_, lockPath) => {
    const [a, b] = [new RFileLock({ lockPath }), new RFileLock({ lockPath, timeout: 0, numTries: 1 })];
    const holder = await holdLock(a);
    await assert.rejects(
      b.run(() => {}),
      { code: 'ERR_LOCK_TIMEOUT' },
    );
    await holder.release();
    assert.equal(await a.run(() => b.run(() => 'nested')), 'nested');
  });
});

describe('RFileLock: waiting', () => {
  test('goes on when the lock is let go', async (_, lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    const waiting = new RFileLock({ lockPath }).run(() => 'got it');
    await sleep(30);
    await holder.release();
    assert.equal(await waiting, 'got it');
  });

  test('that runs out is a try; when none got the lock, ERR_LOCK_TIMEOUT', async (_, lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    let runs = 0;
    const startMs = performance.now();
    await assert.rejects(
      new RFileLock({ lockPath, numTries: 3, patience: 0, timeout: 0.1 }).run(() => ++runs),
      (error: IngestError) => {
        assert.equal(error.code, 'ERR_LOCK_TIMEOUT');
        assert.match(error.message, /after 3 tries in \d\.\d s/);
        assert.ok(error.message.includes(lockPath) && error.hint);
        return true;
      },
    );
    assert.ok(performance.now() - startMs >= 300);
    assert.equal(runs, 0);
    await holder.release();
  });

  test('that runs out after the work had run: ERR_RETRIES_EXHAUSTED', async (_, lockPath) => {
    const lock = new RFileLock({ lockPath, numTries: 2, timeout: 0 });
    const running = lock.run(async () => {
      occupy(lock.directory);
      throw errorWithCode('SQLITE_BUSY');
    });
    await assert.rejects(running, (error: IngestError) => {
      assert.equal(error.code, 'ERR_RETRIES_EXHAUSTED');
      assert.match(error.message, /first error: SQLITE_BUSY.*last error: ERR_LOCK_TIMEOUT/);
      return true;
    });
    removeLock(lock.directory);
  });

  test('the lock is free between two tries', async (_, lockPath) => {
    const other = new RFileLock({ lockPath });
    let otherRan = false;
    const started = signalPoint();
    const running = new RFileLock({ lockPath, numTries: 20, patience: 0.2 }).run(async () => {
      started.reach();
      await sleep(1);
      if (!otherRan) throw errorWithCode('SQLITE_BUSY');
      return 'done';
    });
    await started.reached;
    const waiting = other.run(() => {
      otherRan = true;
    });
    assert.equal(await running, 'done');
    await waiting;
  });

  test('is ended by the signal and by close; the holder keeps the lock', async (_, lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    const abort = new AbortController();
    const waiter = new RFileLock({ lockPath });
    const reason = new Error('changed my mind');
    const aborted = assert.rejects(
      waiter.run(() => assert.fail(), { signal: abort.signal }),
      (error) => error === reason,
    );
    const closed = assert.rejects(
      waiter.run(() => assert.fail()),
      { code: 'ERR_INTERRUPTED' },
    );
    await sleep(10);
    abort.abort(reason);
    await aborted;
    await waiter.close();
    await closed;
    assert.ok(existsSync(`${lockPath}.lock`));
    await holder.release();
  });

  test('calls of one thread get it in the order in which they came; one that gives up lets the others forward', async (_, lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    const locks = [new RFileLock({ lockPath }), new RFileLock({ lockPath })];
    const abort = new AbortController();
    const order: number[] = [];
    const runs = Array.from({ length: 40 }, (_, n) => {
      const options = n % 10 === 3 ? { signal: abort.signal } : {};
      return (locks[n % 2] as RFileLock).run(() => order.push(n), options);
    });
    const hasty = new RFileLock({ lockPath, timeout: 0, numTries: 1 }).run(() => order.push(-1));
    await assert.rejects(hasty, { code: 'ERR_LOCK_TIMEOUT' });
    abort.abort();
    await holder.release();
    const settled = await Promise.allSettled(runs);
    const done = settled.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    assert.equal(done.length, 36);
    assert.deepEqual(order, done);
  });

  test('the lock is not tried twice in one transaction: OnlyRetry around RFileLock does not multiply its timeouts', async (_, lockPath) => {
    const holder = await holdLock(new RFileLock({ lockPath }));
    let outer = 0;
    const inner = new RFileLock({ lockPath, numTries: 2, patience: 0, timeout: 0 });
    await assert.rejects(
      new OnlyRetry({ patience: 0 }).run(() => {
        outer += 1;
        return inner.run(() => {});
      }),
      { code: 'ERR_LOCK_TIMEOUT' },
    );
    assert.equal(outer, 1);
    await holder.release();
  });
});
