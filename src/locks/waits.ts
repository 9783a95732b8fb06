import { IngestError } from '../errors.js';

/** The waits of one run: each ends early when the caller aborts or the strategy is closed. */
export interface Waits {
  /** Throws the reason when the run has been aborted or the strategy closed. */
  check(): void;
  /** Ends after `ms`, or with `early`. Rejects with the reason as soon as the run is aborted or the strategy closed. */
  pause(ms: number, early?: Promise<void>): Promise<void>;
}

/** `setTimeout` takes no more: a longer one fires at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Everybody who waits in one strategy. Own book-keeping instead of `AbortSignal.any` with a signal for close: in Node 20 that
 * keeps about 70 bytes of each call for as long as the strategy lives, and warns from the eleventh waiting call on.
 */
export class WaitingRoom {
  readonly #waiting = new Set<(reason: unknown) => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    for (const end of [...this.#waiting]) end(closedWhileWaiting());
  }

  waits(signal: AbortSignal | undefined): Waits {
    const check = () => {
      signal?.throwIfAborted();
      if (this.#closed) throw closedWhileWaiting();
    };
    const pause = async (ms: number, early?: Promise<void>) => {
      check();
      await this.#pause(ms, early, signal);
    };
    return { check, pause };
  }

  #pause(ms: number, early: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal?.removeEventListener('abort', abort);
      };
      const end = (reason: unknown) => {
        leave();
        reject(reason);
      };
      const abort = () => end(signal?.reason);
      const finish = () => {
        leave();
        resolve();
      };
      const timer = setTimeout(finish, Math.min(ms, maxTimerMs));
      early?.then(finish);
      this.#waiting.add(end);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function closedWhileWaiting(): IngestError {
  return new IngestError('ERR_INTERRUPTED', 'the lock strategy was closed while this call was waiting');
}
