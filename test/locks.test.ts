import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { IngestError } from '../src/errors.js';
import type { LockOptions } from '../src/locks/lock-options.js';
import { None } from '../src/locks/none.js';
import { OnlyRetry } from '../src/locks/only-retry.js';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { createLockStrategy, lockStrategies, strategies } from '../src/locks/registry.js';
import { isRetryable } from '../src/locks/retryable.js';
import { retryWaitMs } from '../src/locks/try-again.js';
import { WaitingRoom } from '../src/locks/waits.js';
import { describeLockStrategy } from './contracts/lock-strategy.js';
import { errorWithCode, withLockDirectory } from './support/lock-directory.js';
import { startProcess, startThread, withPeers } from './support/lock-peers.js';

describeLockStrategy('None', { facts: { retries: false, excludes: false }, create: () => new None() });
describeLockStrategy('OnlyRetry', { facts: { retries: true, excludes: false }, create: (_, options) => new OnlyRetry(options) });
describeLockStrategy('RFileLock', {
  facts: { retries: true, excludes: true },
  create: (directory, options) => new RFileLock({ ...options, lockPath: path.join(directory, 'store') }),
});

describe('writers in other threads and processes', () => {
  const peers = 4;
  const rounds = 20;

  /** What the counter says after each of the peers has added 1 `rounds` times. */
  async function total(startPeer: typeof startThread, strategy: string, options: LockOptions): Promise<number> {
    let counted = Number.NaN;
    await withLockDirectory(async (directory) => {
      const file = path.join(directory, 'counter');
      writeFileSync(file, '0');
      await withPeers(startPeer, peers, async (started) => {
        const lockPath = path.join(directory, 'store');
        for (const peer of started) {
          peer.send({
            kind: 'count',
            strategy,
            options: { ...options, ...(strategy === 'RFileLock' && { lockPath }) },
            file,
            rounds,
          });
        }
        await Promise.all(started.map((peer) => peer.heard('done')));
      });
      counted = Number(readFileSync(file, 'utf8'));
    });
    return counted;
  }

  for (const [where, startPeer] of [
    ['threads', startThread],
    ['processes', startProcess],
  ] as const) {
    it(`RFileLock: 4 ${where} add to a file and none of it is lost`, async () => {
      assert.equal(await total(startPeer, 'RFileLock', { patience: 0.1, timeout: 60 }), peers * rounds);
    });

    it(`None: the same 4 ${where} lose some, so the test above can fail`, async () => {
      const counted = await total(startPeer, 'None', {});
      assert.ok(counted < peers * rounds, `counted ${counted}`);
    });
  }

  it('OnlyRetry: writes when the other connection of a SQLite store lets go', () =>
    withLockDirectory(async (directory) => {
      const file = path.join(directory, 'store.sqlite');
      const other = new Database(file);
      const own = new Database(file, { timeout: 0 });
      other.exec('CREATE TABLE t (n); BEGIN IMMEDIATE');
      let runs = 0;
      const insert = own.transaction(() => own.exec('INSERT INTO t VALUES (1)'));
      await new OnlyRetry().run(() => {
        if (++runs === 2) other.exec('COMMIT');
        insert.immediate();
      });
      assert.equal(runs, 2);
      await assert.rejects(
        new OnlyRetry().run(() => own.exec('INSERT INTO missing VALUES (1)')),
        { code: 'SQLITE_ERROR' },
      );
      own.close();
      other.close();
    }));
});

describe('waits', () => {
  it('grow from 20 ms to patience, each with a random part', () => {
    for (const [index, patience, topMs] of [
      [0, 1, 20],
      [1, 1, 40],
      [4, 1, 320],
      [6, 1, 1000],
      [2000, 1, 1000],
      [3, 0.05, 50],
      [0, 0, 0],
    ] as const) {
      const some = Array.from({ length: 200 }, () => retryWaitMs(index, patience));
      assert.ok(
        some.every((ms) => ms >= topMs / 2 && ms <= topMs),
        `wait ${index}`,
      );
      assert.equal(new Set(some).size > 1, topMs > 0);
    }
  });

  it('end early by the signal', { timeout: 120_000 }, async () => {
    const abort = new AbortController();
    const waiting = new WaitingRoom().waits(abort.signal).pause(60_000);
    setImmediate(() => abort.abort());
    await assert.rejects(waiting, { name: 'AbortError' });
  });

  it('end early by close, and hundreds of them in one strategy are no leak', { timeout: 120_000 }, async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const room = new WaitingRoom();
    const waiting = Array.from({ length: 300 }, () => room.waits(undefined).pause(60_000));
    setImmediate(() => room.close());
    for (const wait of waiting) await assert.rejects(wait, { code: 'ERR_INTERRUPTED' });
    await assert.rejects(room.waits(undefined).pause(0), { code: 'ERR_INTERRUPTED' });
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('longer than a timer can be do not end at once', { timeout: 120_000 }, async () => {
    const abort = new AbortController();
    const waiting = new WaitingRoom().waits(abort.signal).pause(2 ** 40);
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});

describe('which errors are worth another try', () => {
  for (const code of [
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_LOCKED_SHAREDCACHE',
    'SQLITE_IOERR_LOCK',
    'ERR_STORE_BUSY',
    'ERR_LOCK_LOST',
  ]) {
    it(`${code} is`, () => assert.equal(isRetryable(errorWithCode(code)), true));
  }
  for (const code of [
    'SQLITE_CONSTRAINT_PRIMARYKEY',
    'SQLITE_FULL',
    'SQLITE_READONLY',
    'SQLITE_NOTADB',
    'SQLITE_IOERR_UNLOCK',
    'SQLITE_ERROR',
    'ERR_LOCK_TIMEOUT',
    'ERR_RETRIES_EXHAUSTED',
    'constructor',
  ]) {
    it(`${code} is not`, () => assert.equal(isRetryable(errorWithCode(code)), false));
  }
  it('what has no code is not', () => {
    for (const thrown of [new TypeError('SQLITE_BUSY'), 'SQLITE_BUSY', undefined, null, { code: 'SQLITE_BUSY' }]) {
      assert.equal(isRetryable(thrown), false);
    }
  });
});

describe('the registry', () => {
  it('makes each strategy by name', () => {
    for (const name of Object.keys(strategies)) assert.equal(createLockStrategy(name, { numTries: 3 }).name, name);
    assert.deepEqual(Object.keys(lockStrategies).sort(), Object.keys(strategies).sort());
  });

  it('an unknown name: ERR_USAGE with the names', () => {
    for (const name of ['rfilelock', '', 'constructor']) {
      assert.throws(
        () => createLockStrategy(name),
        (error: IngestError) => {
          assert.equal(error.code, 'ERR_USAGE');
          assert.match(error.hint ?? '', /None, RFileLock, OnlyRetry/);
          return true;
        },
      );
    }
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null].map((value) => ['numTries', value] as const),
    ...[-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null].flatMap(
      (value) =>
        [
          ['patience', value],
          ['timeout', value],
        ] as const,
    ),
    ...['', ' ', 7, null].map((value) => ['lockPath', value] as const),
    ['lockpath', '/tmp/x'],
    ['timeoutMs', 1],
  ];
  for (const [name, value] of wrong) {
    it(`${name} = ${typeof value === 'string' ? `"${value}"` : value} is ERR_USAGE and named, whichever strategy`, () => {
      const options = { [name]: value } as LockOptions;
      const isUsage = (error: IngestError) =>
        error.code === 'ERR_USAGE' && error.message.includes(name) && error.hint !== undefined;
      for (const strategy of Object.keys(strategies)) assert.throws(() => createLockStrategy(strategy, options), isUsage);
      assert.throws(() => new RFileLock(options), isUsage);
    });
  }

  it('patience 0, timeout 0 and undefined are allowed', () => {
    for (const name of Object.keys(strategies))
      createLockStrategy(name, { numTries: undefined, patience: 0, lockPath: undefined, timeout: 0 });
  });
});
