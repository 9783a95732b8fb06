/** A process of a trial, with its worker threads. Started by `trial.ts`. */
import Database from 'better-sqlite3';
import { RFileLock } from '../../src/locks/r-file-lock.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import { threadEntry } from '../../src/threads.js';
import { type Course, Peers, takePart } from '../support/peers.js';
import type { CallWorkerJob, CallWorkerReport } from './call-worker.js';
import type { ProcessReport, TrialJob } from './protocol.js';
import { bulkLoad } from './work/bulk.js';
import { isCallLoad } from './work/calls.js';

/** What a process is given. */
export interface TrialProcessJob {
  readonly job: TrialJob;
  readonly process: number;
}

const { job, process: number } = JSON.parse(process.argv[2] ?? '') as TrialProcessJob;

// A library that is loaded in threads alone can crash when the last of them ends (better-sqlite3 issue 1476).
new Database(':memory:').close();
// Kept until the end: the threads find the lock of their process through it.
const strategy = createLockStrategy(job.strategy, job.lockOptions);

async function report(result: Omit<ProcessReport, 'takeOvers'>): Promise<ProcessReport> {
  const takeOvers = strategy instanceof RFileLock ? strategy.takeOvers : 0;
  await strategy.close();
  return { ...result, takeOvers };
}

/** The calls that worker number `worker` of this process makes; null: until the course is over. */
function callsOf(worker: number): number | null {
  const { length, sizes, workers, processes } = job;
  if (length.kind === 'window') return null;
  if (length.kind === 'job') return sizes.ensembles * (1 + sizes.datasets);
  const contenders = processes * workers;
  const index = number * workers + worker;
  return Math.floor(length.records / contenders) + (index < length.records % contenders ? 1 : 0);
}

async function makeCalls(): Promise<void> {
  using threads = new Peers<CallWorkerReport>({
    program: threadEntry('./call-worker', import.meta.url),
    kind: 'threads',
    count: job.workers,
    argument: (worker): CallWorkerJob => ({ job, process: number, worker, calls: callsOf(worker) }),
  });
  const run = async (course: Course) => {
    const { reports } = await threads.run(course);
    return report({ reports: reports.map((one) => one.report), written: reports.map((one) => one.written) });
  };
  await takePart(run, threads.ready);
}

async function loadInBulk(): Promise<void> {
  await takePart(async (course) => {
    const { reports, written } = await bulkLoad(job, number, course);
    return report({ reports, written: [written] });
  });
}

await (isCallLoad(job.load) ? makeCalls() : loadInBulk());
