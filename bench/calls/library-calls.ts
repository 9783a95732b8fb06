/**
 * The notebook's loop as its user writes it: a call, and so a transaction, for each ensemble and each dataset.
 *
 *     node dist/bench/calls/library-calls.js STORE MODE ENSEMBLES DATASETS ATTRIBUTES STRATEGY
 *
 * Creates the store and prints one JSON line, a {@link LoopResult}.
 */
import { connect } from '../../src/kosh/connect.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import type { NotebookSizes } from '../support/bare-loop.js';
import { lockFile } from '../support/trial-store.js';
import { type JournalMode, prepareStore, usedJournalMode } from './journal-mode.js';
import { type LoopResult, sizesFrom } from './loop.js';

interface Trial {
  readonly mode: JournalMode;
  readonly strategy: string;
  readonly sizes: NotebookSizes;
}

async function run(path: string, { mode, strategy, sizes }: Trial): Promise<LoopResult> {
  prepareStore(path, mode);
  const lockStrategy = createLockStrategy(strategy, { lockPath: lockFile });
  await using store = await connect(path, { lockStrategy });
  const { ensembles, datasets, attributes } = sizes;
  const metadata = (kind: string, n: number) =>
    Object.fromEntries(Array.from({ length: attributes }, (_, k) => [`${kind}_att_${k}`, `${kind}_${n}_attributes_${k}`]));
  let records = 0;
  const started = performance.now();
  for (let e = 0; e < ensembles; e++) {
    const ensemble = await store.createEnsemble({ id: `ensemble_${e}`, metadata: metadata('ensemble', e) });
    records++;
    for (let d = 0; d < datasets; d++) {
      await ensemble.create({ id: `ensemble_${e}_dataset_${d}`, metadata: metadata('dataset', d) });
      records++;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  return { seconds, records, journalMode: usedJournalMode(path) };
}

const [path = '', mode = '', ensembles = '', datasets = '', attributes = '', strategy = ''] = process.argv.slice(2);
const trial: Trial = { mode: mode as JournalMode, strategy, sizes: sizesFrom([ensembles, datasets, attributes]) };
process.stdout.write(`${JSON.stringify(await run(path, trial))}\n`);
