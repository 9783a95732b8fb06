import { lockDefaults } from '../../../src/locks/lock-options.js';
import type { StrategyName } from '../../../src/locks/registry.js';
import type { RunPlan } from '../run-plan.js';

/** One line of the matrix: a strategy on a store, with faults, and what has to come of it. */
export interface Entry {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  readonly strategy: StrategyName;
  readonly faults: string;
  /** Missing: SQLite. */
  readonly privateServer?: 'one' | 'three';
  /** What must come of it. */
  readonly expected: 'holds' | 'breaks';
  /** Once with the first seed, and no longer than this, is enough. */
  readonly onlySeconds?: number;
}

/** What `npm run stress` runs, in this order; the negative controls follow. */
export const entries: readonly Entry[] = [
  { name: 'file', title: 'RFileLock on SQLite, all faults', strategy: 'RFileLock', faults: 'all', expected: 'holds' },
  {
    name: 'no-locks',
    title: 'RFileLock on SQLite, on a file system whose locks do nothing',
    strategy: 'RFileLock',
    faults: 'all,no-locks',
    expected: 'holds',
  },
  { name: 'retry', title: 'OnlyRetry on SQLite, all faults', strategy: 'OnlyRetry', faults: 'all', expected: 'holds' },
  {
    name: 'mariadb',
    title: 'OnlyRetry on MariaDB, all faults',
    strategy: 'OnlyRetry',
    faults: 'all',
    privateServer: 'one',
    expected: 'holds',
  },
  {
    name: 'galera',
    title: 'OnlyRetry on a Galera cluster of three, all faults',
    strategy: 'OnlyRetry',
    faults: 'all',
    privateServer: 'three',
    expected: 'holds',
  },
  {
    name: 'none',
    title: 'None on SQLite, on a file system whose locks do nothing',
    strategy: 'None',
    faults: 'no-locks',
    expected: 'breaks',
    onlySeconds: 30,
  },
];

/** What a run of the matrix is given besides. */
export interface RunSize {
  readonly seed: number;
  readonly seconds: number;
  readonly processes: number;
  readonly workers: number;
  /** Beside which the stores are made. */
  readonly store: string;
}

/** The run of an entry. */
export function planOf({ strategy, faults, privateServer, onlySeconds }: Entry, size: RunSize): RunPlan {
  const { seed, processes, workers, store } = size;
  const seconds = onlySeconds === undefined ? size.seconds : Math.min(size.seconds, onlySeconds);
  const { numTries, patience, timeout } = lockDefaults;
  const place = privateServer === undefined ? { store } : { privateServer };
  return {
    ...place,
    strategy,
    faults,
    seed,
    seconds,
    processes,
    workers,
    numTries,
    patience,
    timeout,
    lockPath: '',
    history: '',
  };
}
