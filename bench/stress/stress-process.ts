/**
 * A process of a stress run:
 *
 *     node dist/bench/stress/stress-process.js JOB
 *
 * JOB is a `StressJob` as JSON. Forked by the coordinator, from which it takes `ProcessCommand`s; ends with 0 when it was told to stop, or has done its
 * operations, and all threads have closed what they opened.
 */
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { threadEntry } from '../../src/threads.js';
import { contestantOf } from './controls.js';
import type { ProcessCommand, ProcessReport, StressJob } from './protocol.js';
import type { ThreadSetup } from './stress-worker.js';
import { shiftDate, standStill, ThreadOrders } from './thread-orders.js';

const job = JSON.parse(process.argv[2] ?? '') as StressJob;
const orders = ThreadOrders.of(job.workers);
const threads: Thread[] = [];

/** The threads that have one place, one after the other. */
class Thread {
  readonly #worker: number;
  #generation = 0;
  #current: Worker;
  #isTerminated = false;
  #open: () => void = () => {};
  /** Resolves when the first one has opened the store. */
  readonly opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  /** Resolves when the last one has ended. */
  readonly ended: Promise<void>;

  constructor(worker: number) {
    this.#worker = worker;
    this.#current = this.#start();
    this.ended = this.#untilEnd();
  }

  #start(): Worker {
    const setup: ThreadSetup = { job, worker: this.#worker, generation: this.#generation, memory: orders.memory };
    const { url, execArgv } = threadEntry('./stress-worker', import.meta.url);
    return new Worker(url, { workerData: setup, ...execArgv });
  }

  async #untilEnd(): Promise<void> {
    const worker = this.#current;
    worker.once('message', () => this.#open());
    worker.on('error', (error) => fail(this.#worker, error as Error));
    await new Promise((resolve) => worker.once('exit', resolve));
    if (!this.#isTerminated) return;
    this.#isTerminated = false;
    report({ kind: 'terminated', worker: this.#worker });
    if (orders.isStopped) return;
    this.#generation++;
    this.#current = this.#start();
    await this.#untilEnd();
  }

  terminate(): void {
    this.#isTerminated = true;
    void this.#current.terminate();
  }
}

function fail(worker: number, error: Error): void {
  process.stderr.write(`thread ${worker}: ${error.stack ?? error.message}\n`);
  process.exitCode = 1;
  orders.stop();
}

function report(what: ProcessReport): void {
  if (process.connected) process.send?.(what);
}

const commands: { readonly [Kind in ProcessCommand['kind']]: (command: Extract<ProcessCommand, { kind: Kind }>) => void } = {
  stop: () => orders.stop(),
  terminate: ({ worker }) => threads[worker]?.terminate(),
  block: ({ worker, ms }) => (worker < 0 ? standStill(ms) : orders.block(worker, ms)),
  clock: ({ ms }) => orders.shiftClock(ms),
};

// A library that is loaded in threads alone can crash when the last of them ends (better-sqlite3 issue 1476).
new Database(':memory:').close();
shiftDate(orders);
process.on('message', (command: ProcessCommand) => (commands[command.kind] as (command: ProcessCommand) => void)(command));
// Without a coordinator nobody would ever tell it to stop.
process.on('disconnect', () => orders.stop());
// Kept until the end: the threads find the lock of their process through it.
const strategy = contestantOf(job).strategy(job);
for (let worker = 0; worker < job.workers; worker++) threads.push(new Thread(worker));
void Promise.all(threads.map(({ opened }) => opened)).then(() => report({ kind: 'ready' }));
await Promise.all(threads.map(({ ended }) => ended));
await strategy.close();
if (process.connected) process.disconnect();
