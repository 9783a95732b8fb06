import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { IngestError } from '../../src/errors.js';
import { expandHome, isOnServer } from '../../src/stores/store-location.js';
import { filePlace } from './place/file-place.js';
import type { Place } from './place/place.js';
import { privatePlace, serverPlace } from './place/server-place.js';
import type { RunPlan } from './run-plan.js';

/** Makes the throw-away store of a run. Throws `ERR_STORE_OPEN`, and what connecting to a server throws. */
export async function openPlace({ store, privateServer }: Pick<RunPlan, 'store' | 'privateServer'>): Promise<Place> {
  if (privateServer !== undefined) return privatePlace(privateServer);
  if (store === undefined) throw new IngestError('ERR_USAGE', 'store: missing', { hint: 'give --store PATH or URL' });
  return isOnServer(store) ? serverPlace(store) : filePlace(store);
}

/** The path of the lock, absolute: the given one, which nobody may be using, or one on the disk of the store. */
export function lockPathOf({ lockPath }: RunPlan, place: Place): string {
  if (lockPath === '') return join(place.disk, 'kosh.lock');
  const path = resolve(expandHome(lockPath));
  if (existsSync(lockDirectoryOf(path))) {
    throw new IngestError('ERR_LOCK_PATH', `${lockDirectoryOf(path)} is there: somebody uses this lock`, {
      hint: 'Give a --lock-path that nobody uses: it will be deleted, and made to fail.',
    });
  }
  return path;
}

/** What is there while the lock is held. */
export function lockDirectoryOf(lockPath: string): string {
  return `${lockPath}.lock`;
}
