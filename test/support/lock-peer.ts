/** Another writer, in a thread or a process: started by `lock-peers.ts`, which sends it a {@link PeerJob}. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort } from 'node:worker_threads';
import type { LeaseTiming } from '../../src/locks/lease-timing.js';
import type { LockOptions } from '../../src/locks/lock-options.js';
import type { LockStrategy } from '../../src/locks/lock-strategy.js';
import { RFileLock } from '../../src/locks/r-file-lock.js';
import { createLockStrategy } from '../../src/locks/registry.js';

/** What the peer does, and what it says: `ready` when it is up, then what is given here. */
export type PeerJob =
  /** Adds 1 to the number in the file, `rounds` times, each time under the lock. `done`. */
  | {
      readonly kind: 'count';
      readonly strategy: string;
      readonly options: LockOptions;
      readonly file: string;
      readonly rounds: number;
    }
  /** `held`, then holds the lock until it is told what to do next. */
  | { readonly kind: 'hold'; readonly options: LockOptions; readonly timing?: LeaseTiming }
  /** Lets go of the lock. `released`. */
  | { readonly kind: 'release' }
  /** Asks for the lock, and gives up. `told who`: the error names the holder; else it fails. */
  | { readonly kind: 'give up'; readonly options: LockOptions }
  /** Appends its mark to the file, `rounds` times, each time under the lock. `done`. */
  | {
      readonly kind: 'turns';
      readonly options: LockOptions;
      readonly file: string;
      readonly rounds: number;
      readonly mark: number;
    }
  | { readonly kind: 'run out of memory' }
  /** Says the code with which the lease is found to be lost, or `held`. */
  | { readonly kind: 'assert held' }
  | { readonly kind: 'exit' };

const say = (word: string) => (isMainThread ? process.send?.(word) : parentPort?.postMessage(word));
let letGo = () => {};
let assertHeld = () => {};

async function count(strategy: LockStrategy, file: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await strategy.run(async (lease) => {
      const before = Number(readFileSync(file, 'utf8'));
      await sleep(1);
      lease.assertHeld();
      // Always as long: without a lock, a 9 over a 10 would make 90.
      writeFileSync(file, String(before + 1).padStart(6, '0'));
    });
  }
  await strategy.close();
  say('done');
}

async function hold(strategy: LockStrategy): Promise<void> {
  await strategy.run((lease) => {
    assertHeld = () => lease.assertHeld();
    say('held');
    return new Promise<void>((resolve) => {
      letGo = resolve;
    });
  });
  await strategy.close();
  say('released');
}

async function giveUp(strategy: LockStrategy): Promise<void> {
  await assert.rejects(
    strategy.run(() => {}),
    /held by [\w.-]+:\d+$/,
  );
  say('told who');
}

async function takeTurns(
  strategy: LockStrategy,
  file: string,
  { rounds, mark }: { rounds: number; mark: number },
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await strategy.run(() => appendFileSync(file, String(mark)));
  }
  await strategy.close();
  say('done');
}

function exhaustMemory(): void {
  const all: unknown[] = [];
  for (;;) all.push(new Array(1000).fill(0.5));
}

function tellHeld(): void {
  try {
    assertHeld();
    say('held');
  } catch (error) {
    say(String((error as { code?: unknown }).code));
  }
}

function start(job: PeerJob): void {
  if (job.kind === 'count') void count(createLockStrategy(job.strategy, job.options), job.file, job.rounds);
  else if (job.kind === 'hold') void hold(new RFileLock(job.options, { timing: job.timing }));
  else if (job.kind === 'give up') void giveUp(new RFileLock(job.options));
  else if (job.kind === 'turns') void takeTurns(new RFileLock(job.options), job.file, job);
  else if (job.kind === 'run out of memory') exhaustMemory();
  else if (job.kind === 'release') letGo();
  else if (job.kind === 'assert held') tellHeld();
  else process.exit(0);
}

if (isMainThread) process.on('message', start);
else parentPort?.on('message', start);
say('ready');
