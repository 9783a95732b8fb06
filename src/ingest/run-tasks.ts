/** How tasks are run. */
export interface TaskRun<T> {
  /** That run at the same time. */
  readonly most: number;
  readonly run: (task: T) => Promise<void>;
  /** Nothing new is begun once it says so. */
  readonly isStopped: () => boolean;
  /** Called with the first failure: the others finish what they have begun. */
  readonly onFailure: () => void;
}

/** Runs tasks, some at a time, and throws what the first one has failed with once all that were begun have ended. */
export async function runTasks<T>(
  tasks: Iterable<T> | AsyncIterable<T>,
  { most, run, isStopped, onFailure }: TaskRun<T>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const task of tasks) {
      const ended = run(task)
        .catch((error: unknown) => {
          failure ??= { error };
          onFailure();
        })
        .finally(() => running.delete(ended));
      running.add(ended);
      while (running.size >= most) await Promise.race(running);
      if (failure || isStopped()) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure) throw failure.error;
}
