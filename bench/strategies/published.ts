import type { StrategyName } from '../../src/locks/registry.js';

/**
 * What Kosh's own users wait: its documentation of lock strategies gives the whole time of N runs x N ensembles x N datasets with N attributes each,
 * started at the same time: `RFileLock` with SQLite, `OnlyRetry` with MariaDB. Seconds by N. Of `None` nothing was published. The machine is not the one
 * of this run, and each of Kosh's runs also writes curves and files: these times say what size to expect, not what the difference is.
 */
const seconds: Readonly<Record<StrategyName, Readonly<Record<number, number>>>> = {
  None: {},
  RFileLock: { 2: 60, 3: 240, 4: 900, 5: 2400 },
  OnlyRetry: { 2: 30, 3: 94, 4: 230, 5: 485, 10: 5460 },
};

/** Seconds that Kosh published for `n` runs; undefined where it published none. */
export function publishedSeconds(strategy: StrategyName, n: number): number | undefined {
  return seconds[strategy][n];
}
