import { homedir } from 'node:os';
import { join } from 'node:path';
import { IngestError } from '../errors.js';

/** `~` and `~/…` as the home directory: a shell does this for a flag, nobody does it for a file or a variable. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/**
 * The file of a store. A URL or an in-memory database is `ERR_USAGE`: this is the only place that knows which stores there are.
 * Messages never repeat a URL: it can hold a password.
 *
 * @param source where the value was given, for the message
 */
export function storeFile(store: string, source: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(store)?.[1]?.toLowerCase();
  if (scheme !== undefined && /^(mariadb|mysql)/.test(scheme)) {
    throw new IngestError('ERR_USAGE', `${source}: MariaDB stores come with a later version (found a ${scheme} URL)`, {
      hint: 'give the path of a SQLite file',
    });
  }
  if (scheme !== undefined) {
    throw new IngestError('ERR_USAGE', `${source}: expected the path of a SQLite file, found a ${scheme} URL`, {
      hint: 'give the path alone, such as threadsafe.sqlite',
    });
  }
  if (store === ':memory:') {
    throw new IngestError('ERR_USAGE', `${source}: an in-memory store cannot be shared by workers`, {
      hint: 'give the path of a SQLite file',
    });
  }
  if (store.trim() !== store || store.includes('\0')) {
    throw new IngestError(
      'ERR_USAGE',
      `${source}: a path with blanks at its ends or a NUL character (found ${JSON.stringify(store)})`,
      {
        hint: 'give the path without them',
      },
    );
  }
  return expandHome(store);
}
