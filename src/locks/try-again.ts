import pRetry from 'p-retry';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { Waits } from './waits.js';

/** What there is to say about tries that all failed. */
export interface FailedTries {
  readonly tries: number;
  readonly elapsedS: number;
  readonly first: unknown;
  readonly last: unknown;
}

/** When to run again, and what to throw when the tries are used up. */
export interface TryPolicy {
  /** At least 1. */
  readonly numTries: number;
  /** The longest wait between two tries, in seconds. */
  readonly patience: number;
  /** No try is begun after this, a time of `performance.now()`. */
  readonly endMs: number;
  readonly waits: Waits;
  readonly isRetryable: (error: unknown) => boolean;
  readonly giveUp: (failed: FailedTries) => IngestError;
}

const firstWaitMs = 20;

/** Wait number `index`, from 0: doubles from 20 ms up to `patience`, and of that a random part between a half and the whole. */
export function retryWaitMs(index: number, patience: number): number {
  const topMs = Math.min(patience * 1000, firstWaitMs * 2 ** index);
  return topMs * (0.5 + 0.5 * Math.random());
}

type Settled<T> = { readonly value: T } | { readonly thrown: unknown };

/**
 * Runs `attempt` until it succeeds, throws an error that is not worth another try, or the tries are used up.
 *
 * p-retry turns the loop. What it would do to a result stays out of it: with a `signal` it rejects when the caller aborted
 * during an attempt that then succeeded, which here is a committed transaction; and it replaces what is thrown when that is
 * not an Error. Hence own waits, and an outcome that is final travels as a value.
 */
export async function tryAgain<T>(attempt: () => Promise<T>, policy: TryPolicy): Promise<T> {
  const startMs = performance.now();
  let first: unknown;
  let waitMs = 0;

  const oneTry = async (tries: number): Promise<Settled<T>> => {
    try {
      return { value: await attempt() };
    } catch (last) {
      if (!policy.isRetryable(last)) return { thrown: last };
      if (tries === 1) first = last;
      waitMs = retryWaitMs(tries - 1, policy.patience);
      if (tries < policy.numTries && performance.now() + waitMs < policy.endMs) throw last;
      return { thrown: policy.giveUp({ tries, elapsedS: (performance.now() - startMs) / 1000, first, last }) };
    }
  };

  const settled = await pRetry(oneTry, {
    retries: policy.numTries - 1,
    minTimeout: 0,
    shouldRetry: async () => {
      await policy.waits.pause(waitMs);
      return true;
    },
  });
  if ('thrown' in settled) throw settled.thrown;
  return settled.value;
}

/** The error for tries of which at least one ran the work. */
export function retriesExhausted(failed: FailedTries): IngestError {
  const { tries, elapsedS, first, last } = failed;
  const [one, other] = [brief(first), brief(last)];
  const errors = one === other ? `each time: ${one}` : `first error: ${one}; last error: ${other}`;
  const message = `gave up after ${countTries(tries)} in ${elapsedS.toFixed(1)} s; ${errors}`;
  const isBusy = !(last instanceof IngestError) || last.code === 'ERR_STORE_BUSY';
  const busyHint =
    'Somebody else keeps the store busy: raise numTries or patience, or let all its writers use RFileLock with one lockPath.';
  return new IngestError('ERR_RETRIES_EXHAUSTED', message, {
    hint: isBusy ? busyHint : (last.hint ?? busyHint),
    cause: last,
  });
}

export function countTries(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`;
}

function brief(error: unknown): string {
  return `${codeOf(error) ?? 'error'}: ${messageOf(error)}`;
}
