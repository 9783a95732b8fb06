import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseTiming } from '../../src/locks/file-lease.js';
import type { LockStrategy } from '../../src/locks/lock-strategy.js';

/** Gives the test a directory of its own, and fails when a lock is left in it. */
export async function withLockDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'kosh-locks-'));
  try {
    await test(directory);
    const left = readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith('.lock'));
    assert.deepEqual(left, [], 'a lock was left behind');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
