import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { codeOf, IngestError, messageOf } from '../errors.js';

/** The file that an export becomes; compressed when its name ends in `.gz`. */
export interface ExportPlace {
  readonly path: string;
  readonly overwrite: boolean;
}

/** Writes the pieces of a text, from the start again each time it is called. */
export type WritePieces = (pieces: AsyncIterable<string>) => Promise<void>;

/** Pieces are collected up to this length: a write costs more than a copy. */
const chunkLength = 1 << 20;

/**
 * Looks before anything is read whether a file can stand there. Throws `ERR_EXPORT` when it is there and is not to be overwritten, when it is no file, and for
 * the store itself.
 */
export async function checkPlace({ path, overwrite }: ExportPlace, store: string): Promise<void> {
  if (path.includes('\0')) throw new IngestError('ERR_USAGE', 'a path cannot hold a NUL character');
  const [there, itself] = await Promise.all([path, store].map((file) => stat(file).catch(() => undefined)));
  const isStore = there !== undefined && itself !== undefined && there.ino === itself.ino && there.dev === itself.dev;
  if (isStore || ['-journal', '-wal', '-shm'].some((suffix) => resolve(path) === resolve(store + suffix))) {
    throw new IngestError('ERR_EXPORT', `${path} is ${isStore ? 'the store itself' : 'a file of the store'}`, {
      hint: 'Give another path.',
    });
  }
  if (there && !there.isFile()) throw new IngestError('ERR_EXPORT', `${path} is no file`, { hint: 'Give the path of a file.' });
  if (there && !overwrite) throw existsAlready(path);
}

/** Gives `work` a file beside the place, and puts it in place when `work` has ended: a reader sees no half of it, and a failure leaves nothing. */
export async function writeFile<T>({ path, overwrite }: ExportPlace, work: (write: WritePieces) => Promise<T>): Promise<T> {
  const beside = join(dirname(path), `.${randomUUID().slice(0, 8)}.tmp`);
  const isCompressed = path.endsWith('.gz');
  try {
    const result = await work((pieces) => writeBeside(beside, pieces, isCompressed));
    // A link, unlike a rename, is refused where a file is.
    if (overwrite) await rename(beside, path);
    else await link(beside, path);
    return result;
  } catch (cause) {
    if (cause instanceof IngestError || (cause as { syscall?: unknown } | null | undefined)?.syscall === undefined) throw cause;
    throw codeOf(cause) === 'EEXIST' ? existsAlready(path, cause) : cannotWrite(path, cause);
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

/** Writes to a stream and waits for each write. Throws `ERR_EXPORT`, with the stream's own error as its cause. */
export function writeStream(stream: Writable): WritePieces {
  let hasBegun = false;
  return async (pieces) => {
    if (hasBegun) {
      throw new IngestError('ERR_EXPORT', 'reading the store failed when a part of it had been written already', {
        hint: 'Write a file, which is written anew then.',
      });
    }
    // The write itself tells of it; an error without a listener would end the process.
    const ignore = (): void => {};
    stream.on('error', ignore);
    try {
      for await (const chunk of chunks(pieces)) {
        hasBegun = true;
        await new Promise<void>((done, fail) => {
          stream.write(chunk, (error) => (error ? fail(cannotWrite('to the stream', error)) : done()));
        });
      }
    } finally {
      stream.off('error', ignore);
    }
  };
}

function existsAlready(path: string, cause?: unknown): IngestError {
  return new IngestError('ERR_EXPORT', `${path} exists already`, {
    hint: 'Give another path, or overwrite it: --overwrite, in a program overwrite: true.',
    cause,
  });
}

function cannotWrite(what: string, cause: unknown): IngestError {
  return new IngestError('ERR_EXPORT', `cannot write ${what}: ${messageOf(cause)}`, {
    hint: 'Check the folder, your rights and the space.',
    cause,
  });
}

async function writeBeside(path: string, pieces: AsyncIterable<string>, isCompressed: boolean): Promise<void> {
  const file = await open(path, 'w');
  const append = async (some: AsyncIterable<string | Buffer>) => {
    // Unlike write(), it does not stop half way on a disk that is full.
    for await (const chunk of some) await file.appendFile(chunk);
  };
  try {
    if (isCompressed) await pipeline(chunks(pieces), createGzip({ chunkSize: chunkLength / 4 }), append);
    else await append(chunks(pieces));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* chunks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < chunkLength) continue;
    yield waiting.join('');
    waiting = [];
    length = 0;
  }
  yield waiting.join('');
}
