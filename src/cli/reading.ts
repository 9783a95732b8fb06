import { type ReadConfig, readerStrategy } from '../config/read-options.js';
import { IngestError } from '../errors.js';
import { connect } from '../kosh/connect.js';
import type { Store } from '../kosh/store.js';

/** Opens a store that is there, reads, and closes it. Nothing is created. */
export async function withStore<T>(config: ReadConfig, signal: AbortSignal, work: (store: Store) => Promise<T>): Promise<T> {
  const strategy = readerStrategy(config);
  try {
    const store = await connect(config.store, { lockStrategy: strategy, readOnly: true, signal });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw signal.aborted ? new IngestError('ERR_INTERRUPTED', 'interrupted', { cause: error }) : error;
  } finally {
    await strategy.close();
  }
}
