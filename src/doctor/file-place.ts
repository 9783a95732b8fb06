import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileOf, ThrowAwayFolder } from '../../bench/place/throw-away-folder.js';
import type { DoctorConfig } from '../config/doctor-options.js';
import { codeOf, messageOf } from '../errors.js';
import { absoluteLockPath } from '../locks/r-file-lock.js';
import { type FileSystem, fileSystemOf } from './file-systems.js';
import { type Reading, readStore } from './read-store.js';

/** What is at the path of a store. */
export type StoreFile =
  | { readonly kind: 'missing' | 'empty' | 'directory' | 'no folder' | 'foreign' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | SqliteFile;

/** A file with the header of SQLite. */
export interface SqliteFile {
  readonly kind: 'SQLite';
  readonly bytes: number;
  readonly isWal: boolean;
}

/** A throw-away folder, or why there is none. */
export type Scratch = { readonly path: string } | { readonly refused: string };

/** A SQLite store and its surroundings. Disposing of it leaves nothing behind. */
export interface FilePlace extends Disposable {
  readonly kind: 'file';
  /** As it was given. */
  readonly store: string;
  /** Absolute, through all links. */
  readonly path: string;
  readonly folder: string;
  readonly file: StoreFile;
  /** Undefined without a folder. */
  readonly fileSystem: FileSystem | undefined;
  /** Beside the store. */
  readonly scratch: Scratch;
  /** Where RFileLock's lock is, absolute. */
  readonly lockPath: string;
  /** As it was given, where it was. */
  readonly givenLockPath: string | undefined;
  readonly signal: AbortSignal;
  /** Reads the store, once. */
  reading(): Promise<Reading>;
}

/**
 * Looks at the place of a SQLite store. The header of the file is read here, before anything opens it with SQLite: closing a file that SQLite has open in the same
 * process drops its locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function lookAtFile({ store, lockPath, isLockPathGiven }: DoctorConfig, signal: AbortSignal): FilePlace {
  const path = fileOf(resolve(store));
  const folder = dirname(path);
  const file = storeFileOf(path, folder);
  const throwAway = file.kind === 'directory' || file.kind === 'no folder' ? 'there is no place for it' : makeFolder(store);
  const scratch: Scratch = typeof throwAway === 'string' ? { refused: throwAway } : { path: throwAway.disk };
  const fileSystem = file.kind === 'no folder' ? undefined : fileSystemOf(folder);
  let reading: Promise<Reading> | undefined;
  return {
    kind: 'file',
    store,
    path,
    folder,
    file,
    fileSystem,
    scratch,
    lockPath: absoluteLockPath(lockPath),
    givenLockPath: isLockPathGiven ? lockPath : undefined,
    signal,
    reading: () => (reading ??= readStore({ path, file, fileSystem, scratch, signal })),
    [Symbol.dispose]() {
      if (typeof throwAway !== 'string') throwAway[Symbol.dispose]();
    },
  };
}

function makeFolder(beside: string): ThrowAwayFolder | string {
  try {
    return new ThrowAwayFolder(beside, 'doctor');
  } catch (error) {
    return messageOf(error);
  }
}

function storeFileOf(path: string, folder: string): StoreFile {
  let stats: Stats | undefined;
  try {
    if (!statSync(folder).isDirectory()) return { kind: 'no folder' };
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
      ? { kind: 'no folder' }
      : { kind: 'unreadable', why: messageOf(error) };
  }
  if (!stats) return { kind: 'missing' };
  if (stats.isDirectory()) return { kind: 'directory' };
  if (!stats.isFile()) return { kind: 'foreign' };
  if (stats.size === 0) return { kind: 'empty' };
  try {
    accessSync(path, constants.R_OK);
    return headerOf(path, stats.size);
  } catch (error) {
    return { kind: 'unreadable', why: messageOf(error) };
  }
}

/** The first bytes: https://www.sqlite.org/fileformat2.html#the_database_header. */
function headerOf(path: string, bytes: number): StoreFile {
  const header = Buffer.alloc(20);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return { kind: 'foreign' };
  return { kind: 'SQLite', bytes, isWal: header[18] === 2 };
}
