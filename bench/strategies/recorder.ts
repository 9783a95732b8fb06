import { nowMs } from '../../src/clock.js';
import { codeOf, exitCodes, IngestError } from '../../src/errors.js';
import type { Phase } from '../../src/kosh/transact.js';
import type { Lease, LockStrategy, RunOptions } from '../../src/locks/lock-strategy.js';
import type { Sample } from './protocol.js';

/** A run of a strategy as it was measured: a {@link Sample} that does not know yet what it brought. */
export type Run = Omit<Sample, 'units'>;

/** A strategy that measures each run of another one. One call at a time: it is for a worker that does one after the other. */
export class Recorder implements LockStrategy {
  readonly name: string;
  readonly #inner: LockStrategy;
  readonly #onRun: (run: Run) => void;
  #begun: number | undefined;
  #isInside = false;

  constructor(inner: LockStrategy, onRun: (run: Run) => void) {
    this.name = inner.name;
    this.#inner = inner;
    this.#onRun = onRun;
  }

  /** Where the engine has a lock of its own, a run begins when that is held: to be told each {@link Phase} of the connection. */
  readonly onPhase = (phase: Phase): void => {
    if (phase === 'holding') this.#begun = nowMs();
  };

  async run<T>(work: (lease: Lease) => T | Promise<T>, options?: RunOptions): Promise<T> {
    // It belongs to the outer run.
    if (this.#isInside) return this.#inner.run(work, options);
    this.#isInside = true;
    this.#begun = undefined;
    const asked = nowMs();
    const failures: string[] = [];
    // Before the lock is let go: another can have it by the time that the strategy comes back.
    let ended = Number.NaN;
    const measured = async (lease: Lease) => {
      this.#begun = nowMs();
      try {
        const result = await work(lease);
        ended = nowMs();
        return result;
      } catch (error) {
        failures.push(reasonOf(error));
        throw error;
      }
    };
    try {
      const result = await this.#inner.run(measured, options);
      this.#onRun({ asked, begun: this.#begun ?? ended, ended, retries: failures, gaveUp: undefined });
      return result;
    } catch (error) {
      const knownMs = nowMs();
      this.#onRun({ asked, begun: knownMs, ended: knownMs, retries: failures.slice(0, -1), gaveUp: reasonOf(error) });
      throw error;
    } finally {
      this.#isInside = false;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** The engine's own code where there is one. */
export function reasonOf(error: unknown): string {
  return codeOf((error as Error | undefined)?.cause) ?? codeOf(error) ?? (error as Error | undefined)?.name ?? 'error';
}

/** The strategy has given up, or left open what became of a commit: what the bench counts. All else is wrong with the place. */
export function isGivenUp(error: unknown): error is IngestError {
  return error instanceof IngestError && (error.exitCode === exitCodes.lock || error.code === 'ERR_COMMIT_UNKNOWN');
}
