import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const sampleBytes = 2048;
const samples = 12;

/**
 * Kosh's fast fingerprint of a file (`utils.py` `compute_fast_sha`): SHA-256, in hexadecimal, of the size in decimal and of 12 samples of
 * 2048 bytes at even distances. A change elsewhere that leaves the size alone is not seen. A small file gives the same sample 12 times.
 */
export async function fastShaOfFile(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    return await sampled(file);
  } finally {
    await file.close();
  }
}

async function sampled(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const sha = createHash('sha256').update(String(size));
  const buffer = Buffer.alloc(sampleBytes);
  let before = -1;
  let length = 0;
  for (const position of positions(size)) {
    if (position !== before) {
      length = (await file.read(buffer, 0, sampleBytes, position)).bytesRead;
      before = position;
    }
    sha.update(buffer.subarray(0, length));
  }
  return sha.digest('hex');
}

/** As `numpy.linspace(0, size - 2048, 12)` rounds: the step is worked out first, and the last position is exact. */
function positions(size: number): number[] {
  const stop = size - sampleBytes;
  const step = stop / (samples - 1);
  return Array.from({ length: samples }, (_, n) => Math.trunc(Math.max(n === samples - 1 ? stop : n * step, 0)));
}

/** SHA-256 of the whole file, in hexadecimal. Kosh 3.1's `long_sha` hashes nothing at all. */
export async function longShaOfFile(path: string): Promise<string> {
  const sha = createHash('sha256');
  for await (const chunk of createReadStream(path)) sha.update(chunk as Buffer);
  return sha.digest('hex');
}
