import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { IngestError } from '../errors.js';
import { threadEntry } from '../threads.js';
import type { Answer, Order } from './orders.js';

/** A process that obeys {@link Order}s (`peer.ts`). It does not outlive its disposal. */
export class Peer implements Disposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor() {
    const { url, execArgv } = threadEntry('./peer', import.meta.url);
    this.#child = fork(fileURLToPath(url), {
      execArgv: execArgv.execArgv ?? [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Ctrl-C is not for it: it would look as if the lock had failed.
      detached: true,
    });
    this.#child.on('error', () => undefined);
    this.#ended = once(this.#child, 'exit').catch(() => undefined);
  }

  /**
   * Sends an order and waits for its answer. One that does not come within `limitMs` is a failure with the code `ETIMEDOUT`, and so is a process that ends.
   * Rejects with `ERR_INTERRUPTED` when the signal comes.
   */
  async ask(order: Order, limitMs: number, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) throw interrupted();
    const over = new AbortController();
    const answers = new Promise<Answer>((resolve, reject) => {
      const fail = (code: string, said: string) => resolve({ kind: 'failed', code, said });
      const timer = setTimeout(() => fail('ETIMEDOUT', `no answer within ${limitMs / 1000} s`), limitMs);
      const abort = () => reject(interrupted());
      signal.addEventListener('abort', abort, { once: true, signal: over.signal });
      over.signal.addEventListener('abort', () => clearTimeout(timer));
      this.#child.once('message', resolve);
      void this.#ended.then(() => fail('ERR', 'the process that tried it has ended'));
    });
    try {
      this.#child.send(order, () => undefined);
      return await answers;
    } finally {
      over.abort();
      this.#child.removeAllListeners('message');
    }
  }

  /** Ends it as a crash would, and waits until it has. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    // One that hangs in the file system stays all the same, and must not keep this process.
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }
}

/** What ends a run of `doctor` at Ctrl-C. */
export function interrupted(): IngestError {
  return new IngestError('ERR_INTERRUPTED', 'interrupted: not everything was looked at');
}
