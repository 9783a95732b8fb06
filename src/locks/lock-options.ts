import { IngestError } from '../errors.js';

/** The parameters of the strategies, by Kosh's own names. Each strategy uses those that it needs. */
export interface LockOptions {
  /** How often the work is run at most, the first time included. Default 10. */
  readonly numTries?: number | undefined;
  /** The longest wait between two tries, in seconds. Default 1. */
  readonly patience?: number | undefined;
  /** Writers with the same path exclude each other. `~` is the home directory. Default `~/.kosh.lock`. */
  readonly lockPath?: string | undefined;
  /** How long one try waits for the lock, in seconds; 0 looks once. Default 3600. */
  readonly timeout?: number | undefined;
  /** How long a call waits and tries in all, in seconds. Default: as long as the others allow. Not one of Kosh's. */
  readonly deadline?: number | undefined;
  /** Take the lock that Kosh's own RFileLock takes as well, so that jobs in Python and this one exclude each other. Default false. */
  readonly flock?: boolean | undefined;
}

/** {@link LockOptions} with nothing left open. */
export type CheckedLockOptions = { readonly [Name in keyof LockOptions]-?: NonNullable<LockOptions[Name]> };

/** What Kosh takes when a parameter is not given. */
export const lockDefaults = {
  numTries: 10,
  patience: 1,
  lockPath: '~/.kosh.lock',
  timeout: 3600,
  deadline: Number.POSITIVE_INFINITY,
  flock: false,
} as const satisfies CheckedLockOptions;

const isSeconds = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;

const rules: Record<keyof LockOptions, { readonly holds: (value: unknown) => boolean; readonly text: string }> = {
  numTries: { holds: (value) => Number.isSafeInteger(value) && (value as number) >= 1, text: 'a whole number, 1 or more' },
  patience: { holds: isSeconds, text: 'a number of seconds, 0 or more' },
  lockPath: { holds: (value) => typeof value === 'string' && value.trim() !== '', text: 'a path' },
  timeout: { holds: isSeconds, text: 'a number of seconds, 0 or more' },
  deadline: {
    holds: (value) => value === Number.POSITIVE_INFINITY || isSeconds(value),
    text: 'a number of seconds, 0 or more',
  },
  flock: { holds: (value) => typeof value === 'boolean', text: 'true or false' },
};

/**
 * Fills in the defaults. A parameter that is unknown or out of range is `ERR_USAGE`: a misspelt `lockPath` that silently
 * became the default would be a lock that does not exclude.
 */
export function checkLockOptions(options: LockOptions): CheckedLockOptions {
  if (typeof options !== 'object' || options === null) {
    throw new IngestError('ERR_USAGE', `lock parameters are an object, not ${show(options)}`, {
      hint: `The parameters are ${Object.keys(rules).join(', ')}.`,
    });
  }
  const names = Object.keys(rules).join(', ');
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new IngestError('ERR_USAGE', `unknown lock parameter "${name}"`, { hint: `The parameters are ${names}.` });
    }
    const rule = rules[name as keyof LockOptions];
    if (value !== undefined && !rule.holds(value)) {
      throw new IngestError('ERR_USAGE', `${name} must be ${rule.text}, not ${show(value)}`, {
        hint: `Leave ${name} out for its default, ${lockDefaults[name as keyof LockOptions]}.`,
      });
    }
  }
  return {
    numTries: options.numTries ?? lockDefaults.numTries,
    patience: options.patience ?? lockDefaults.patience,
    lockPath: options.lockPath ?? lockDefaults.lockPath,
    timeout: options.timeout ?? lockDefaults.timeout,
    deadline: options.deadline ?? lockDefaults.deadline,
    flock: options.flock ?? lockDefaults.flock,
  };
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
