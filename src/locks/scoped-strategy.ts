import { AsyncLocalStorage } from 'node:async_hooks';
import { IngestError } from '../errors.js';
import type { Lease, LockStrategy, RunOptions } from './lock-strategy.js';
import { WaitingRoom, type Waits } from './waits.js';

/** The work of a run, see {@link LockStrategy}. */
export type Work<T> = (lease: Lease) => T | Promise<T>;

/** One run whose work is running, and the runs around it. */
interface Scope {
  readonly key: unknown;
  readonly strategy: LockStrategy;
  readonly lease: Lease;
  readonly outer: Scope | undefined;
  open: boolean;
}

/**
 * Who is inside of what, by chain of calls. Not by thread, as in Kosh: two chains in one thread interleave at each `await`,
 * and the second would walk in on the first's lock.
 */
const scopes = new AsyncLocalStorage<Scope>();

function enclosing(matches: (scope: Scope) => boolean): Scope | undefined {
  let scope = scopes.getStore();
  // A chain that outlived the work that started it still carries its scope: it is inside of nothing.
  while (scope && !(scope.open && matches(scope))) scope = scope.outer;
  return scope;
}

/**
 * What all strategies have in common: nested runs, waits that can be ended, close. A strategy says how the outermost run goes.
 */
export abstract class ScopedStrategy implements LockStrategy {
  abstract readonly name: string;
  readonly #room = new WaitingRoom();
  readonly #running = new Set<Promise<unknown>>();

  /** Runs whose keys are equal are nested when one is inside the other. */
  protected get key(): unknown {
    return this;
  }

  /** Runs `work` by way of {@link inside}, as often as the strategy wants to. */
  protected abstract runOutermost<T>(work: Work<T>, waits: Waits): Promise<T>;

  async run<T>(work: Work<T>, options: RunOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const outer = enclosing((scope) => scope.key === this.key);
    if (outer) return await work(outer.lease);
    if (this.#room.closed) throw new IngestError('ERR_USAGE', `run() of a closed ${this.name} lock strategy`);

    const running = this.runOutermost(work, this.#room.waits(options.signal));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    if (enclosing((scope) => scope.strategy === this)) {
      throw new IngestError('ERR_USAGE', `close() of the ${this.name} lock strategy inside its own run() would wait for itself`);
    }
    this.#room.close();
    await Promise.allSettled(this.#running);
  }

  /** Runs `work` once, so that a `run` inside of it finds `lease`. */
  protected async inside<T>(lease: Lease, work: Work<T>): Promise<T> {
    const scope: Scope = { key: this.key, strategy: this, lease, outer: enclosing(() => true), open: true };
    try {
      return await scopes.run(scope, () => work(lease));
    } finally {
      scope.open = false;
    }
  }
}

/** The lease of a strategy that holds nothing, and so has nothing to lose. */
export function noLock(): Lease {
  return { signal: new AbortController().signal, assertHeld() {} };
}
