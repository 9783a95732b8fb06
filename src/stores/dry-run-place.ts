import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { IngestError, messageOf } from '../errors.js';

/**
 * Whether a SQLite store is there. Throws `ERR_STORE_OPEN` when it could not be created, `ERR_STORE_READ_ONLY` when it could not be written: a dry run, which does
 * neither, would not find out.
 */
export function isStoreThere(path: string): boolean {
  const isThere = existsSync(path);
  try {
    accessSync(isThere ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    const [code, what] = isThere ? (['ERR_STORE_READ_ONLY', 'written'] as const) : (['ERR_STORE_OPEN', 'created'] as const);
    throw new IngestError(code, `the store ${path} cannot be ${what}: ${messageOf(cause)}`, {
      hint: 'Check that its folder exists, and that you may write there.',
      cause,
    });
  }
  return isThere;
}
