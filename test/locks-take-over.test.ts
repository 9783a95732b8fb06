import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { holderName, holderOf, thisThread } from '../src/locks/holder.js';
import { LockDirectory } from '../src/locks/lock-directory.js';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { threadEntry } from '../src/threads.js';
import { untilFree, withLockDirectory } from './support/lock-directory.js';
import { type TakeOverSetup, word } from './support/take-over.js';

const contenders = 8;

/** A lock whose holder is dead, and has been for long. False when somebody removed it at once. */
function makeStale(directory: string, plain: boolean): boolean {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  try {
    // No system gives out such a number.
    const dead = holderOf({ pid: 2 ** 22 + 1, tid: 2 ** 22 + 1, start: 1 }, 'dead.1');
    if (plain) utimesSync(directory, 1, 1);
    else writeFileSync(path.join(directory, holderName(dead)), '');
    return true;
  } catch {
    return false;
  }
}

/** How many of eight threads got a stale lock that all wanted at once, trial by trial. */
async function holdersOf(trials: number, plain: boolean): Promise<number[]> {
  const holders: number[] = [];
  await withLockDirectory(async (parent) => {
    const directory = path.join(parent, 'store.lock');
    const memory = new SharedArrayBuffer(20);
    const words = new Int32Array(memory);
    const { url, execArgv } = threadEntry('./support/take-over-peer', import.meta.url);
    const threads = Array.from({ length: contenders }, (_, number) => {
      const workerData: TakeOverSetup = { words: memory, directory, number, trials, plain };
      return new Worker(url, { workerData, ...execArgv });
    });
    const until = async (which: number, count: number) => {
      for (let value = Atomics.load(words, which); value < count; value = Atomics.load(words, which)) {
        const wait = Atomics.waitAsync(words, which, value, 1000);
        if (wait.async) await wait.value;
      }
    };
    for (let trial = 1; trial <= trials; trial++) {
      await until(word.ready, contenders * trial);
      // What proper-lockfile is still clearing away may be this.
      for (let isMade = false; !isMade; ) isMade = makeStale(directory, plain);
      const before = Atomics.load(words, word.holders);
      Atomics.store(words, word.before, before);
      Atomics.store(words, word.trial, trial);
      Atomics.notify(words, word.trial);
      await until(word.done, contenders * trial);
      holders.push(Atomics.load(words, word.holders) - before);
    }
    await Promise.all(threads.map((thread) => thread.terminate()));
    new LockDirectory(directory).sweep();
    rmSync(directory, { recursive: true, force: true });
  });
  return holders;
}

it('what is given up goes to the next one in the queue, and nothing is left when that one is just leaving', async () => {
  await withLockDirectory(async (parent) => {
    const directory = path.join(parent, 'store.lock');
    const [one, other] = [new LockDirectory(directory), new LockDirectory(directory)];
    const [first, second] = [holderOf(thisThread(), 'a1.1'), holderOf(thisThread(), 'b2.1')];
    assert.ok(one.take(first));
    other.enter(second);
    assert.equal(one.free(first), true);
    assert.ok(other.holds(second));
    other.leave(second);
    assert.deepEqual(readdirSync(parent), []);

    assert.ok(one.take(first));
    other.enter(second);
    // Half of its leaving.
    unlinkSync(path.join(other.place as string, holderName(second)));
    assert.equal(one.free(first), false);
    other.leave(second);
    assert.deepEqual(readdirSync(parent), []);
  });
});

it('eight who want one stale lock at the same moment: one gets it', { timeout: 120_000 }, async () => {
  const holders = await holdersOf(200, false);
  assert.deepEqual(
    holders.filter((count) => count !== 1),
    [],
  );
});

it('the plain proper-lockfile gives it to several, so the test above can fail', { timeout: 120_000 }, async () => {
  const holders = await holdersOf(40, true);
  assert.ok(
    holders.some((count) => count > 1),
    holders.join(' '),
  );
});

it('a strategy counts the locks that it has taken over, and no others', async () => {
  await withLockDirectory(async (parent) => {
    const lock = new RFileLock({ lockPath: path.join(parent, 'store') });
    await lock.run(() => {});
    assert.equal(lock.takeOvers, 0);
    await untilFree(lock.directory);
    makeStale(lock.directory, false);
    await lock.run(() => {});
    assert.equal(lock.takeOvers, 1);
    await lock.close();
  });
});
