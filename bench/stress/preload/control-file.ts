import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import type { Preload } from './build.js';

/** Where the members of `struct control` in preload.c are. */
const layout = {
  noLocks: 0,
  lockErrno: 4,
  full: 8,
  refused: 12,
  clockMs: 16,
  granted: 24,
  told: 28,
  lockPath: 32,
  diskPath: 2080,
};
const pathBytes = 2048;
const size = 4128;

/** What was seen of the faults by the process, counted from its start. */
export interface Seen {
  /** Calls that failed. */
  readonly refused: number;
  /** Locks that were granted without a look. */
  readonly granted: number;
  /** Times of day that were told wrong. */
  readonly told: number;
}

/** What paths the faults are about: everything that begins with them. */
export interface FaultPaths {
  /** Where calls fail with {@link ControlFile.failLock}. */
  readonly lockPath: string;
  /** Where {@link ControlFile.fill} lets nothing grow. */
  readonly diskPath: string;
}

/** Tells the preloaded library of the processes that have mapped the file what to do, at once and while they run. */
export class ControlFile {
  readonly path: string;
  readonly #fd: number;

  /** Creates the file. */
  constructor(path: string, { lockPath, diskPath }: FaultPaths) {
    const bytes = Buffer.alloc(size);
    for (const [text, at] of [
      [lockPath, layout.lockPath],
      [diskPath, layout.diskPath],
    ] as const) {
      if (Buffer.byteLength(text) >= pathBytes) throw new Error(`a path of more than ${pathBytes} bytes: ${text}`);
      bytes.write(text, at);
    }
    this.path = path;
    writeFileSync(path, bytes);
    this.#fd = openSync(path, 'r+');
  }

  /** The variables of a process that obeys this file. */
  environment({ library }: Extract<Preload, { library: string }>): Readonly<Record<string, string>> {
    const before = process.env.LD_PRELOAD;
    // What goes through io_uring passes the library by.
    return { LD_PRELOAD: before ? `${library}:${before}` : library, KOSH_STRESS_CONTROL: this.path, UV_USE_IO_URING: '0' };
  }

  /** POSIX locks and those of `flock` do nothing, or work again. */
  dropLocks(isOn: boolean): void {
    this.#put(layout.noLocks, isOn ? 1 : 0);
  }

  /** Calls that change something under the lock's path fail with this `errno`; 0: no longer. */
  failLock(errno: number): void {
    this.#put(layout.lockErrno, errno);
  }

  /** The disk is full, or no longer. */
  fill(isOn: boolean): void {
    this.#put(layout.full, isOn ? 1 : 0);
  }

  /** The time of day is told wrong by this much; whole seconds. */
  shiftClock(ms: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms));
    writeSync(this.#fd, bytes, 0, 8, layout.clockMs);
  }

  seen(): Seen {
    return { refused: this.#get(layout.refused), granted: this.#get(layout.granted), told: this.#get(layout.told) };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #put(at: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    writeSync(this.#fd, bytes, 0, 4, at);
  }

  #get(at: number): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#fd, bytes, 0, 4, at);
    return bytes.readUInt32LE();
  }
}
