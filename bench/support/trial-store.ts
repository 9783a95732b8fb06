import { readdirSync } from 'node:fs';
import { tables } from '../../src/stores/schema.js';
import type { StoreCheck } from '../check-store.js';

/** Names of files in the folder that a trial runs in. */
export const storeFile = 'store.sqlite';
export const lockFile = 'kosh.lock';

/** Records that Kosh puts into every store: the store info and two users. */
export const ownRecords = 3;

/** Rows of all tables. */
export function totalRows({ rows }: Pick<StoreCheck, 'rows'>): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

/** Files that belong to the store in `directory` and should be gone once it is closed. */
export function leftBehind(directory: string): string[] {
  return readdirSync(directory).filter((file) => file.startsWith(storeFile) && file !== storeFile);
}

/** What is wrong with a store, whatever it should hold; undefined when nothing is. */
export function soundness({ integrity, danglingRows, journalMode }: StoreCheck, wantedMode = 'delete'): string | undefined {
  if (integrity !== 'ok') return `integrity_check: ${integrity}`;
  if (danglingRows > 0) return `foreign_key_check: ${danglingRows} rows without their record`;
  return journalMode === wantedMode ? undefined : `journal mode ${journalMode}, not that of the floor`;
}

/** What a check says about the content of a store. */
export type StoreContent = Pick<StoreCheck, 'rows' | 'digests'>;

/** What two checks say differently about the content; undefined when they agree. */
export function difference(found: StoreContent, wanted: StoreContent): string | undefined {
  for (const { name } of tables) {
    if (found.rows[name] !== wanted.rows[name]) return `${name} has ${found.rows[name]} rows, not ${wanted.rows[name]}`;
    if (found.digests && wanted.digests && found.digests[name] !== wanted.digests[name])
      return `the rows of ${name} have other content`;
  }
  return undefined;
}
