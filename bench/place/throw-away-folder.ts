import { mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, type ErrorCode, IngestError, messageOf } from '../../src/errors.js';
import { sayOnTheWay } from './say.js';

/** What a folder or a database is thrown away after: part of its name. */
export type Purpose = 'stress' | 'bench' | 'doctor';

/** A folder that is removed when it is disposed of, and however else this process ends by itself. */
export class ThrowAwayFolder implements Disposable {
  readonly path: string;
  /** A folder in it. */
  readonly disk: string;
  readonly #remove = () => {
    try {
      rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch (error) {
      // It must not hide what the run ended with.
      sayOnTheWay(`the throw-away folder ${this.path} cannot be removed (${messageOf(error)}): remove it`);
    }
  };

  /**
   * Makes it beside the store, on the same file system: beside the file itself when the path is a link. Without a store, among the temporary files.
   *
   * @throws IngestError `ERR_STORE_OPEN`, and `ERR_STORE_FULL` when there is no room
   */
  constructor(store: string | undefined, purpose: Purpose) {
    const beside = store === undefined ? join(tmpdir(), 'kosh') : fileOf(resolve(store));
    if (store !== undefined && isDirectory(beside)) {
      throw new IngestError('ERR_STORE_OPEN', `the store ${store} is a directory`, {
        hint: 'Name a file in it; it need not exist.',
      });
    }
    let made: string | undefined;
    try {
      made = mkdtempSync(`${join(dirname(beside), basename(beside))}.${purpose}-`);
      this.path = made;
      this.disk = join(made, 'disk');
      mkdirSync(this.disk);
    } catch (error) {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      const { code, hint } = meaningOf(error);
      throw new IngestError(code, `no folder can be made in ${dirname(beside)}: ${messageOf(error)}`, { hint, cause: error });
    }
    process.once('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}

/** The file that a path leads to, through all links, also where it does not exist yet. What cannot be reached is answered as it is. */
export function fileOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return path;
  }
  try {
    return fileOf(resolve(dirname(path), readlinkSync(path)));
  } catch {
    // It is no link: there is no file yet.
  }
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  switch (codeOf(error)) {
    case 'ENOENT':
      return { code: 'ERR_STORE_OPEN', hint: 'Check that the folder of the store exists.' };
    case 'ENAMETOOLONG':
      return {
        code: 'ERR_STORE_OPEN',
        hint: 'The folder is named after the store: give a --store with a shorter name, in the same folder.',
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'ERR_STORE_FULL', hint: 'Make room there, or give a --store on another disk.' };
    default:
      return {
        code: 'ERR_STORE_OPEN',
        hint: 'Check that you may write in the folder of the store, and that it is a folder.',
      };
  }
}
