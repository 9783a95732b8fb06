import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, logTail, readLog, spawnIn } from './mariadb-home.js';

const patienceMs = 60_000;

/** Polls until `isSo`; fails after a minute, with what `otherwise` says. What throws in between ends it at once. */
export async function until(isSo: () => Promise<boolean>, otherwise: () => string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not after ${patienceMs / 1000} s: ${otherwise()}`);
    await sleep(50);
  }
}

/** The `mariadbd` of a folder: it can be ended and started again on the same data. */
export class ServerProcess {
  readonly folder: string;
  readonly socket: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor(folder: string, args: readonly string[]) {
    this.folder = folder;
    this.socket = join(folder, 'socket');
    this.#args = [`--socket=${this.socket}`, `--pid-file=${join(folder, 'pid')}`, ...args];
  }

  /** There is a process, and it was not stopped. */
  get runs(): boolean {
    return this.#child !== undefined && !this.#isStopped;
  }

  /** Starts it and waits until `isReady`. When it ends before, the error has the end of its log. */
  async start(args: readonly string[], isReady: () => Promise<boolean>): Promise<void> {
    if (this.#child) throw new Error('the server is running');
    const child = spawnIn(this.folder, 'mariadbd', [...this.#args, ...args]);
    this.#child = child;
    this.#isStopped = false;
    child.once('exit', () => {
      this.#child = undefined;
    });
    const isUp = () => {
      if (this.#child !== child) throw new Error(`mariadbd ended at its start:\n${logTail(this.folder)}`);
      return isReady();
    };
    await until(isUp, () => `mariadbd is ready:\n${logTail(this.folder)}`);
  }

  /** Runs `mariadbd` for something that ends by itself, and answers what it printed. */
  async runOnce(args: readonly string[]): Promise<string> {
    if (this.#child) throw new Error('the server is running');
    const before = readLog(this.folder).length;
    await ended(spawnIn(this.folder, 'mariadbd', [...this.#args, ...args]));
    return readLog(this.folder).slice(before);
  }

  /** Sends SIGKILL or SIGTERM, and resolves when the process is gone. A stopped one goes on to end. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#running();
    child.kill(signal);
    child.kill('SIGCONT');
    await ended(child);
  }

  stop(): void {
    this.#running().kill('SIGSTOP');
    this.#isStopped = true;
  }

  resume(): void {
    this.#running().kill('SIGCONT');
    this.#isStopped = false;
  }

  /** Kills it when it is there, and deletes its folder. */
  async remove(): Promise<void> {
    if (this.#child) await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #running(): ChildProcess {
    if (!this.#child) throw new Error('the server is not running');
    return this.#child;
  }
}
