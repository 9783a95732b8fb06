import { exitCodes } from '../errors.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that the first SIGINT, SIGTERM or SIGHUP aborts, so that it can finish what it is in the middle of. The second one ends
 * the process at once, with exit code 130. Neither is listened to before and after.
 *
 * @param onFirst called when the first one comes
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, onFirst: () => void): Promise<T> {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    onFirst();
  };
  for (const signal of signals) process.on(signal, listener);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, listener);
  }
}
