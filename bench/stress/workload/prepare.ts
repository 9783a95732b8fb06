import { openStore } from '../../../src/kosh/open-store.js';
import { transact } from '../../../src/kosh/transact.js';
import { createLockStrategy } from '../../../src/locks/registry.js';
import type { WorkloadSizes } from '../protocol.js';
import { insertRows } from './operations.js';
import {
  counterIds,
  counterRows,
  datasetRows,
  ensembleIds,
  ensembleRows,
  firstDatasetIds,
  firstEnsembleOf,
  memberOf,
} from './records.js';

/** How much there is by default. */
export const defaultSizes: WorkloadSizes = { ensembles: 4, counters: 3, datasets: 6 };

/** The user that the store is opened for. */
export const stressUser = 'stress';

/** Creates a store with what the workload needs: ensembles, counters at 0, the datasets that are there from the start. Nobody else uses it yet. */
export async function prepareStore(store: string, sizes: WorkloadSizes): Promise<void> {
  const strategy = createLockStrategy('OnlyRetry');
  const { joined } = await openStore(store, strategy, stressUser);
  try {
    await transact(joined, async (tx) => {
      for (const id of ensembleIds(sizes)) await insertRows(tx, ensembleRows(id));
      for (const id of counterIds(sizes)) await insertRows(tx, counterRows(id));
      for (const id of firstDatasetIds(sizes)) {
        const ensemble = firstEnsembleOf(id, sizes);
        await insertRows(tx, datasetRows(id, ensemble));
        await tx.insert('relationship', [id, ensemble, memberOf]);
      }
    });
  } finally {
    await joined.connection.close();
    await strategy.close();
  }
}
