/** One of several threads that want one stale lock at the same moment. */
import { workerData } from 'node:worker_threads';
import lockfile from 'proper-lockfile';
import { FileLease } from '../../src/locks/file-lease.js';
import { holderOf, thisThread } from '../../src/locks/holder.js';
import { LockDirectory } from '../../src/locks/lock-directory.js';
import { Silence } from '../../src/locks/silence.js';
import { quick } from './lock-directory.js';
import { type TakeOverSetup, word } from './take-over.js';

const { words: memory, directory, number, trials, plain } = workerData as TakeOverSetup;
const words = new Int32Array(memory);

/** Whether this thread got the lock. Looks until somebody has it, and once more. */
async function take(trial: number, before: number): Promise<boolean> {
  const lock = new LockDirectory(directory);
  const holder = holderOf(thisThread(), `${number}.${trial}`);
  const taking = { holder, timing: quick, silence: new Silence(quick.staleMs), onTakeOver: () => {}, onLost: () => {} };
  for (let isLast = false; ; isLast = Atomics.load(words, word.holders) > before) {
    if ((await FileLease.take(lock, taking)) instanceof FileLease) return true;
    if (isLast) break;
  }
  lock.leave(holder);
  return false;
}

function takePlain(trial: number): Promise<boolean> {
  const options = { lockfilePath: directory, realpath: false, retries: 0, stale: quick.staleMs, onCompromised: () => {} };
  return lockfile.lock(`${directory}#${trial}`, options).then(
    () => true,
    () => false,
  );
}

for (let trial = 1; trial <= trials; trial++) {
  Atomics.add(words, word.ready, 1);
  Atomics.notify(words, word.ready);
  Atomics.wait(words, word.trial, trial - 1);
  const before = Atomics.load(words, word.before);
  if (await (plain ? takePlain(trial) : take(trial, before))) Atomics.add(words, word.holders, 1);
  Atomics.add(words, word.done, 1);
  Atomics.notify(words, word.done);
}
// A thread that ends is a holder that is gone.
Atomics.wait(words, word.trial, trials);
