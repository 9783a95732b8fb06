import { randomUUID } from 'node:crypto';
import { close, fstat, openSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IngestError, messageOf } from '../errors.js';
import { unpackedBlocks } from './gzip.js';
import type { InputFile } from './input-file.js';

/**
 * Files for what cannot be read at a place of one's choice: stdin, and packed lines. They have no name, so that nothing of them is left however the process ends;
 * the workers, threads of it, read them by their descriptor.
 */
export class Spool {
  readonly #open: number[] = [];
  /** What was kept, by its path: stdin cannot be read a second time, when a load is planned anew. */
  readonly #kept = new Map<string, Promise<InputFile>>();

  /** All of stdin. */
  async stdin(): Promise<InputFile> {
    return this.#once('-', () => this.#keep('-', process.stdin as AsyncIterable<Buffer>));
  }

  /** What a packed file unpacks to. Throws what gzip says. */
  async unpacked(file: InputFile): Promise<InputFile> {
    return this.#keep(file.path, unpackedBlocks(file));
  }

  #once(path: string, keep: () => Promise<InputFile>): Promise<InputFile> {
    const kept = this.#kept.get(path) ?? keep();
    this.#kept.set(path, kept);
    return kept;
  }

  async #keep(path: string, blocks: AsyncIterable<Buffer>): Promise<InputFile> {
    const fd = this.#create();
    for await (const block of blocks) await writeFully(fd, block);
    const { size } = await promisify(fstat)(fd);
    return { path, bytes: size, fd };
  }

  #create(): number {
    const name = join(tmpdir(), `kosh-ingest-${randomUUID()}`);
    try {
      const fd = openSync(name, 'wx+', 0o600);
      this.#open.push(fd);
      rmSync(name);
      return fd;
    } catch (cause) {
      throw new IngestError('ERR_INPUT', `cannot create a temporary file in ${tmpdir()}: ${messageOf(cause)}`, { cause, hint });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((fd) => promisify(close)(fd)));
  }
}

const hint = 'Packed lines and stdin are kept in a temporary file. Give another folder with TMPDIR, or unpack the file.';

async function writeFully(fd: number, block: Buffer): Promise<void> {
  try {
    for (let at = 0; at < block.length; ) at += (await promisify(write)(fd, block, at)).bytesWritten;
  } catch (cause) {
    throw new IngestError('ERR_INPUT', `cannot write a temporary file in ${tmpdir()}: ${messageOf(cause)}`, { cause, hint });
  }
}
