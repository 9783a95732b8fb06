import { isMainThread, Worker } from 'node:worker_threads';
import { onExit } from 'signal-exit';
import { threadEntry } from '../threads.js';
import { AgentDesk } from './agent-desk.js';
import type { DeskMessage } from './agent-thread.js';
import { DeskMemory } from './desk-memory.js';
import type { LockDesk } from './lock-desk.js';

/** A thread that ends waits this long for others to come to the end of what they do under the lock. */
const lastMomentsMs = 2000;

let thread: Worker | undefined;
let isListening = false;
/** The desks that this thread has opened, each with what this thread does there before it ends. */
const desks = new Map<LockDesk, () => void>();

/**
 * Gives a desk an agent, in a thread of this thread that does not keep the process alive. The lock is let go when this thread ends in order: the work that others do under
 * it is waited for, a moment. What is killed leaves its lock behind, for others to find that its holder is gone.
 */
export function startAgent(desk: LockDesk, task: DeskMessage['task'], leave: () => void): void {
  if (!isListening) listen();
  for (const known of desks.keys()) if (known.hasEnded) desks.delete(known);
  desks.set(desk, leave);
  thread ??= startThread();
  thread.postMessage({ memory: desk.memory, task } satisfies DeskMessage);
}

function startThread(): Worker {
  const { url, execArgv } = threadEntry('./agent-thread', import.meta.url);
  // Nothing of how this process was started is of use to it.
  const worker = new Worker(url, { execArgv: [], ...execArgv });
  worker.unref();
  const gone = () => {
    if (thread === worker) thread = undefined;
    for (const desk of desks.keys()) new AgentDesk(new DeskMemory(desk.memory)).ended();
  };
  worker.on('error', gone);
  worker.on('exit', gone);
  return worker;
}

function letGo(): void {
  for (const [desk, leave] of desks) {
    leave();
    desk.endNow(lastMomentsMs);
  }
}

/** `signal-exit`, which other libraries use too: of two that each listen by themselves, each leaves it to the other to end the process. */
function listen(): void {
  isListening = true;
  if (isMainThread) onExit(letGo);
  else process.on('exit', letGo);
}
