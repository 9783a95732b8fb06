import { nowMs } from '../clock.js';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { Lease, LockStrategy, RunOptions } from '../locks/lock-strategy.js';
import {
  type Awaitable,
  type Connection,
  type OpenOptions,
  type Reader,
  type Transaction,
  TransactionRuns,
} from '../stores/connection.js';
import { openConnection } from '../stores/registry.js';

/** One transaction that was run through a strategy, as it was measured. */
export interface Acquisition {
  /** From asking the strategy to the begun transaction. */
  readonly waitMs: number;
  /** From the begun transaction to its end. */
  readonly holdMs: number;
  /** When it had ended, on {@link nowMs}'s clock. */
  readonly endMs: number;
  /** For each run after the first one the code that the run before had failed with: the engine's own where there is one. */
  readonly retries: readonly string[];
}

/** Where a connection is with its transaction: asking for it, in it, without one. */
export type Phase = 'waiting' | 'holding' | 'idle';

/** A connection and the strategy that its transactions go through. */
export interface Joined {
  readonly connection: Connection;
  readonly strategy: LockStrategy;
  /** Called once for each transaction that was begun. */
  readonly onAcquisition?: ((acquisition: Acquisition) => void) | undefined;
  /** Called whenever a transaction comes into another phase. */
  readonly onPhase?: ((phase: Phase) => void) | undefined;
}

/** Opens a store and joins the connection with the strategy. */
export async function join(
  store: string,
  strategy: LockStrategy,
  options: Omit<OpenOptions, 'busyTimeoutMs'> = {},
): Promise<Joined> {
  return { connection: await openConnection(store, { busyTimeoutMs: busyTimeoutMs(strategy.name), ...options }), strategy };
}

/**
 * Milliseconds that SQLite itself waits for another writer. Without a strategy it is all the waiting there is, and Kosh's: five seconds. With one,
 * the strategy waits; a short wait inside SQLite only saves it a turn, and blocks the thread no longer than that.
 */
function busyTimeoutMs(strategyName: string): number {
  return strategyName === 'None' ? 5000 : 500;
}

/**
 * Runs `work` as one transaction through the strategy, again from the start when the strategy says so. A holder that has
 * lost its lock does not commit.
 */
export async function transact<T>(joined: Joined, work: (tx: Transaction) => Awaitable<T>, options: RunOptions = {}): Promise<T> {
  const asked = performance.now();
  joined.onPhase?.('waiting');
  const runs = new TransactionRuns();
  let count = 0;
  const failures: string[] = [];
  let begun: number | undefined;
  try {
    const onBegin = () => {
      begun = performance.now();
      joined.onPhase?.('holding');
    };
    const inTransaction = async (lease: Lease) => {
      count++;
      try {
        const beforeCommit = () => lease.assertHeld();
        return await joined.connection.transaction(work, { onBegin, beforeCommit, signal: options.signal, runs });
      } catch (error) {
        failures.push(codeOf((error as Error | undefined)?.cause) ?? codeOf(error) ?? 'error');
        joined.onPhase?.('waiting');
        throw error;
      }
    };
    return await runThrough(joined.strategy, inTransaction, options);
  } catch (error) {
    throw runs.unanswered && codeOf(error) !== 'ERR_COMMIT_UNKNOWN' ? outcomeUnknown(error) : error;
  } finally {
    joined.onPhase?.('idle');
    if (begun !== undefined) {
      const ended = performance.now();
      joined.onAcquisition?.({
        waitMs: begun - asked,
        holdMs: ended - begun,
        endMs: nowMs(),
        retries: failures.slice(0, count - 1),
      });
    }
  }
}

/** A run of the transaction was not answered when it asked to commit, and no later run could find out what became of it. */
function outcomeUnknown(error: unknown): IngestError {
  const message = `it is not known whether a transaction was committed: ${messageOf(error)}`;
  const { hint } = error as Partial<IngestError>;
  return new IngestError('ERR_COMMIT_UNKNOWN', message, { ...(hint === undefined ? {} : { hint }), cause: error });
}

/** Reads one state of the store through the strategy: where only the strategy keeps others out, it keeps them out of this too. */
export async function readThrough<T>(
  joined: Joined,
  work: (reader: Reader) => Awaitable<T>,
  options: RunOptions = {},
): Promise<T> {
  const reading = (lease: Lease) => {
    joined.onPhase?.('holding');
    return joined.connection.read(work, { beforeCommit: () => lease.assertHeld(), signal: options.signal });
  };
  joined.onPhase?.('waiting');
  try {
    return await runThrough(joined.strategy, reading, options);
  } finally {
    joined.onPhase?.('idle');
  }
}

/** Runs `work` through the strategy. Throws `ERR_STORE_BUSY` when another writer was in the way and nothing is retried. */
export async function runThrough<T>(
  strategy: LockStrategy,
  work: (lease: Lease) => Awaitable<T>,
  options: RunOptions = {},
): Promise<T> {
  let done: { readonly value: T } | undefined;
  const once = async (lease: Lease) => {
    done = undefined;
    // A holder that was silent on its way here is not to touch the store: where only the lock protects it, opening it can undo what the successor writes.
    lease.assertHeld();
    done = { value: await work(lease) };
    return done.value;
  };
  try {
    await strategy.run(once, options);
  } catch (error) {
    throw codeOf(error)?.startsWith('SQLITE_BUSY') ? busy(strategy.name, error) : error;
  }
  if (done) return (done as { readonly value: T }).value;
  throw new IngestError('ERR_USAGE', `the lock strategy ${strategy.name} came back before the work it was given had ended`, {
    hint: 'Its run() has to call the work and to wait for it.',
  });
}

function busy(strategyName: string, cause: unknown): IngestError {
  return new IngestError('ERR_STORE_BUSY', `another writer held the store for too long (lock strategy ${strategyName})`, {
    hint: 'With several writers use the lock strategy RFileLock.',
    cause,
  });
}
