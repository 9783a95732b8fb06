import type { Dataset } from '../../../src/kosh/dataset.js';
import type { Ensemble } from '../../../src/kosh/ensemble.js';
import type { Store } from '../../../src/kosh/store.js';
import { oneOf, type Random } from '../../support/random.js';
import type { LoadName } from '../loads.js';
import type { Sizes } from '../protocol.js';

/** What a worker's calls need to know. */
export interface CallContext {
  readonly store: Store;
  /** The object that stands for a dataset, without a look at the store. */
  readonly dataset: (id: string) => Dataset;
  readonly sizes: Sizes;
  readonly random: Random;
  /** What the ids of this worker begin with. */
  readonly prefix: string;
}

/** The next call of a worker. */
export interface Call {
  /** Of the record that it creates; undefined: it creates none. */
  readonly creates: string | undefined;
  make(): Promise<unknown>;
}

/** What the workers of a load do, call after call: each is one transaction, or one read. */
export type CallLoad = (context: CallContext) => Iterator<Call, never, undefined>;

/** Id of dataset number `d` of ensemble number `e` of who has this prefix. */
export function datasetId(prefix: string, e: number, d: number): string {
  return `${prefix}ensemble_${e}_dataset_${d}`;
}

/** Who writes, in every trial. */
export const benchUser = 'bench';

/** What the ids begin with that are in the store before the trial. */
export const givenPrefix = 'given_';

function metadata(kind: string, n: number, attributes: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: attributes }, (_, k) => [`${kind}_att_${k}`, `${kind}_${n}_attributes_${k}`]));
}

/** The loop of Kosh's notebook, with ensemble after ensemble for as long as it is asked. */
function* notebook({ store, sizes, prefix }: CallContext): Generator<Call, never, undefined> {
  const { datasets, attributes } = sizes;
  for (let e = 0; ; e++) {
    let ensemble: Ensemble | undefined;
    const id = `${prefix}ensemble_${e}`;
    const make = async () => {
      ensemble = await store.createEnsemble({ id, metadata: metadata('ensemble', e, attributes) });
    };
    yield { creates: id, make };
    // It was given up: the next one is for its datasets.
    if (!ensemble) continue;
    const into: Ensemble = ensemble;
    for (let d = 0; d < datasets; d++) {
      const member = { id: datasetId(prefix, e, d), metadata: metadata('dataset', d, attributes) };
      yield { creates: member.id, make: () => into.create(member) };
    }
  }
}

/** The attributes of some dataset that was there before. */
function* read({ dataset, sizes, random }: CallContext): Generator<Call, never, undefined> {
  const { ensembles, datasets } = sizes;
  const members = Array.from({ length: ensembles * datasets }, (_, n) =>
    datasetId(givenPrefix, Math.floor(n / datasets), n % datasets),
  );
  for (;;) {
    const { attributes } = dataset(oneOf(random, members));
    yield { creates: undefined, make: () => attributes.all() };
  }
}

/** Of a mixed load. */
export const readsAWrite = 4;

function* mixed(context: CallContext): Generator<Call, never, undefined> {
  const reads = read(context);
  const writes = notebook(context);
  for (let n = 0; ; n++) yield n % (readsAWrite + 1) === 0 ? writes.next().value : reads.next().value;
}

/** The loads that are made of calls. */
export const callLoads = {
  notebook,
  read,
  mixed,
  'kosh-scaling': notebook,
} as const satisfies Partial<Record<LoadName, CallLoad>>;

/** Whether a load is made of calls; else it is `bulk`. */
export function isCallLoad(load: LoadName): load is keyof typeof callLoads {
  return Object.hasOwn(callLoads, load);
}

/** Whether a load reads what has to be in the store before. */
export function needsRecords(load: LoadName): boolean {
  return load === 'read' || load === 'mixed';
}
