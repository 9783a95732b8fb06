import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, IngestError, messageOf } from '../../src/errors.js';

/** What a folder or a database is thrown away after: part of its name. */
export type Purpose = 'stress' | 'bench';

/** A folder that is removed when it is disposed of, and however else this process ends by itself. */
export class ThrowAwayFolder implements Disposable {
  readonly path: string;
  /** A folder in it. */
  readonly disk: string;
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

  /** Makes it beside the store, on the same file system; without a file, among the temporary files. Throws `ERR_STORE_OPEN`. */
  constructor(store: string | undefined, purpose: Purpose) {
    const beside = store === undefined ? join(tmpdir(), 'kosh') : resolve(store);
    try {
      this.path = mkdtempSync(`${join(dirname(beside), basename(beside))}.${purpose}-`);
    } catch (error) {
      throw new IngestError('ERR_STORE_OPEN', `no folder can be made in ${dirname(beside)}: ${messageOf(error)}`, {
        hint:
          codeOf(error) === 'ENOENT'
            ? 'Check that the folder of the store exists.'
            : 'Check that you may write in the folder of the store, and that it is a folder.',
        cause: error,
      });
    }
    process.once('exit', this.#remove);
    this.disk = join(this.path, 'disk');
    mkdirSync(this.disk);
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}
