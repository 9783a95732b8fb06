/** A thread of a stress process: does operations through the project's own path, and writes down what it began and what came of it. */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, messageOf } from '../../src/errors.js';
import { openStore } from '../../src/kosh/open-store.js';
import type { Joined } from '../../src/kosh/transact.js';
import { randomOf } from '../support/random.js';
import { contestantOf } from './controls.js';
import type { StartEvent } from './events.js';
import { isKnownFailure } from './failures.js';
import { HistoryWriter } from './history.js';
import type { StressJob } from './protocol.js';
import { shiftDate, standStill, ThreadOrders } from './thread-orders.js';
import { WatchedStrategy } from './watched-strategy.js';
import { chooseOperation, type Memory, type Operation, operations } from './workload/operations.js';
import { stressUser } from './workload/prepare.js';

/** What a thread is given. */
export interface ThreadSetup {
  readonly job: StressJob;
  readonly worker: number;
  readonly generation: number;
  readonly memory: SharedArrayBuffer;
}

const afterFailureMs = 30;

const { job, worker, generation, memory: shared } = workerData as ThreadSetup;
const { strategy: makeStrategy, connection: connectionOf } = contestantOf(job);
const orders = new ThreadOrders(shared);
const who = { p: job.processIndex, i: job.incarnation, w: worker, g: generation };
const name = `${who.p}.${who.i}.${who.w}.${who.g}`;
const random = randomOf(job.seed, who.p, who.i, who.w, who.g);
const history = new HistoryWriter(job.historyDirectory, `thread-${name}`);

/** Blocks this thread when that was asked for: in the middle of what it does, because that is where it can do harm. */
function blockHere(): void {
  const ms = orders.takeBlock(worker);
  if (ms === 0) return;
  const fault = { e: 'fault', fault: 'block', target: { p: who.p, i: who.i, w: who.w } } as const;
  history.write({ ...fault, phase: 'begin', detail: `${ms} ms` });
  standStill(ms);
  history.write({ ...fault, phase: 'end' });
}

/** A fault of the moment can keep the store from being opened, as it would keep a user: who then tries again. */
async function open(strategy: WatchedStrategy): Promise<Joined | undefined> {
  while (!orders.isStopped) {
    try {
      const { joined } = await openStore(job.store, strategy, stressUser);
      const { connection } = joined;
      return { ...joined, connection: connectionOf?.(connection) ?? connection };
    } catch (error) {
      history.write({ e: 'thread', phase: 'failed', ...who, message: `cannot open the store: ${told(error)}` });
      await pause(100);
    }
  }
  return undefined;
}

async function runOne(joined: Joined, strategy: WatchedStrategy, { memory, op }: { memory: Memory; op: string }): Promise<void> {
  const { kind, on } = chooseOperation(memory);
  const operation: Operation = operations[kind];
  // In the middle of the transaction, or before it: where a block is served is up to the seed.
  const blockIn = random() < 0.5 ? 'strategy' : 'transaction';
  const failures: string[] = [];
  let runs = 0;
  strategy.watcher = {
    held: (run) => {
      runs = run;
      history.write({ e: 'held', op, run });
    },
    fence: (run, t) => history.write({ e: 'fence', op, run }, t),
    inside: () => blockIn === 'strategy' && blockHere(),
    failed: (error) => failures.push(codeOf((error as Error | undefined)?.cause) ?? codeOf(error) ?? 'error'),
  };
  const withRetries = () => (runs > 1 ? { retries: failures.slice(0, runs - 1) } : {});
  history.write<StartEvent>({ e: 'start', op, ...who, kind, on });
  try {
    const result = await operation.run(joined, on, () => blockIn === 'transaction' && blockHere());
    history.write({ e: 'ok', op, result, ...withRetries() });
    operation.learn?.(memory, on, result);
  } catch (error) {
    const failure = {
      code: codeOf(error) ?? (error as Error)?.name ?? 'error',
      message: told(error),
      known: isKnownFailure(error),
    };
    history.write({ e: 'fail', op, ...failure, ...withRetries() });
    // What cannot pass by itself fails at once: without a pause a full disk would be met ten thousand times.
    await pause(afterFailureMs);
  } finally {
    strategy.watcher = undefined;
  }
}

/** The message with that of its causes. */
function told(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause === undefined ? messageOf(error) : `${messageOf(error)} <- ${told(cause)}`;
}

async function main(): Promise<void> {
  shiftDate(orders);
  const strategy = new WatchedStrategy(makeStrategy(job));
  const joined = await open(strategy);
  if (joined) {
    history.write({ e: 'thread', phase: 'open', ...who });
    parentPort?.postMessage('open');
    let count = 0;
    const memory: Memory = { random, sizes: job.sizes, nextId: () => `d${name}-${count}`, mine: [], others: [] };
    while (!orders.isStopped && count < (job.operations ?? Number.POSITIVE_INFINITY)) {
      await runOne(joined, strategy, { memory, op: `${name}-${++count}` });
      // Else timers and messages of the thread would wait for ever.
      await turn();
    }
    await joined.connection.close();
  }
  await strategy.close();
  history.write({ e: 'thread', phase: 'closed', ...who });
}

await main().catch((error: unknown) => {
  history.write({ e: 'thread', phase: 'failed', ...who, message: told(error) });
  throw error;
});
