import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { codeOf } from '../errors.js';
import { blocksOf, type InputFile } from './input-file.js';
import type { ReadBytes } from './json-scan.js';

/** Unpacks what is in memory; undefined when it would be larger than `most` bytes. */
export function gunzipWhole(packed: Buffer, most: number): Buffer | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: most });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

/** The start of what is packed, from its first bytes; empty when these are not packed with gzip. */
export function gunzipHead(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

/** The bytes of a packed file as they are unpacked, block by block. */
export function unpackedBlocks({ path, fd }: Pick<InputFile, 'path' | 'fd'>): AsyncIterable<Buffer> {
  // A stream of a descriptor would close it when it ends.
  const packed = fd === undefined ? createReadStream(path) : Readable.from(copiesOf(blocksOf(fd)));
  const unpacked = createGunzip();
  // pipe() does not pass on an error of the file.
  packed.on('error', (error: Error) => unpacked.destroy(error)).pipe(unpacked);
  unpacked.on('close', () => packed.destroy());
  return unpacked;
}

function* copiesOf(blocks: Iterable<Buffer>): Generator<Buffer> {
  for (const block of blocks) yield Buffer.from(block);
}

/** Reads a packed file from its start. `close` ends the reading before the end of the file. */
export function gunzipReader(file: Pick<InputFile, 'path' | 'fd'>): { read: ReadBytes; close(): Promise<void> } {
  const blocks = unpackedBlocks(file)[Symbol.asyncIterator]();
  let block: Buffer = Buffer.alloc(0);
  const read = async (buffer: Buffer, start: number) => {
    while (block.length === 0) {
      const next = await blocks.next();
      if (next.done) return 0;
      block = next.value;
    }
    const copied = block.copy(buffer, start);
    block = block.subarray(copied);
    return copied;
  };
  return { read, close: async () => void (await blocks.return?.()) };
}

/** Why gzip failed, in words, or undefined when the error is not of gzip. */
export function gzipFault(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') return 'the gzip file is cut off: its end is missing';
  return code?.startsWith('Z_') ? 'the gzip file is damaged' : undefined;
}
