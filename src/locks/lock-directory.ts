import { closeSync, openSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { codeOf, IngestError } from '../errors.js';
import { type Holder, holderName, readHolder } from './holder.js';
import { LockQueue } from './lock-queue.js';

/** What a look at a lock found. */
export type Look = 'free' | { readonly holder: Holder; readonly beat: number };

/**
 * A lock on disk: a directory that holds one file, whose name says who holds the lock. An empty directory is free, as is none.
 *
 * It is taken by renaming a directory that has the file already: a rename replaces an empty directory and fails on any other, so one taker wins, and there is no moment
 * at which somebody holds the lock and does not say so. It is given up, and taken from a holder that is gone, by deleting that very file: who deletes a name that
 * no longer stands there has not got it, and harms nobody. Those who wait keep their directory ready in a queue, and who gives the lock up puts that of the next one in its place.
 */
export class LockDirectory {
  readonly path: string;
  readonly #queue: LockQueue;

  constructor(directory: string) {
    this.path = directory;
    this.#queue = new LockQueue(`${directory}.queue`);
  }

  /** The directory of who waits, while it waits: it moves when the lock is its. */
  get place(): string | undefined {
    return this.#queue.place;
  }

  /** Takes the lock for `holder` if it is free; else it waits in the queue until {@link leave}. Throws what the system says when there can be no lock here. */
  take(holder: Holder): boolean {
    this.enter(holder);
    const { place } = this.#queue;
    if (place === undefined) return false;
    try {
      renameSync(place, this.path);
      this.#queue.forget();
      return true;
    } catch (error) {
      // It was put in place for us; or, asked for again after a lost answer (a network file system), a rename that was done fails.
      if (this.holds(holder)) {
        this.#queue.leave();
        return true;
      }
      if (codeOf(error) === 'ENOENT') this.#queue.forget();
      if (isTaken(error)) return false;
      throw error;
    }
  }

  /** Stands in the queue. Throws what the system says when there can be none here. */
  enter(holder: Holder): void {
    this.#queue.enter(holder);
  }

  /**
   * Wants the lock no more: leaves the queue, and lets go of the lock if it was put into the hands of `holder`, who wanted it last.
   * False when the file system refuses, and it is to be tried again.
   */
  leave(holder: Holder | undefined): boolean {
    this.#queue.leave();
    try {
      if (holder && this.holds(holder)) this.free(holder);
    } catch {
      return false;
    }
    return this.#queue.place === undefined;
  }

  /** Throws `ERR_LOCK_PATH` for a directory that is no lock. `free` is a guess that {@link take} tries: a network file system remembers names for a while. */
  look(): Look {
    const [name] = this.#entries();
    if (name === undefined) return 'free';
    const holder = readHolder(name);
    if (!holder) throw this.#foreign(name);
    const beat = this.#beatOf(name);
    return beat === undefined ? 'free' : { holder, beat };
  }

  /** Whether `holder` is the one. Opened, not only looked at: a network file system answers that from the server (close-to-open consistency). */
  holds(holder: Holder): boolean {
    try {
      closeSync(openSync(this.#file(holder), 'r'));
      return true;
    } catch {
      return false;
    }
  }

  /** Shows that `holder` lives. Throws ENOENT when it is not the holder. */
  beat(holder: Holder, time: Date): void {
    utimesSync(this.#file(holder), time, time);
  }

  /**
   * Ends what `holder` holds, if it is the one, and nothing else; the next one in the queue has it then. Throws what the system says when it is the one and stays.
   * Answers whether somebody else has it now.
   */
  free(holder: Holder): boolean {
    try {
      unlinkSync(this.#file(holder));
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
    let isHandedOn = false;
    try {
      const next = this.#queue.next();
      if (next !== undefined) {
        renameSync(next, this.path);
        isHandedOn = true;
      }
      // Also a place that was just being given up, and so is empty. Refused when somebody has the lock.
      rmdirSync(this.path);
      return false;
    } catch {
      return isHandedOn;
    }
  }

  /** Removes the places of those who died in the queue. */
  sweep(): void {
    this.#queue.sweep();
  }

  #file(holder: Holder): string {
    return path.join(this.path, holderName(holder));
  }

  #entries(): string[] {
    try {
      // A file that is deleted while somebody has it open keeps a name like that on NFS.
      return readdirSync(this.path).filter((name) => !name.startsWith('.nfs'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #beatOf(name: string): number | undefined {
    const file = path.join(this.path, name);
    try {
      closeSync(openSync(file, 'r'));
      return statSync(file).mtimeMs;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #foreign(name: string): IngestError {
    return new IngestError('ERR_LOCK_PATH', `${this.path} is not a lock: it holds ${JSON.stringify(name)}`, {
      hint: 'Nothing in it was touched. Give another lockPath, or remove it if it is of no use.',
    });
  }
}

const isMissing = (error: unknown) => ['ENOENT', 'ESTALE', 'ENOTDIR'].includes(codeOf(error) ?? '');

/** ENOTEMPTY or EEXIST, as the system likes. ENOENT: our place has been swept away. */
const isTaken = (error: unknown) => ['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '');
