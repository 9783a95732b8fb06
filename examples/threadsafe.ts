/*
 * Kosh's notebook on thread safety in TypeScript: open a store with a lock strategy, then work as usual.
 *
 *   node dist/examples/threadsafe.js [RFileLock | OnlyRetry | None] [STORE]
 *
 * STORE (threadsafe.sqlite when none is given) is emptied first. `kosh-ingest load` writes the same with a pool of threads.
 */
import { connect, lockStrategies } from 'kosh-ingest';

const [name = 'RFileLock', uri = 'threadsafe.sqlite'] = process.argv.slice(2);

// For a local store that is called in parallel now and then.
const rFileLock = () => new lockStrategies.RFileLock({ numTries: 10, patience: 1, lockPath: undefined, timeout: 3600 });
// For a store on a database server that is called in parallel often.
const onlyRetry = () => new lockStrategies.OnlyRetry({ numTries: 10, patience: 1 });
// For a store that nobody else calls at the same time: what connect takes when no strategy is given.
const none = () => new lockStrategies.None();

const strategies: Readonly<Record<string, () => InstanceType<(typeof lockStrategies)[keyof typeof lockStrategies]>>> = {
  RFileLock: rFileLock,
  OnlyRetry: onlyRetry,
  None: none,
};
const lockStrategy = strategies[name]?.();
if (!lockStrategy) {
  console.error(`${name}: no such lock strategy; there are ${Object.keys(strategies).join(', ')}`);
  process.exit(2);
}

// First cell: the store, with the strategy.
await using store = await connect(uri, { lockStrategy, deleteAllContents: true });

// Second cell: as usual, whichever strategy it is.
const attributes = (kind: string, n: number) =>
  Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`${kind}_att_${k}`, `${kind}_${n}_attributes_${k}`]));
for (let i = 0; i < 10; i++) {
  const ensemble = await store.createEnsemble({ id: `ensemble_${i}`, metadata: attributes('ensemble', i) });
  for (let j = 0; j < 10; j++) {
    await ensemble.create({ id: `ensemble_${i}_dataset_${j}`, metadata: attributes('dataset', j) });
  }
}

let datasets = 0;
for await (const _ of store.find({ idsOnly: true })) datasets++;
console.log(`${uri}: ${datasets} datasets, written one call at a time through ${lockStrategy.name}`);
