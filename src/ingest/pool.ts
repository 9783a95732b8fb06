import { Piscina } from 'piscina';
import type { ResultOf, TaskReply, WorkerSetup, WorkerTask } from '../../workers/protocol.js';
import { fromWire, IngestError, messageOf } from '../errors.js';
import { threadEntry } from '../threads.js';

const { url: workerUrl, execArgv } = threadEntry('../../workers/ingest.worker', import.meta.url);

const youngGenerationMb = 48;

/** The threads that do the work. The only place that knows Piscina. */
export class Pool {
  readonly #piscina: Piscina;

  constructor(workers: number, setup: WorkerSetup) {
    this.#piscina = new Piscina({
      filename: workerUrl.href,
      // Fixed, so that connections and prepared statements live as long as the pool.
      minThreads: workers,
      maxThreads: workers,
      // One connection, one transaction at a time.
      concurrentTasksPerWorker: 1,
      // A worker parked in Atomics.wait would run no timers: no heartbeat of a lock, no end of waiting.
      atomics: 'disabled',
      workerData: setup,
      // Room for the rows of a batch: with less they are copied from space to space while the lock is held (bench/LOAD.md).
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
      ...execArgv,
    });
    // Without a listener an error outside of a task ends the process; tasks reject by themselves.
    this.#piscina.on('error', () => undefined);
  }

  /** Runs a task on the next free worker. Throws what the worker answered, or `ERR_WORKER` when the thread died. */
  async run<T extends WorkerTask>(task: T): Promise<ResultOf<T>> {
    const reply = await (this.#piscina.run(task) as Promise<TaskReply<ResultOf<T>>>).catch((error: unknown) => {
      throw new IngestError('ERR_WORKER', `a worker thread ended unexpectedly: ${messageOf(error)}`, {
        hint: 'Its transaction was rolled back. If it ran out of memory, use fewer --workers or a smaller --batch-size.',
        cause: error,
      });
    });
    if (!reply.ok) throw fromWire(reply.error);
    return reply.result;
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
