import { rmSync } from 'node:fs';

/** What an RFileLock has beside its path: the lock itself, and those who wait. */
const endings = ['.lock', '.lock.queue'];
/** Those who were killed may be in the middle of a call. */
const lastCallMs = 50;

/**
 * Removes what processes that were killed have left of a lock, when it is disposed of and when this process ends; nothing after {@link forget}, and without a path.
 * To be used when the path is known to be used by nobody else, and after those processes were killed.
 */
export class LeftLock implements Disposable {
  #path: string | undefined;
  readonly #remove = () => {
    if (this.#path === undefined) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastCallMs);
    try {
      for (const ending of endings) rmSync(`${this.#path}${ending}`, { recursive: true, force: true });
    } catch {
      // The next run that is given this path says so.
    }
  };

  constructor(path: string | undefined) {
    this.#path = path;
    process.once('exit', this.#remove);
  }

  /** All ended in order: what is there belongs to somebody else. */
  forget(): void {
    this.#path = undefined;
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}
