import type { StoreInfo } from '../../records/kosh.js';
import type { Transaction } from '../../stores/connection.js';
import { letGo } from './associations.js';
import { draftOf, storedHolder } from './stored.js';

/** Deletes a dataset or an ensemble with its memberships; the records of files go with their last association. The members of an ensemble stay. */
export async function removeRecord(tx: Transaction, id: string, info: StoreInfo): Promise<void> {
  const { files } = draftOf(await storedHolder(tx, id, info, 'to change'));
  for (const { kosh_id } of files.values()) if (kosh_id !== undefined) await letGo(tx, id, kosh_id, info);
  await tx.deleteRecords([id]);
}
