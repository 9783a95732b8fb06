import { setImmediate as nextTurn } from 'node:timers/promises';

/** The transaction that runs on a store, and those that wait for it, by store. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` when every earlier work on `store` in this thread has ended. SQLite's own wait for another connection blocks the thread; were the
 * other connection one of this thread, it would be waited for in vain.
 */
export function inTurn<T>(store: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = queues.get(store);
  // A turn of the event loop between two turns: timers and signals would else wait for the whole queue.
  const turn = before
    ? untilTurn(
        before.then(() => nextTurn()),
        signal,
      ).then(work)
    : Promise.resolve().then(work);
  const ended = Promise.allSettled([before, turn]).then(() => {
    if (queues.get(store) === ended) queues.delete(store);
  });
  queues.set(store, ended);
  return turn;
}

function untilTurn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal) return before;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void before.then(() => {
      signal.removeEventListener('abort', abort);
      resolve(undefined);
    });
  });
}
