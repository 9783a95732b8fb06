import { IngestError } from '../../src/errors.js';
import { isOnServer } from '../../src/stores/store-location.js';
import { filePlace } from '../place/file-place.js';
import type { Place } from '../place/place.js';
import { privatePlace, serverPlace } from '../place/server-place.js';
import type { RunPlan } from './run-plan.js';

/** Makes the throw-away store of a run. Throws `ERR_STORE_OPEN`, and what connecting to a server throws. */
export async function openPlace({ store, privateServer }: Pick<RunPlan, 'store' | 'privateServer'>): Promise<Place> {
  if (privateServer !== undefined) return privatePlace(privateServer);
  if (store === undefined) throw new IngestError('ERR_USAGE', 'store: missing', { hint: 'give --store PATH or URL' });
  return isOnServer(store) ? serverPlace(store, 'stress') : filePlace(store, 'stress');
}

/** What is there while the lock is held. */
export function lockDirectoryOf(lockPath: string): string {
  return `${lockPath}.lock`;
}
