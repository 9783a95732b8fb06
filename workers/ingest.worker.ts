import { workerData } from 'node:worker_threads';
import { IngestError, toWire } from '../src/errors.js';
import type { TaskReply, WorkerSetup, WorkerTask } from './protocol.js';
import { Session } from './session.js';
import { SharedState } from './shared-state.js';
import type { VerifySession } from './verify-session.js';

const { memory, refused = [], ...setup } = workerData as WorkerSetup;
const shared = new SharedState(memory);
const stopped = new AbortController();
shared.whenStopped().then(() => stopped.abort(new IngestError('ERR_INTERRUPTED', 'interrupted')));

// Not before the module has been handed to who required it: Node 20 ends the process when the thread is ended in the middle of that, too.
setImmediate(() => shared.threadReady());

let session: Promise<Session> | undefined;
let verifying: Promise<VerifySession> | undefined;
// No task comes after this. A session that failed to open has said so.
shared.whenEnded().then(async () => {
  for (const opened of [session, verifying]) await (await opened?.catch(() => undefined))?.close();
});

/** Piscina calls this for each task of the thread, one at a time. */
export default async function ingest(task: WorkerTask): Promise<TaskReply> {
  try {
    stopped.signal.throwIfAborted();
    const options = { ...setup, shared, signal: stopped.signal };
    // Opened with the first task, not on import: what fails here is answered like any other error.
    if (task.kind === 'verify') {
      // Few workers are asked for it.
      verifying ??= import('./verify-session.js').then((module) => module.VerifySession.open({ ...options, refused }));
      return { ok: true, result: await (await verifying).process(task) };
    }
    session ??= Session.open(options);
    return { ok: true, result: await (await session).process(task) };
  } catch (error) {
    return { ok: false, error: toWire(error) };
  }
}
