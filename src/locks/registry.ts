import { IngestError } from '../errors.js';
import { checkLockOptions, type LockOptions } from './lock-options.js';
import type { LockStrategy } from './lock-strategy.js';
import { None } from './none.js';
import { OnlyRetry } from './only-retry.js';
import { RFileLock } from './r-file-lock.js';

/** The strategies by name, each made from plain options (command line, configuration file, message to a worker). */
export const strategies = {
  None: () => new None(),
  RFileLock: (options) => new RFileLock(options),
  OnlyRetry: (options) => new OnlyRetry(options),
} as const satisfies Record<string, (options: LockOptions) => LockStrategy>;

export type StrategyName = keyof typeof strategies;

/**
 * The strategies' classes, under the names that Kosh's notebooks use: `new lockStrategies.RFileLock({ numTries, patience, lockPath, timeout })`,
 * `new lockStrategies.OnlyRetry({ numTries, patience })`, `new lockStrategies.None()`; see {@link LockOptions} for what they mean.
 */
export const lockStrategies = { None, RFileLock, OnlyRetry } as const;

/**
 * The strategy of that name. Options that it does not use are checked all the same.
 * Throws `ERR_USAGE` for an unknown name, and for a parameter that is unknown or out of range.
 */
export function createLockStrategy(name: string, options: LockOptions = {}): LockStrategy {
  if (!Object.hasOwn(strategies, name)) {
    throw new IngestError('ERR_USAGE', `unknown lock strategy "${name}"`, {
      hint: `The strategies are ${Object.keys(strategies).join(', ')}.`,
    });
  }
  return strategies[name as StrategyName](checkLockOptions(options));
}
