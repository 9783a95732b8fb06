import type { LockStrategy } from '../locks/lock-strategy.js';
import { createLockStrategy, type StrategyName } from '../locks/registry.js';
import type { SqliteSettings } from '../stores/connection.js';

/** Everything that a load needs to know. `options.ts` says what each means, its default and its bounds. */
export interface LoadConfig {
  readonly store: string;
  /** Documents, directories, globs. Empty: ensembles and datasets are generated. */
  readonly inputs: readonly string[];
  readonly ensembles: number;
  readonly datasets: number;
  readonly attributes: number;
  readonly prefix: string;
  readonly lockStrategy: StrategyName;
  readonly numTries: number;
  /** Seconds. */
  readonly patience: number;
  readonly lockPath: string;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly deadline: number;
  readonly flock: boolean;
  readonly workers: number;
  /** Whether the workers begin with different hosts of a store's URL. */
  readonly spread: boolean;
  /** Records a transaction. */
  readonly batchSize: number;
  /** Of a SQLite store, where it is not to be used as Kosh does. @internal For `bench`, no option of `load`. */
  readonly sqlite?: SqliteSettings | undefined;
  /** The rejects file, created when something is refused. */
  readonly rejects: string;
}

/** The lock strategy that a load asks for. Each connection gets its own. */
export function lockStrategyOf(config: LoadConfig): LockStrategy {
  const { lockStrategy, numTries, patience, lockPath, timeout, deadline, flock } = config;
  return createLockStrategy(lockStrategy, { numTries, patience, lockPath, timeout, deadline, flock });
}
