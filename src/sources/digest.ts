import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes of a file, `from` up to but not including `to` (default: its end). */
export interface ByteRange {
  readonly from: number;
  readonly to?: number | undefined;
}

/** Read at once. */
const blockBytes = 2 ** 20;

/**
 * SHA-256 of a file or of a range of it, in hexadecimal digits, block by block. Others of the thread get their turn in between. Throws what the system says of a
 * file that cannot be read.
 */
export async function digestOfFile(path: string, range?: ByteRange): Promise<string> {
  const steps = digesting(path, range);
  try {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      await nextTurn();
    }
  } finally {
    steps.return('');
  }
}

/** The same at once. */
export function digestOfFileNow(path: string, range?: ByteRange): string {
  const steps = digesting(path, range);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** One step a block. */
function* digesting(path: string, { from, to = Number.POSITIVE_INFINITY }: ByteRange = { from: 0 }): Generator<void, string> {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    // One byte more than there is, so that the end is seen in the first read.
    const block = Buffer.allocUnsafe(Math.min(blockBytes, Math.max(0, fstatSync(file).size - from) + 1));
    for (let at = from; at < to; ) {
      const read = readSync(file, block, { position: at, length: Math.min(block.length, to - at) });
      if (read === 0) break;
      hash.update(read === block.length ? block : block.subarray(0, read));
      at += read;
      yield;
    }
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}
