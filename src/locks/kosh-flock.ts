import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { IngestError, messageOf } from '../errors.js';

/**
 * The lock that Kosh's own RFileLock takes (Python's `filelock`: flock(2) on the file `lockPath`). Taken by the command `flock` for an open file of this process: it belongs to the
 * open file, so it stays when the command has ended, and the system lets go of it when this process ends.
 */
export class KoshFlock {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it was held, and locks nobody out any more. */
  get isLost(): boolean {
    return this.#file !== undefined && !this.#isStillThere(this.#file);
  }

  /** Waits `ms` for it. False when somebody else has it. Throws `ERR_LOCK_PATH` when it cannot be had here. */
  async take(ms: number): Promise<boolean> {
    if (this.#file !== undefined) return true;
    let file: number | undefined;
    try {
      // As `filelock` opens it; what stands in it is nobody's business.
      file = openSync(this.#path, 'a', 0o644);
      const code = await flock(file, ms);
      if (code === 0 && this.#isStillThere(file)) {
        this.#file = file;
        return true;
      }
      if (code > 1) throw new Error(`flock ended with exit code ${code}`);
    } catch (error) {
      if (file !== undefined) closeSync(file);
      throw new IngestError('ERR_LOCK_PATH', `cannot lock the file ${this.#path} as Kosh does: ${messageOf(error)}`, {
        hint: 'The option flock needs the command flock (util-linux) and a file that can be written to. It is for stores that Kosh writes at the same time.',
        cause: error,
      });
    }
    closeSync(file);
    return false;
  }

  release(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Some versions of `filelock` delete the file: what was locked then excludes nobody. */
  #isStillThere(file: number): boolean {
    try {
      const [ours, there] = [fstatSync(file, { bigint: true }), statSync(this.#path, { bigint: true })];
      return ours.ino === there.ino && ours.dev === there.dev;
    } catch {
      return false;
    }
  }
}

/** The exit code of `flock`: 0 locked, 1 not within the time, or ended by somebody. Apart from this process, so that Ctrl-C is not for it. */
async function flock(file: number, ms: number): Promise<number> {
  const seconds = Math.max(ms, 1) / 1000;
  const child = spawn('flock', ['-x', '-w', seconds.toFixed(3), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file],
    detached: true,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
