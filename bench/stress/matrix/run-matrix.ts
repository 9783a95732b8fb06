import { messageOf } from '../../../src/errors.js';
import { type RunResult, runStress } from '../run-stress.js';
import { type Entry, planOf, type RunSize } from './entries.js';

/** What came of one run of the matrix. */
export interface MatrixRun {
  readonly entry: Entry;
  readonly seed: number;
  readonly result?: RunResult;
  /** Why there is no result. */
  readonly fault?: string;
}

/** Whether a run showed what it had to show. */
export function isAsExpected({ entry, result }: MatrixRun): boolean {
  return result !== undefined && result.verdict.broken === (entry.expected === 'breaks');
}

export interface MatrixOptions {
  readonly entries: readonly Entry[];
  readonly seeds: readonly number[];
  readonly size: Omit<RunSize, 'seed'>;
  /** Runs side by side. */
  readonly jobs: number;
  readonly say: (message: string) => void;
}

/** Runs the matrix. A run that cannot be had is told as such, and the others go on. */
export async function runMatrix({ entries, seeds, size, jobs, say }: MatrixOptions): Promise<MatrixRun[]> {
  const waiting = entries.flatMap((entry) =>
    (entry.onlySeconds === undefined ? seeds : seeds.slice(0, 1)).map((seed) => ({ entry, seed })),
  );
  const order = [...waiting];
  const runs = new Map<object, MatrixRun>();
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const run = await runOne(next.entry, { ...size, seed: next.seed }, say);
      runs.set(next, run);
      const verdict = run.fault ?? (run.result?.verdict.broken ? 'broken' : 'holds');
      say(`${run.entry.title}, seed ${run.seed}: ${verdict}${isAsExpected(run) ? '' : ' (NOT as it has to be)'}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return order.flatMap((one) => runs.get(one) ?? []);
}

async function runOne(entry: Entry, size: RunSize, say: (message: string) => void): Promise<MatrixRun> {
  try {
    const isUnexpected = (broken: boolean) => broken !== (entry.expected === 'breaks');
    const saveTo = (broken: boolean) => (isUnexpected(broken) ? `stress-${entry.name}-${size.seed}.jsonl` : undefined);
    return { entry, seed: size.seed, result: await runStress(planOf(entry, size), { onWarning: say, saveTo }) };
  } catch (error) {
    return { entry, seed: size.seed, fault: messageOf(error) };
  }
}
