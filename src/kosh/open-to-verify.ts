import { codeOf } from '../errors.js';
import type { LockStrategy, RunOptions } from '../locks/lock-strategy.js';
import { type OpenedStore, openStoreReadOnly } from './open-store.js';
import { join, runThrough } from './transact.js';

/**
 * As {@link openStoreReadOnly}, also after somebody was killed in the middle of a COMMIT: what that one has left is rolled back first, as the next one who writes
 * would do.
 */
export async function openToVerify(store: string, strategy: LockStrategy, options: RunOptions): Promise<OpenedStore> {
  const open = () => openStoreReadOnly(store, strategy, options);
  return open().catch(async (error: unknown) => {
    if (codeOf((error as Error).cause) !== 'SQLITE_READONLY_ROLLBACK') throw error;
    const { connection } = await join(store, strategy);
    try {
      await runThrough(strategy, () => connection.read((reader) => reader.existingIds([])), options);
    } finally {
      await connection.close();
    }
    return open();
  });
}
