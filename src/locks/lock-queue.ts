import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import { codeOf } from '../errors.js';
import { type Holder, holderName, isGone, isHere, isStopped, readHolder } from './holder.js';

/** A place of another machine that was first seen longer ago is removed: its owner, if it lives, makes a new one. */
const oldMs = 600_000;
/** How often the queue is made again, when somebody removes it at once. */
const mostTries = 20;

interface Place {
  readonly directory: string;
  readonly holder: Holder;
}

/**
 * Those who wait for a lock, each with a directory that will be the lock when it is its turn: `<lock>.queue/<since when>_<who>/<who>`. It is a courtesy, not the lock: what
 * is missing or wrong in it costs time, never the exclusion. On one machine the order is that of coming; who waits elsewhere looks for a free lock, and is
 * given the chance in proportion.
 */
export class LockQueue {
  readonly #path: string;
  #mine: Place | undefined;
  /** When places of other machines were first seen, by the clock of who looks. */
  readonly #seen = new Map<string, number>();

  constructor(directory: string) {
    this.#path = directory;
  }

  get place(): string | undefined {
    return this.#mine?.directory;
  }

  /** Makes a place for `holder`, at the end. Throws what the system says when that cannot be. */
  enter(holder: Holder): void {
    if (this.#mine?.holder.id === holder.id && existsSync(this.#mine.directory)) return;
    this.leave();
    // Of the boot: comparable on one machine, and no clock that can be set.
    const since = String(process.hrtime.bigint() / 1000n).padStart(17, '0');
    const directory = path.join(this.#path, `${since}_${holderName(holder)}`);
    this.#make(directory);
    try {
      closeSync(openSync(path.join(directory, holderName(holder)), 'wx'));
    } catch (error) {
      // Without the file it is no place: as the lock it would be a free one.
      remove(directory, holder);
      throw error;
    }
    this.#mine = { directory, holder };
  }

  /** The place has become the lock, or has been taken away. */
  forget(): void {
    this.#mine = undefined;
  }

  /** Gives the place up. What the file system refuses to remove stays ours, for another try. */
  leave(): void {
    if (this.#mine && remove(this.#mine.directory, this.#mine.holder)) this.#mine = undefined;
    try {
      rmdirSync(this.#path);
    } catch {
      // Others are in it.
    }
  }

  /** The place whose turn it is; undefined when it is nobody's, or that of somebody who looks for the lock by itself. */
  next(): string | undefined {
    const places = this.#living();
    const here = places.filter(({ holder }) => isHere(holder));
    if (Math.random() * places.length >= here.length) return undefined;
    return here.find(({ holder }) => !isStopped(holder))?.directory;
  }

  /** Removes the places of those who are gone. */
  sweep(): void {
    this.#living();
    if (!this.#mine) this.leave();
  }

  #living(): Place[] {
    const places: Place[] = [];
    const names = this.#entries().sort();
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
    for (const name of names) {
      const holder = readHolder(name.slice(name.indexOf('_') + 1));
      if (!holder) continue;
      const place = { directory: path.join(this.#path, name), holder };
      if (isGone(holder) || (!isHere(holder) && this.#isOld(name))) remove(place.directory, holder);
      else places.push(place);
    }
    return places;
  }

  #make(directory: string): void {
    for (let tries = 1; ; tries++) {
      try {
        mkdirSync(directory);
        share(directory, path.dirname(this.#path));
        return;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries === mostTries) throw error;
      }
      // Removed by who left it last. Where its own folder is missing, this says so.
      // Made apart, so that other users never see one that is not theirs to write in.
      const made = `${this.#path}.${path.basename(directory).slice(0, 60)}`;
      mkdirSync(made);
      share(made, path.dirname(this.#path));
      try {
        renameSync(made, this.#path);
      } catch (error) {
        rmdirSync(made);
        if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error;
      }
    }
  }

  #isOld(name: string): boolean {
    const nowMs = performance.now();
    const sinceMs = this.#seen.get(name) ?? nowMs;
    this.#seen.set(name, sinceMs);
    return nowMs - sinceMs > oldMs;
  }

  #entries(): string[] {
    try {
      return readdirSync(this.#path);
    } catch {
      return [];
    }
  }
}

/** Whether it is gone now. */
function remove(place: string, holder: Holder): boolean {
  try {
    unlinkSync(path.join(place, holderName(holder)));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return false;
  }
  try {
    rmdirSync(place);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

/** Where several users may write, they may so here: else nobody could take over what another one left. */
function share(directory: string, folder: string): void {
  try {
    const mode = statSync(folder).mode & 0o777;
    if (mode & 0o022) chmodSync(directory, mode);
  } catch {
    // Then it stays with this user.
  }
}
