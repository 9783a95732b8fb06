import { shellWord } from '../config/command-words.js';
import type { StrategyName } from '../locks/registry.js';

/** What to write to a store with. */
export interface Recommendation {
  /** Undefined: nothing is safe as things are. */
  readonly strategy: StrategyName | undefined;
  /** For RFileLock. */
  readonly lockPath?: string | undefined;
  readonly reason: string;
  /** The command line that loads so. */
  readonly command: string | undefined;
}

/** How `load` is told so. */
export function commandLine(store: string, strategy: StrategyName, lockPath?: string): string {
  const words = ['kosh-ingest', 'load', '--store', store, '--lock-strategy', strategy];
  if (lockPath !== undefined) words.push('--lock-path', lockPath);
  // Without inputs `load` would fill the store with generated records.
  return [...words.map(shellWord), 'INPUTS'].join(' ');
}
