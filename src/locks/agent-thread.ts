/** The thread in which the lock agents of a process run: no SQL, no work of anybody else. */
import { parentPort } from 'node:worker_threads';
import { AgentDesk } from './agent-desk.js';
import { DeskMemory } from './desk-memory.js';
import { type AgentTask, LockAgent } from './lock-agent.js';

/** A desk that wants an agent. */
export interface DeskMessage {
  readonly memory: SharedArrayBuffer;
  readonly task: AgentTask;
}

parentPort?.on('message', ({ memory, task }: DeskMessage) => {
  void new LockAgent(new AgentDesk(new DeskMemory(memory)), task).serve();
});
