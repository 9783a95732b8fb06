import { interruptible } from './interrupt.js';
import { ProgressLine } from './progress.js';

/** What a long run is given by the command that starts it. */
export interface Hooks<P> {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
  readonly onWarning: (message: string) => void;
}

/** What the command says meanwhile, on stderr. */
export interface Words<P> {
  /** The line that shows how far the run is, on a terminal. */
  readonly progress: (progress: P) => string;
  /** Without a terminal: what is said whenever it is another text than before. */
  readonly milestone?: (progress: P) => string;
  /** What happens now that Ctrl-C came. */
  readonly interrupted: string;
}

/** Runs `work` with a progress line, warnings on stderr, and an end in order at Ctrl-C. */
export async function withHooks<P, T>(words: Words<P>, work: (hooks: Hooks<P>) => Promise<T>): Promise<T> {
  const line = new ProgressLine(process.stderr);
  const say = (message: string): void => {
    line.clear();
    process.stderr.write(`kosh-ingest: ${message}\n`);
  };
  let last: string | undefined;
  const onProgress = (progress: P): void => {
    line.show(() => words.progress(progress));
    const milestone = process.stderr.isTTY ? undefined : words.milestone?.(progress);
    if (milestone !== undefined && milestone !== last) say(milestone);
    last = milestone;
  };
  try {
    return await interruptible(
      (signal) => work({ signal, onWarning: say, onProgress }),
      () => say(`interrupted: ${words.interrupted} (Ctrl-C again to stop at once)`),
    );
  } finally {
    line.clear();
  }
}
