import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';

import type { FilePlace } from './file-place.js';
import type { Contents } from './orders.js';
import { Peer } from './peers.js';
import { bytesText } from './words.js';

/** A larger store is not read to its end. */
export const mostBytes = 1_000_000_000;
/** A read that takes longer never ends. */
const limitMs = 600_000;

/** What reading a store brought; or why it was not read, or could not be. */
export type Reading =
  | { readonly kind: 'read'; readonly contents: Contents }
  | { readonly kind: 'left alone'; readonly why: string }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly said: string; readonly code: string };

type Source = Pick<FilePlace, 'path' | 'file' | 'fileSystem' | 'scratch' | 'signal'>;

/**
 * Reads a store and changes nothing of it, and leaves nothing beside it. A connection to a store in WAL mode makes the files `-wal` and `-shm`, and one that only reads
 * leaves them: so such a store is opened where it is only when they are there already, else a copy of it is.
 */
export async function readStore({ path, file, fileSystem, scratch, signal }: Source): Promise<Reading> {
  if (file.kind !== 'SQLite') return { kind: 'left alone', why: 'there is no SQLite file' };
  const isWhole = file.bytes < mostBytes;
  if (!file.isWal) return read(path, isWhole, signal);
  if (fileSystem?.kind === 'network') return { kind: 'left alone', why: 'opening it in WAL mode over a network is not safe' };
  if (existsSync(`${path}-wal`) && existsSync(`${path}-shm`)) return read(path, isWhole, signal);
  if (!isWhole) return { kind: 'left alone', why: `it is in WAL mode, not in use and larger than ${bytesText(mostBytes)}` };
  if ('refused' in scratch) return { kind: 'left alone', why: 'it is in WAL mode, and there is no room for a copy' };
  const copy = join(scratch.path, 'copy.sqlite');
  try {
    const before = versionOf(path);
    for (const ending of ['', '-wal']) if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending);
    const reading = await read(copy, isWhole, signal);
    return versionOf(path) === before ? reading : { kind: 'busy' };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'left alone', why: `it is in WAL mode, and cannot be copied: ${messageOf(error)}` };
  }
}

/** Another text when somebody has begun to use the store. */
function versionOf(path: string): string {
  const parts = ['', '-wal', '-shm'].map((ending) => statSync(path + ending, { bigint: true, throwIfNoEntry: false }));
  return parts.map((stats) => (stats ? `${stats.mtimeNs} ${stats.size}` : 'none')).join();
}

async function read(path: string, isWhole: boolean, signal: AbortSignal): Promise<Reading> {
  using peer = new Peer();
  const answer = await peer.ask({ kind: 'read', path, isWhole }, limitMs, signal);
  if (answer.kind === 'done' && answer.contents) return { kind: 'read', contents: answer.contents };
  if (answer.kind === 'failed') return answer;
  return { kind: 'busy' };
}
