/** A worker thread of a trial whose load is made of calls: has its own connection and strategy, and makes one call after the other. Started by `trial-process.ts`. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { nowMs } from '../../src/clock.js';
import { codeOf } from '../../src/errors.js';
import { contextOf } from '../../src/kosh/connect.js';
import type { StoreContext } from '../../src/kosh/context.js';
import type { Dataset } from '../../src/kosh/dataset.js';
import { type OpenedStore, openStore } from '../../src/kosh/open-store.js';
import { Store } from '../../src/kosh/store.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import { datasetType } from '../../src/records/kosh.js';
import { type Course, takePart } from '../support/peers.js';
import { randomOf } from '../support/random.js';
import { type Control, controls } from './controls.js';
import type { Report, TrialJob, Who, Written } from './protocol.js';
import { isGivenUp, Recorder, type Run } from './recorder.js';
import { Tally } from './tally.js';
import { benchUser, type Call, callLoads, isCallLoad } from './work/calls.js';

/** What a thread is given. */
export interface CallWorkerJob extends Who {
  readonly job: TrialJob;
  /** Calls that it makes; null: until the course is over. */
  readonly calls: number | null;
}

/** What a thread reports. */
export interface CallWorkerReport {
  readonly report: Report;
  readonly written: Written;
}

/** How long it is tried to open the store, and how soon again. */
const openMs = 60_000;
const afterMs = 20;
const { job, calls: limit, ...who } = JSON.parse(process.argv[2] ?? '') as CallWorkerJob;
const control: Control | undefined = job.control && controls[job.control];
const runs: Run[] = [];

/** An open store, and what was made for it. */
interface Opened {
  readonly context: StoreContext;
  readonly store: Store;
  readonly recorder: Recorder;
}

async function open(): Promise<Opened> {
  const strategy = createLockStrategy(job.strategy, job.lockOptions);
  const recorder = new Recorder(control?.strategy?.(strategy) ?? strategy, (run) => runs.push(run));
  const { joined, info } = await openWith(recorder);
  const connection = control?.connection?.(joined.connection) ?? joined.connection;
  const facts = { uri: job.store, location: job.store, info, username: benchUser, datasetType, readOnly: false };
  const context = contextOf({ ...joined, connection, onPhase: recorder.onPhase }, facts);
  return { context, store: new Store(context), recorder };
}

/** All open at the same moment, which is not what is measured: who does not get the lock in its time tries again. */
async function openWith(recorder: Recorder): Promise<OpenedStore> {
  for (const endMs = nowMs() + openMs; ; await sleep(afterMs)) {
    try {
      return await openStore(job.store, recorder, benchUser, { sqlite: job.sqlite });
    } catch (error) {
      if (!isGivenUp(error) || nowMs() > endMs) throw error;
    }
  }
}

function callsOf({ store, context }: Opened): Iterator<Call, never, undefined> {
  if (!isCallLoad(job.load)) throw new Error(`${job.load} is not made of calls`);
  const random = randomOf(job.seed, who.process, who.worker);
  const dataset = (id: string) => context.objectOf<Dataset>({ id, type: datasetType });
  return callLoads[job.load]({ store, dataset, sizes: job.sizes, random, prefix: `p${who.process}w${who.worker}_` });
}

async function work(course: Course, calls: Iterator<Call, never, undefined>): Promise<CallWorkerReport> {
  const tally = new Tally(who, course);
  const ids: string[] = [];
  const unknown: string[] = [];
  for (let n = 0; n < (limit ?? Number.POSITIVE_INFINITY) && nowMs() < course.toMs; n++) {
    const call = calls.next().value;
    runs.length = 0;
    try {
      await call.make();
      if (call.creates !== undefined) ids.push(call.creates);
      for (const [i, run] of runs.entries()) tally.add({ ...run, units: i === runs.length - 1 ? 1 : 0 });
    } catch (error) {
      if (call.creates !== undefined && codeOf(error) === 'ERR_COMMIT_UNKNOWN') unknown.push(call.creates);
      for (const run of runs) tally.add({ ...run, units: 0 });
      if (!isGivenUp(error)) throw error;
    }
    // Else timers and messages of the thread, a heartbeat among them, would wait for ever.
    await turn();
  }
  return { report: tally.report(), written: { kind: 'ids', ids, unknown } };
}

const opened = open();
await takePart(async (course) => {
  const all = await opened;
  const result = await work(course, callsOf(all));
  await all.store.close();
  await all.recorder.close();
  return result;
}, opened);
