/**
 * What single calls of the library cost, in the journal mode that a new store has.
 *
 *     node dist/bench/calls/call-costs.js STORE STRATEGY
 *
 * Creates the store, and small files beside it, and prints one JSON line: microseconds a call by the names of {@link callNames}.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from '../../src/kosh/connect.js';
import type { Dataset } from '../../src/kosh/dataset.js';
import type { Ensemble } from '../../src/kosh/ensemble.js';
import type { Store } from '../../src/kosh/store.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import { lockFile } from '../support/trial-store.js';
import { type CallCosts, type CallName, datasetCount, memberCount } from './call-names.js';

/** What the calls are made on: a store of {@link datasetCount} datasets besides the members of the ensemble. */
interface Scene {
  readonly store: Store;
  readonly directory: string;
  readonly dataset: Dataset;
  readonly ensemble: Ensemble;
}

interface MeasuredCall {
  /** How many are measured. */
  readonly count: number;
  /** And how many come before, to warm up. */
  readonly warmUp: number;
  /** Done before the clock starts, for call number `n`. */
  readonly prepare?: (scene: Scene, n: number) => void;
  readonly call: (scene: Scene, n: number) => Promise<unknown>;
}

/** In this order on one store. */
const calls: Readonly<Record<CallName, MeasuredCall>> = {
  attributesSet: { count: 200, warmUp: 20, call: ({ dataset }, n) => dataset.attributes.set('att_0', `set_${n}`) },
  attributesGet: { count: 500, warmUp: 50, call: ({ dataset }) => dataset.attributes.get('att_1') },
  find: { count: 200, warmUp: 20, call: findOne },
  ensembleSet: { count: 10, warmUp: 2, call: ({ ensemble }, n) => ensemble.attributes.set('shared_0', `set_${n}`) },
  associate: {
    count: 100,
    warmUp: 10,
    prepare: ({ directory }, n) => writeFileSync(join(directory, `small_${n}.txt`), `${n}`.padEnd(1024, '.')),
    call: ({ store, directory }, n) => store.associate(`old_${n}`, join(directory, `small_${n}.txt`), 'text'),
  },
  createMany: { count: 5, warmUp: 1, call: ({ store }, n) => store.createMany(newDatasets(`many_${n}`, 1000)) },
};

async function findOne({ store }: Scene, n: number): Promise<void> {
  const found: string[] = [];
  for await (const id of store.find({ data: { serial: n }, idsOnly: true })) found.push(id);
  if (found.length !== 1 || found[0] !== `old_${n}`) throw new Error(`found ${found.join(', ')} instead of old_${n}`);
}

/** With ten attributes; `serial` counts from `first`. */
function newDatasets(prefix: string, count: number, first = 0) {
  const attributes = Object.fromEntries(Array.from({ length: 9 }, (_, k) => [`att_${k}`, `value_${k}`]));
  return Array.from({ length: count }, (_, n) => ({ id: `${prefix}_${n}`, metadata: { ...attributes, serial: first + n } }));
}

async function setScene(store: Store, directory: string): Promise<Scene> {
  const [dataset] = await store.createMany(newDatasets('old', datasetCount));
  const shared = Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`shared_${k}`, `value_${k}`]));
  const ensemble = await store.createEnsemble({ id: 'ensemble', metadata: shared });
  await ensemble.createMany(newDatasets('member', memberCount, datasetCount));
  return { store, directory, dataset: dataset as Dataset, ensemble };
}

async function measure(scene: Scene, { count, warmUp, prepare, call }: MeasuredCall): Promise<number> {
  for (let n = 0; n < warmUp + count; n++) prepare?.(scene, n);
  for (let n = 0; n < warmUp; n++) await call(scene, n);
  const started = performance.now();
  for (let n = warmUp; n < warmUp + count; n++) await call(scene, n);
  return ((performance.now() - started) * 1000) / count;
}

async function run(path: string, strategy: string): Promise<CallCosts> {
  const lockStrategy = createLockStrategy(strategy, { lockPath: lockFile });
  await using store = await connect(path, { lockStrategy });
  const scene = await setScene(store, dirname(path));
  const costs: Partial<Record<CallName, number>> = {};
  for (const [name, call] of Object.entries(calls)) costs[name as CallName] = await measure(scene, call);
  return costs as CallCosts;
}

const [path = '', strategy = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await run(path, strategy))}\n`);
