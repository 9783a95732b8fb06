import { existsSync, type Stats, statSync } from 'node:fs';
import { codeOf, IngestError } from '../errors.js';

/** Throws `ERR_STORE_OPEN` for a store that is not there and for a folder: what SQLite says of these helps those alone who want to write. */
export function assertFile(path: string): void {
  let found: Stats | undefined;
  try {
    found = statSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return;
  }
  if (found && !found.isDirectory()) return;
  throw new IngestError('ERR_STORE_OPEN', `the store ${path} ${found ? 'is a folder' : 'does not exist'}`, {
    hint: 'Give the path of a store that is there. Nothing was created.',
  });
}

/** Whether a transaction is going on, or was when its process was killed. */
export function hasJournal(path: string): boolean {
  return existsSync(`${path}-journal`);
}
