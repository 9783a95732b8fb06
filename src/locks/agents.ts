import { isMainThread, Worker } from 'node:worker_threads';
import { onExit } from 'signal-exit';
import { messageOf } from '../errors.js';
import { threadEntry } from '../threads.js';
import { AgentDesk } from './agent-desk.js';
import type { DeskMessage } from './agent-thread.js';
import { DeskMemory } from './desk-memory.js';
import type { LockDesk } from './lock-desk.js';

/** A thread that ends waits this long for others to come to the end of what they do under the lock. */
const lastMomentsMs = 2000;

let thread: Worker | undefined;
let isListening = false;
/** The desks that this thread has opened. */
const desks = new Set<LockDesk>();

/**
 * Gives a desk an agent, in a thread of this thread that does not keep the process alive. The lock is let go when this thread ends in order: the work that others do under
 * it is waited for, a moment. What is killed leaves its lock behind, for others to find that its holder is gone.
 *
 * @param leaveSeats gives back all seats that this thread has, at its end
 */
export function startAgent(desk: LockDesk, task: DeskMessage['task'], leaveSeats: () => void): void {
  if (!isListening) listen(leaveSeats);
  for (const known of desks) if (known.hasEnded) desks.delete(known);
  desks.add(desk);
  thread ??= startThread();
  thread.postMessage({ memory: desk.memory, task } satisfies DeskMessage);
}

function startThread(): Worker {
  const { url, execArgv } = threadEntry('./agent-thread', import.meta.url);
  // Nothing of how this process was started is of use to it.
  const worker = new Worker(url, { execArgv: [], ...execArgv });
  worker.unref();
  let failure: string | undefined;
  worker.on('error', (error) => {
    failure = messageOf(error);
  });
  // Once, also after an error: by then another one could be there, and its desks are none of this one's.
  worker.on('exit', () => {
    thread = undefined;
    for (const desk of desks) if (!desk.hasEnded) new AgentDesk(new DeskMemory(desk.memory)).ended(failure);
  });
  return worker;
}

/** `signal-exit`, which other libraries use too: of two that each listen by themselves, each leaves it to the other to end the process. */
function listen(leaveSeats: () => void): void {
  isListening = true;
  const letGo = () => {
    leaveSeats();
    const endMs = performance.now() + lastMomentsMs;
    for (const desk of desks) desk.end();
    for (const desk of desks) desk.standUntilEnded(Math.max(0, endMs - performance.now()));
  };
  if (isMainThread) onExit(letGo);
  else process.on('exit', letGo);
}
