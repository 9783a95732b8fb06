/** What the threads share. `words`: those that are ready for the trial, the trial that goes on, those that got the lock (and before the trial), those that are done. */
export interface TakeOverSetup {
  readonly words: SharedArrayBuffer;
  readonly directory: string;
  readonly number: number;
  readonly trials: number;
  /** With proper-lockfile as it is. */
  readonly plain: boolean;
}

/** The words that they share. */
export const word = { ready: 0, trial: 1, holders: 2, done: 3, before: 4 } as const;
