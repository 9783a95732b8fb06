/** Another writer, in a thread or a process: started by `lock-peers.ts`, which sends it a {@link PeerJob}. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort } from 'node:worker_threads';
import type { LeaseTiming } from '../../src/locks/file-lease.js';
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
  | { readonly kind: 'exit' };

const say = (word: string) => (isMainThread ? process.send?.(word) : parentPort?.postMessage(word));
let letGo = () => {};

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
  await strategy.run(() => {
    say('held');
    return new Promise<void>((resolve) => {
      letGo = resolve;
    });
  });
  say('released');
}

function start(job: PeerJob): void {
  if (job.kind === 'count') void count(createLockStrategy(job.strategy, job.options), job.file, job.rounds);
  else if (job.kind === 'hold') void hold(new RFileLock(job.options, { timing: job.timing }));
  else if (job.kind === 'release') letGo();
  else process.exit(0);
}

if (isMainThread) process.on('message', start);
else parentPort?.on('message', start);
say('ready');
