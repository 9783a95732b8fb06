import { type FSWatcher, watch } from 'node:fs';

/**
 * Tells when the directory of one who waits becomes the lock, so that it is noticed at once. Only a hint: a network file system tells nothing of what others do, and a system has
 * a limit of watches, so who waits looks from time to time all the same.
 */
export class WakeUp {
  readonly #wake: () => void;
  #watcher: FSWatcher | undefined;
  #place = '';

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Watches a directory instead of the one before. */
  watch(place: string): void {
    if (place === this.#place) return;
    this.stop();
    this.#place = place;
    try {
      this.#watcher = watch(place, { persistent: false }, this.#wake);
      this.#watcher.on('error', () => undefined);
    } catch {
      // Gone already, or no more watches.
    }
    // It may have moved before it was watched.
    this.#wake();
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#place = '';
  }
}
