import { workerData } from 'node:worker_threads';
import { IngestError, toWire } from '../src/errors.js';
import type { ChunkTask, TaskReply, WorkerSetup } from './protocol.js';
import { Session } from './session.js';
import { SharedState } from './shared-state.js';

const { memory, ...setup } = workerData as WorkerSetup;
const shared = new SharedState(memory);
const stopped = new AbortController();
shared.whenStopped().then(() => stopped.abort(new IngestError('ERR_INTERRUPTED', 'interrupted')));

shared.threadReady();

let session: Promise<Session> | undefined;
// No task comes after this. A session that failed to open has said so.
shared.whenEnded().then(async () => (await session?.catch(() => undefined))?.close());

/** Piscina calls this for each task of the thread, one at a time. */
export default async function ingest(task: ChunkTask): Promise<TaskReply> {
  try {
    stopped.signal.throwIfAborted();
    // Opened with the first task, not on import: what fails here is answered like any other error.
    session ??= Session.open({ ...setup, shared, signal: stopped.signal });
    return { ok: true, result: await (await session).process(task) };
  } catch (error) {
    return { ok: false, error: toWire(error) };
  }
}
