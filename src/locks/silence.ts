import { type Holder, holderName, isGone } from './holder.js';
import type { Look } from './lock-directory.js';

/** More than this between two looks counts as this: who looks had no turn itself, and may be the one that was silent (a paused machine). */
const longestStepMs = 1000;

/**
 * How long the holder of a lock has shown no sign of life, as one who waits has seen it. Measured by looking, with the clock of who looks: what the clock of the
 * holder or of a file server says does not matter, only that it changes.
 */
export class Silence {
  readonly #staleMs: number;
  #seen = '';
  #silentMs = 0;
  #lastMs = 0;

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /** The holder that was found to be dead, or silent for so long that it counts as dead. */
  voidHolder(look: Look): Holder | undefined {
    const nowMs = performance.now();
    const seen = look === 'free' ? '' : `${holderName(look.holder)} ${look.beat}`;
    if (seen === this.#seen) this.#silentMs += Math.min(nowMs - this.#lastMs, longestStepMs);
    else this.#silentMs = 0;
    this.#seen = seen;
    this.#lastMs = nowMs;
    if (look === 'free') return undefined;
    return this.#silentMs >= this.#staleMs || isGone(look.holder) ? look.holder : undefined;
  }
}
