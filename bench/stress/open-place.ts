import { accessSync, constants, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IngestError, messageOf } from '../../src/errors.js';
import { expandHome, isOnServer } from '../../src/stores/store-location.js';
import { filePlace } from './place/file-place.js';
import type { Place } from './place/place.js';
import { privatePlace, serverPlace } from './place/server-place.js';
import type { RunPlan } from './run-plan.js';

/** How long a lock path is looked at before it counts as unused. */
const lookMs = 500;

/** Makes the throw-away store of a run. Throws `ERR_STORE_OPEN`, and what connecting to a server throws. */
export async function openPlace({ store, privateServer }: Pick<RunPlan, 'store' | 'privateServer'>): Promise<Place> {
  if (privateServer !== undefined) return privatePlace(privateServer);
  if (store === undefined) throw new IngestError('ERR_USAGE', 'store: missing', { hint: 'give --store PATH or URL' });
  return isOnServer(store) ? serverPlace(store) : filePlace(store);
}

/** The path of the lock, absolute: the given one, which nobody may be using, or one on the disk of the store. */
export async function lockPathOf({ lockPath }: RunPlan, place: Place): Promise<string> {
  if (lockPath === '') return join(place.disk, 'kosh.lock');
  const path = resolve(expandHome(lockPath));
  const folder = dirname(path);
  const hint = 'Give a --lock-path that nobody uses, in a folder that can be written to: it will be deleted, and made to fail.';
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new IngestError('ERR_LOCK_PATH', `no lock can be made in ${folder}: ${messageOf(cause)}`, { hint, cause });
  }
  // A lock in use is not there between two turns: what is seen for a while tells.
  const endMs = performance.now() + lookMs;
  do {
    const used = readdirSync(folder).find((name) => name.startsWith(basename(path)));
    if (used !== undefined) {
      throw new IngestError('ERR_LOCK_PATH', `${join(folder, used)} is there: somebody uses this lock, or has used it`, { hint });
    }
    await sleep(5);
  } while (performance.now() < endMs);
  return path;
}

/** What is there while the lock is held. */
export function lockDirectoryOf(lockPath: string): string {
  return `${lockPath}.lock`;
}
