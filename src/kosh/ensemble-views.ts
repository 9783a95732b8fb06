import { attributesOf, type StoreInfo } from '../records/kosh.js';
import type { EnsembleView } from '../records/kosh-rules.js';
import type { StoredRecord } from '../stores/connection.js';
import { type Joined, readThrough } from './transact.js';

/** The ensembles with these ids, as they are in the store now. One that is not there has no entry, a record that is no ensemble is null. */
export async function ensembleViews(
  joined: Joined,
  { ensemblesType }: StoreInfo,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, EnsembleView | null>> {
  const stored = await readThrough(joined, (reader) => reader.records(ids), { signal });
  const view = ({ id, type, raw }: StoredRecord) => (type === ensemblesType ? { id, attributes: attributesOf(raw) } : null);
  return new Map([...stored].map(([id, record]) => [id, view(record)]));
}
