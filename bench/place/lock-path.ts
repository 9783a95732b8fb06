import { accessSync, constants, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IngestError, messageOf } from '../../src/errors.js';
import { expandHome } from '../../src/stores/store-location.js';
import type { Place } from './place.js';

/** How long a lock path is looked at before it counts as unused. */
const lookMs = 500;

/** The path of the lock, absolute: the given one, which nobody may be using, or one on the disk of the store. */
export async function lockPathOf(lockPath: string, place: Pick<Place, 'disk'>): Promise<string> {
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
