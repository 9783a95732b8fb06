import type { Waits } from './waits.js';

type Leave = () => void;

const lines = new Map<string, Promise<void>>();

/**
 * Those of one thread who want the same lock stand in line, in the order in which they came, and only the first looks for it: a thousand calls begun at
 * once would else all look whenever it is free.
 *
 * Answers at once, or in time, with a function that lets the next one come forward; with undefined when that took longer than `ms`. Rejects when the
 * wait is ended.
 */
export function standInLine(lock: string, waits: Waits, ms: number): Leave | Promise<Leave | undefined> {
  const before = lines.get(lock);
  let leave: Leave = () => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const line: Promise<void> = (before ?? gone)
    .then(() => gone)
    .then(() => {
      if (lines.get(lock) === line) lines.delete(lock);
    });
  lines.set(lock, line);
  return before ? comeForward({ before, leave, waits, ms }) : leave;
}

interface Place {
  readonly before: Promise<void>;
  readonly leave: Leave;
  readonly waits: Waits;
  readonly ms: number;
}

async function comeForward({ before, leave, waits, ms }: Place): Promise<Leave | undefined> {
  let isFirst = false;
  const forward = before.then(() => {
    isFirst = true;
  });
  try {
    await waits.pause(ms, forward);
  } catch (error) {
    // Also when it has just become the first: nobody else knows.
    leave();
    throw error;
  }
  if (!isFirst) leave();
  return isFirst ? leave : undefined;
}
