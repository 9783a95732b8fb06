import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A temporary folder that is removed when it is disposed of, and however else the process ends by itself or by Ctrl-C. */
export class Workspace implements Disposable {
  readonly path: string;
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  readonly #interrupt = () => process.exit(130);

  /** Makes the folder in `directory`, so that stores lie on the file system that is meant to be measured. */
  constructor(directory: string) {
    this.path = mkdtempSync(join(resolve(directory), '.kosh-bench-'));
    process.once('exit', this.#remove);
    process.once('SIGINT', this.#interrupt);
    process.once('SIGTERM', this.#interrupt);
  }

  /** An empty folder for one trial; the one before is removed. */
  fresh(): string {
    const path = join(this.path, 'trial');
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    return path;
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    process.removeListener('SIGINT', this.#interrupt);
    process.removeListener('SIGTERM', this.#interrupt);
    this.#remove();
  }
}

export interface RunOptions {
  readonly workspace: Workspace;
  /** Rounds that are measured, after one that is not. */
  readonly repeats: number;
  /** Told what is being done. */
  readonly say: (message: string) => void;
}
