import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { IngestError, messageOf } from '../errors.js';
import type { Reject } from '../sources/source.js';

/** The rejects file: JSON Lines, one object a reject. Created with the first reject, replacing an older one. */
export class RejectsFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Throws `ERR_USAGE` when rejects cannot be written there, or when writing them would replace something that is no rejects file: the store, an input,
   * anything. Called before the store is opened.
   */
  async check(store: string): Promise<void> {
    const refuse = (what: string): never => {
      throw new IngestError('ERR_USAGE', `--rejects ${this.#path}: ${what}`, {
        hint: 'Nothing was written. Give the path of a new file, or of an older rejects file, which is replaced.',
      });
    };
    const [here, storeHere] = await Promise.all([stat(this.#path).catch(() => undefined), stat(store).catch(() => undefined)]);
    const names = ['', '-journal', '-wal', '-shm'].map((end) => resolve(store + end));
    if (names.includes(resolve(this.#path)) || (here && here.ino === storeHere?.ino && here.dev === storeHere.dev)) {
      refuse('this is the store');
    }
    if (!here) {
      // Beside the store: what is wrong with that folder is said of the store.
      if (dirname(resolve(this.#path)) === dirname(resolve(store))) return;
      await access(dirname(resolve(this.#path)), constants.W_OK).catch((error) => refuse(messageOf(error)));
      return;
    }
    if (!here.isFile()) refuse('this is no regular file');
    await access(this.#path, constants.W_OK).catch((error) => refuse(messageOf(error)));
    if (here.size > 0 && !(await isRejectsFile(this.#path))) refuse('this file is there already, and it is no rejects file');
  }

  get count(): number {
    return this.#count;
  }

  /** Where the rejects are; null when there are none. */
  get file(): string | null {
    return this.#count > 0 ? this.#path : null;
  }

  async write(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return;
    try {
      this.#file ??= await open(this.#path, 'w');
      await this.#file.appendFile(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
    } catch (error) {
      throw new IngestError('ERR_INPUT', `cannot write the rejects file ${this.#path}: ${messageOf(error)}`, {
        hint: 'Give another path with --rejects.',
        cause: error,
      });
    }
    this.#count += rejects.length;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** By its first line. */
async function isRejectsFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    for await (const line of file.readLines()) {
      const reject = JSON.parse(line) as Partial<Reject> | null;
      return typeof reject?.code === 'string' && typeof reject.pointer === 'string';
    }
    return true;
  } catch {
    return false;
  } finally {
    await file.close().catch(() => undefined);
  }
}
