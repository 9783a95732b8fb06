import { isAscii } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { digestOfPieces } from './digest.js';

/** A file to be loaded. Plain data, which goes to the workers. */
export interface InputFile {
  /** As it was given, or below the given directory; `-` is stdin. */
  readonly path: string;
  readonly bytes: number;
  /** Descriptor, open in the process, of a file that was unpacked or came from stdin: it has no name on the disk. */
  readonly fd?: number | undefined;
}

/** A stretch of a file in bytes, `to` behind its end. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const blockBytes = 2 ** 20;

/** The name of a file that is the same wherever the load is started from. */
export function placeOf(path: string): string {
  return path === '-' ? path : resolve(path);
}

/** Runs `work` with the descriptor of the file. Throws what the file system says. */
export function withFile<T>(file: Pick<InputFile, 'path' | 'fd'>, work: (fd: number) => T): T {
  if (file.fd !== undefined) return work(file.fd);
  const fd = openSync(file.path, 'r');
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a range; fewer when the file ends before. */
export function readRange(file: Pick<InputFile, 'path' | 'fd'>, { from, to }: ByteRange): Buffer {
  const buffer = Buffer.allocUnsafe(to - from);
  const read = withFile(file, (fd) => readFully(fd, buffer, from));
  return buffer.subarray(0, read);
}

/** Fills the buffer from byte `at` of a file on, and answers how many bytes there were. */
export function readFully(fd: number, buffer: Buffer, at: number): number {
  let end = 0;
  while (end < buffer.length) {
    const read = readSync(fd, buffer, end, buffer.length - end, at + end);
    if (read === 0) break;
    end += read;
  }
  return end;
}

/** The bytes of a file from `from` on, block by block. A block is overwritten by the next one. */
export function* blocksOf(fd: number, { from = 0, to = Number.POSITIVE_INFINITY }: Partial<ByteRange> = {}): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(blockBytes);
  for (let at = from; at < to; ) {
    const read = readFully(fd, buffer.subarray(0, Math.min(blockBytes, to - at)), at);
    if (read === 0) return;
    yield buffer.subarray(0, read);
    at += read;
  }
}

/** The digest of a file. */
export function digestOf(file: Pick<InputFile, 'path' | 'fd'>): string {
  return withFile(file, (fd) => digestOfPieces(blocksOf(fd)));
}

/** How many line feeds there are. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

/** What bytes of text are read as: ASCII as Latin-1, which is faster. */
export function encodingOf(bytes: Buffer): 'latin1' | 'utf8' {
  return isAscii(bytes) ? 'latin1' : 'utf8';
}
