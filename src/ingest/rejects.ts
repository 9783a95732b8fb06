import { type FileHandle, open } from 'node:fs/promises';
import { IngestError, messageOf } from '../errors.js';
import type { Reject } from '../sources/source.js';

/** The rejects file: JSON Lines, one object a reject. Created with the first reject, replacing an older file. */
export class RejectsFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
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
