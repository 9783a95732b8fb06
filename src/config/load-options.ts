import { join } from 'node:path';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { createLockStrategy, type StrategyName } from '../locks/registry.js';
import type { Shard } from '../sources/shard.js';
import type { DryRun, SqliteSettings } from '../stores/connection.js';
import type { OptionValues } from './options.js';

export type { Shard };

/** A number of rejects, or a share (0 to 1) of what was read. */
export type MaxErrors = { readonly count: number } | { readonly share: number };

/** Everything that a load needs to know. `options.ts` says what each means, its default and its bounds. */
export interface LoadConfig {
  readonly store: string;
  /** Files, directories, globs, `-`. Empty: ensembles and datasets are generated. */
  readonly inputs: readonly string[];
  readonly format: OptionValues['format'];
  /** Of a delimited text; undefined: found out, for each file. */
  readonly delimiter: string | undefined;
  readonly idColumn: string | undefined;
  readonly ensembleColumn: string | undefined;
  /** A directory to load from until interrupted. */
  readonly watch: string | undefined;
  readonly shard: Shard | undefined;
  /** A mended rejects file to load instead of inputs. */
  readonly fromRejects: string | undefined;
  /** What becomes of a record whose id is in the store. */
  readonly ifExists: OptionValues['ifExists'];
  /** Forgets what an interrupted load of the same has done. */
  readonly restart: boolean;
  /** Compares the store with the inputs at the end. */
  readonly verify: boolean;
  readonly onError: OptionValues['onError'];
  /** More rejects than this end the load. */
  readonly maxErrors: MaxErrors | undefined;
  /** Whether what was done is written down in the store, so that the load can be resumed. Default true. @internal For `bench`, no option of `load`. */
  readonly journal?: boolean | undefined;
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
  /** Whether everything is done but writing. */
  readonly dryRun: boolean;
  /** The folder of a dry run, made and removed by `load`. @internal */
  readonly dryRunFolder?: string | undefined;
  /** Of a SQLite store, where it is not to be used as Kosh does. @internal For `bench`, no option of `load`. */
  readonly sqlite?: SqliteSettings | undefined;
  /** Records that were read and refused before, and lines of the rejects file, to which more are added. @internal For `watch`. */
  readonly earlier?: { readonly read: number; readonly refused: number; readonly rejects: number } | undefined;
  /** The rejects file, created when something is refused. Empty: there is none. */
  readonly rejects: string;
}

/** What a load does when nothing is said about its inputs and what becomes of them. */
export const loadDefaults = {
  inputs: [],
  format: 'auto',
  delimiter: undefined,
  idColumn: undefined,
  ensembleColumn: undefined,
  watch: undefined,
  shard: undefined,
  fromRejects: undefined,
  ifExists: 'error',
  restart: false,
  dryRun: false,
  verify: false,
  onError: 'skip',
  maxErrors: undefined,
} as const satisfies Partial<LoadConfig>;

/** The lock strategy that a load asks for. Each connection gets its own. A dry run only locks what it makes itself. */
export function lockStrategyOf(config: LoadConfig): LockStrategy {
  if (config.dryRunFolder !== undefined) {
    return createLockStrategy('RFileLock', { lockPath: join(config.dryRunFolder, 'lock') });
  }
  const { lockStrategy, numTries, patience, lockPath, timeout, deadline, flock } = config;
  return createLockStrategy(lockStrategy, { numTries, patience, lockPath, timeout, deadline, flock });
}

/** How the connections of a load are opened when it is a dry run; undefined when it is not. */
export function dryRunOf({ dryRunFolder: folder }: LoadConfig, onCommit: DryRun['onCommit'] = () => {}): DryRun | undefined {
  return folder === undefined ? undefined : { folder, onCommit };
}
