import { constants } from 'node:fs';
import { access, type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LoadConfig } from '../config/load-options.js';
import { IngestError, messageOf } from '../errors.js';
import type { Reject } from '../sources/source.js';
import { rejectLines } from './reject-lines.js';

/** Rejects that are kept in memory. */
const listedRejects = 1000;

/**
 * The rejects file: JSON Lines, one object for each record, relationship, line or document that was refused. Created with the first; an older one
 * is kept as `….old`, `….old.2` and so on. With an empty path there is none.
 */
export class RejectsFile {
  readonly #path: string;
  /** The first ones. */
  readonly listed: Reject[] = [];
  #file: FileHandle | undefined;
  /** The rejects file that is being loaded, which may be the same. */
  readonly #mended: string | undefined;
  readonly #mode: 'a' | 'w';
  /** The last write that was asked for. */
  #writing: Promise<void> = Promise.resolve();
  #count = 0;
  #isMended = false;
  #hasReplaced = false;

  constructor({ rejects, fromRejects, earlier }: Pick<LoadConfig, 'rejects' | 'fromRejects' | 'earlier'>) {
    this.#path = rejects;
    this.#mended = fromRejects;
    this.#mode = earlier && earlier.rejects > 0 ? 'a' : 'w';
  }

  /**
   * Throws `ERR_USAGE` when rejects cannot be written there, or when writing them would replace something that is no rejects file: the store, an input,
   * anything. Called before the store is opened.
   */
  async check(store: string): Promise<void> {
    if (this.#path === '') return;
    this.#isMended = this.#mended !== undefined && (await isSame(this.#path, this.#mended));
    const refuse = (what: string): never => {
      throw new IngestError('ERR_USAGE', `--rejects ${this.#path}: ${what}`, {
        hint: 'Nothing was written. Give the path of a new file, or of an older rejects file, which is replaced.',
      });
    };
    const [here, storeHere] = await Promise.all([stat(this.#path).catch(() => undefined), stat(store).catch(() => undefined)]);
    const names = ['', '-journal', '-wal', '-shm'].map((end) => resolve(store + end));
    if (names.includes(resolve(this.#path)) || (here && here.ino === storeHere?.ino && here.dev === storeHere.dev)) {
      refuse('this is the store');
    }
    if (!here) {
      // Beside the store: what is wrong with that folder is said of the store.
      if (dirname(resolve(this.#path)) === dirname(resolve(store))) return;
      await access(dirname(resolve(this.#path)), constants.W_OK).catch((error) => refuse(messageOf(error)));
      return;
    }
    if (!here.isFile()) refuse('this is no regular file');
    await access(this.#path, constants.W_OK).catch((error) => refuse(messageOf(error)));
    await this.#checkContent(this.#writtenTo, refuse);
  }

  /** What is there is only replaced when it is a rejects file. */
  async #checkContent(path: string, refuse: (what: string) => never): Promise<void> {
    const info = await stat(path).catch(() => undefined);
    if (!info || info.size === 0) return;
    const named = path === this.#path ? 'this file' : path;
    if (!info.isFile() || !(await isRejectsFile(path))) refuse(`${named} is there already, and it is no rejects file`);
  }

  /** Lines that were written. */
  get count(): number {
    return this.#count;
  }

  /** Where the rejects are; null when there are none. */
  get file(): string | null {
    return this.#count > 0 && this.#path !== '' ? this.#writtenTo : null;
  }

  get #writtenTo(): string {
    return this.#isMended && !this.#hasReplaced ? `${this.#path}.new` : this.#path;
  }

  async write(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return;
    this.listed.push(...rejects.slice(0, listedRejects - this.listed.length));
    const lines = rejectLines(rejects);
    this.#count += lines.length;
    if (this.#path === '') return;
    // One after the other: two that found no file would each make one.
    const before = this.#writing;
    this.#writing = this.#do(async () => {
      await before;
      this.#file ??= await this.#create();
      await this.#file.appendFile(lines.join(''));
    });
    await this.#writing;
  }

  /** An older rejects file, in which somebody may have mended something, is kept. */
  async #create(): Promise<FileHandle> {
    const path = this.#writtenTo;
    // `….new` is nobody's to mend: what it lists is listed again.
    const older = this.#mode === 'w' && path === this.#path ? await stat(path).catch(() => undefined) : undefined;
    if (older && older.size > 0) await rename(path, await freeName(`${path}.old`));
    return open(path, this.#mode);
  }

  /**
   * Has what was written on the disk, before the load is over. With none, the file that an earlier run of the same load (begun at `since`, ISO 8601) has left is
   * removed: what was refused then has been mended. One that is older is of another load, and stays.
   */
  async settle(since: string | undefined): Promise<void> {
    await this.#writing;
    await this.#do(async () => {
      await this.#file?.sync();
      if (since === undefined || this.#count > 0 || this.#path === '' || this.#isMended) return;
      const info = await stat(this.#path).catch(() => undefined);
      if (info && info.mtimeMs >= Date.parse(since)) await rm(this.#path, { force: true });
    });
  }

  /**
   * What was written is on the disk then. A rejects file that was itself loaded is replaced only now, and only when the load ran to its end (`ended`): by what was
   * refused again, or by nothing. Until then it is as it was, and the new rejects are beside it.
   */
  async close(ended: boolean): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#do(async () => {
      await this.#file?.sync();
      await this.#file?.close();
      if (!this.#isMended || !ended) return;
      if (this.#count > 0) await rename(this.#writtenTo, this.#path);
      else await rm(this.#path, { force: true });
      this.#hasReplaced = true;
    });
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new IngestError('ERR_INPUT', `cannot write the rejects file ${this.#path}: ${messageOf(error)}`, {
        hint: 'Give another path with --rejects.',
        cause: error,
      });
    }
  }
}

/** The path, or the first of `path.2`, `path.3` and so on that is not there yet. */
async function freeName(path: string): Promise<string> {
  for (let n = 2, name = path; ; n++) {
    if (!(await lstat(name).catch(() => undefined))) return name;
    name = `${path}.${n}`;
  }
}

/** Whether two paths are of one file. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [here, there] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return resolve(one) === resolve(other) || (here !== undefined && here.ino === there?.ino && here.dev === there.dev);
}

/** How a line begins, unless somebody has written it anew. */
const lineStart = '{"file":';
/** No line is longer. */
const headBytes = 8 * 2 ** 20;

/** By its first line; one that was being written when its process was killed may be cut off anywhere. */
async function isRejectsFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    const end = head.indexOf('\n');
    if (end === -1) return head.startsWith(lineStart) || lineStart.startsWith(head);
    const reject = JSON.parse(head.slice(0, end)) as Partial<Reject> | null;
    return typeof reject?.code === 'string' && typeof reject.pointer === 'string';
  } catch {
    return false;
  } finally {
    await file.close().catch(() => undefined);
  }
}
