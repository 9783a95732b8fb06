import type { NotebookSizes } from '../support/bare-loop.js';
import type { JournalMode } from './journal-mode.js';

/** What a process reports that wrote the notebook's records, a transaction each. */
export interface LoopResult {
  /** From before the first record is made to the end of the last COMMIT. The store is open, with its tables and what Kosh puts into it. */
  readonly seconds: number;
  /** Ensembles and datasets. */
  readonly records: number;
  readonly journalMode: JournalMode | 'unknown';
}

/** The sizes as the arguments of a program. */
export function sizeArguments({ ensembles, datasets, attributes }: NotebookSizes): string[] {
  return [ensembles, datasets, attributes].map(String);
}

/** The opposite of {@link sizeArguments}. */
export function sizesFrom(args: readonly string[]): NotebookSizes {
  const [ensembles = 0, datasets = 0, attributes = 0] = args.map(Number);
  return { ensembles, datasets, attributes };
}
