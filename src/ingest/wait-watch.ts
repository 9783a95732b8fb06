import type { SharedState } from '../../workers/shared-state.js';
import type { LoadConfig } from '../config/load-options.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { storeName } from '../stores/store-location.js';
import type { LoadProgress } from './summary.js';

/** A wait of this length is not passed over in silence. */
const tellAfterMs = 2000;
const tellEveryMs = 60_000;

/** What a watch looks at, and whom it tells. */
export interface WatchOptions {
  readonly shared: SharedState;
  readonly config: Pick<LoadConfig, 'store' | 'lockStrategy' | 'lockPath'>;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Notices when all that is to be done waits for somebody outside of this process. */
export class WaitWatch {
  readonly #options: WatchOptions;
  #sinceMs: number | undefined;
  /** How long the wait had lasted when it was last told of. */
  #toldMs = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Called again and again: what is waited for, when that has lasted for a moment. Tells of it once, and once a minute while it lasts. */
  look(strategy: LockStrategy | undefined): LoadProgress['wait'] {
    const nowMs = performance.now();
    if (!this.#options.shared.waitsForOthers) this.#sinceMs = undefined;
    else this.#sinceMs ??= nowMs;
    const waitedMs = nowMs - (this.#sinceMs ?? nowMs);
    if (waitedMs < tellAfterMs) {
      this.#toldMs = 0;
      return undefined;
    }
    const wait = { for: this.#inTheWay(strategy), seconds: waitedMs / 1000 };
    if (this.#toldMs === 0 || waitedMs - this.#toldMs >= tellEveryMs) {
      this.#toldMs = waitedMs;
      this.#options.onWarning?.(`waiting for ${wait.for} for ${Math.round(wait.seconds)} s`);
    }
    return wait;
  }

  #inTheWay(strategy: LockStrategy | undefined): string {
    const { store, lockStrategy, lockPath } = this.#options.config;
    const holder = strategy?.holder;
    if (holder) return `the lock ${lockPath}.lock held by ${holder}`;
    const other = lockStrategy === 'RFileLock' ? 'a program outside of the lock' : 'another writer';
    return `the store ${storeName(store)}, which ${other} holds or which cannot be reached,`;
  }
}
