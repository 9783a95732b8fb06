/**
 * What the trials are compared with: one thread that does the same as a load with nothing of ours in between, with the same rows and as durable.
 *
 *     node dist/bench/strategies/floor.js JOB
 *
 * JOB is a {@link FloorJob} as JSON. Creates the store and prints one JSON line, a {@link FloorOutcome}.
 */
import { nowMs } from '../../src/clock.js';
import { notebookUnits } from '../support/bare-loop.js';
import { type Course, courseFromNow } from '../support/peers.js';
import { oneOf, randomOf } from '../support/random.js';
import { type BareStore, openBareStore } from './bare-store.js';
import { printAnswer } from './group.js';
import type { LoadName } from './loads.js';
import type { TrialJob } from './protocol.js';
import { readsAWrite } from './work/calls.js';

export type FloorJob = Pick<TrialJob, 'store' | 'sqlite' | 'load' | 'batchSize' | 'sizes' | 'length' | 'seed'>;

export interface FloorOutcome {
  readonly seconds: number;
  readonly units: number;
}

/** Does the next step of a load, at most so many units, and answers how many. */
type Step = (most: number) => Promise<number>;

const job = JSON.parse(process.argv[2] ?? '') as FloorJob;
const { ensembles, datasets } = job.sizes;

/** The notebook without an end. */
function notebookOf({ loop }: BareStore) {
  return notebookUnits(loop, { ...job.sizes, ensembles: Number.POSITIVE_INFINITY });
}

/** Writes record after record of the notebook, `batchSize` a transaction. */
function writer(bare: BareStore, batchSize: number, units = notebookOf(bare)): Step {
  return async (most) => {
    const count = Math.min(batchSize, most);
    await bare.transaction(() => {
      for (let n = 0; n < count; n++) (units.next().value as () => void)();
    });
    return count;
  };
}

/** Reads the datasets that are there from the start. */
function reader(bare: BareStore): Step {
  const ids = Array.from(
    { length: ensembles * datasets },
    (_, n) => `ensemble_${Math.floor(n / datasets)}_dataset_${n % datasets}`,
  );
  const random = randomOf(job.seed);
  return async () => {
    JSON.parse(await bare.read(oneOf(random, ids)));
    return 1;
  };
}

const given = ensembles * (1 + datasets);

const steps: Readonly<Record<LoadName, (bare: BareStore) => Step | Promise<Step>>> = {
  notebook: (bare) => writer(bare, 1),
  'kosh-scaling': (bare) => writer(bare, 1),
  bulk: (bare) => writer(bare, job.batchSize),
  async read(bare) {
    await writer(bare, given)(given);
    return reader(bare);
  },
  async mixed(bare) {
    const units = notebookOf(bare);
    await writer(bare, given, units)(given);
    const write = writer(bare, 1, units);
    const read = reader(bare);
    let calls = 0;
    return (most) => (calls++ % (readsAWrite + 1) === 0 ? write(most) : read(most));
  },
};

/** Units, and when the last one had ended, of what is done from `fromMs` up to `toMs`, at most `most` units. */
async function measure(step: Step, { fromMs, toMs }: Pick<Course, 'fromMs' | 'toMs'>, most: number): Promise<FloorOutcome> {
  while (nowMs() < fromMs) await step(1);
  const startedMs = nowMs();
  let units = 0;
  while (units < most && nowMs() < toMs) units += await step(most - units);
  return { seconds: (nowMs() - startedMs) / 1000, units };
}

async function run(): Promise<FloorOutcome> {
  const bare = await openBareStore(job.store, job.sqlite);
  const step = await steps[job.load](bare);
  const { length } = job;
  const outcome =
    length.kind === 'window'
      ? await measure(step, courseFromNow(length), Number.POSITIVE_INFINITY)
      : await measure(step, { fromMs: 0, toMs: Number.POSITIVE_INFINITY }, length.kind === 'records' ? length.records : given);
  await bare.close();
  return outcome;
}

await printAnswer(run);
