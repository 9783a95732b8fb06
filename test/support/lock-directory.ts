import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderName, holderOf, thisThread } from '../../src/locks/holder.js';
import type { LeaseTiming } from '../../src/locks/lease-timing.js';
import type { LockStrategy } from '../../src/locks/lock-strategy.js';

/** A lock that is let go while it is listed makes the listing fail: then it is still there, for this look. */
function namesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    const { code, path: gone } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && gone !== undefined) return [gone];
    throw error;
  }
}

/** Gives the test a directory of its own, and fails when a lock is left in it. */
export async function withLockDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'kosh-locks-'));
  try {
    await test(directory);
    const locksLeft = () => namesBelow(directory).filter((name) => /\.lock(\.|$|\/)/.test(name));
    // A process keeps a lock for a moment after the last turn.
    for (let tries = 0; locksLeft().length > 0 && tries < 100; tries++) await sleep(5);
    assert.deepEqual(locksLeft(), [], 'a lock was left behind');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Makes a lock that a holder has who lives and is silent: this thread, though it runs no agent for it. Made where there is one, it is taken over at once. */
export function occupy(lockDirectory: string): void {
  rmSync(lockDirectory, { recursive: true, force: true });
  mkdirSync(lockDirectory);
  writeFileSync(path.join(lockDirectory, holderName(holderOf(thisThread(), 'abc.1'))), '');
}

/** Takes a lock away from whoever has it, as `rm -r` does. */
export function removeLock(lockDirectory: string): void {
  rmSync(lockDirectory, { recursive: true });
}

/** Resolves when nobody holds the lock. A process keeps it for a moment after the last turn. */
export async function untilFree(lockDirectory: string): Promise<void> {
  const time = awakeTime();
  while (existsSync(lockDirectory)) {
    assert.ok(time.elapsedMs() < 5000, 'the lock is still there');
    await sleep(2);
  }
  time.stop();
}

/** A promise and the functions that settle it: what tests wait for instead of sleeping. */
export function signalPoint<T = void>(): { readonly reached: Promise<T>; readonly reach: (value: T) => void } {
  let reach: (value: T) => void = () => {};
  const reached = new Promise<T>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}

/** An error like those of better-sqlite3. */
export function errorWithCode(code: string, message = `${code} happened`): Error {
  return Object.assign(new Error(message), { code });
}

/** Two directories made one after the other have the same inode, and within one tick of the file system's clock the same time of birth. */
export const clockTick = () => sleep(20);

/** Holds the lock from when this resolves until `release()`, which resolves when it is free. */
export async function holdLock(lock: LockStrategy): Promise<{ release(): Promise<void> }> {
  const held = signalPoint();
  const end = signalPoint();
  const running = lock.run(() => {
    held.reach();
    return end.reached;
  });
  await Promise.race([held.reached, running]);
  return {
    release: async () => {
      end.reach();
      await running;
    },
  };
}

/** The shortest that proper-lockfile takes. */
export const quick: LeaseTiming = { staleMs: 2000, heartbeatMs: 1000 };

/**
 * Milliseconds since the call, without the time in which this thread got no turn: a virtual machine that is paused for a minute
 * (ours are) must not look like a lock that is slow.
 */
export function awakeTime(): { elapsedMs(): number; stop(): void } {
  let elapsedMs = 0;
  let lastMs = performance.now();
  const tick = () => {
    const nowMs = performance.now();
    elapsedMs += Math.min(nowMs - lastMs, 500);
    lastMs = nowMs;
  };
  const timer = setInterval(tick, 50).unref();
  return {
    elapsedMs: () => {
      tick();
      return elapsedMs;
    },
    stop: () => clearInterval(timer),
  };
}
