import { IngestError } from '../errors.js';
import { storeLocation } from '../stores/store-location.js';
import { fromFlags, strongest } from './given.js';
import { defaultOf, type OptionSpec } from './option-spec.js';
import { options } from './options.js';

/** Every option of `doctor`; the store is its positional. */
export const doctorOptions = {
  store: {
    type: 'path',
    group: 'Store',
    description: 'The store to look at: the path of a SQLite file, which need not be there, or the URL of a MariaDB database.',
    example: 'threadsafe.sqlite',
  },
  lockPath: { ...options.lockPath, description: 'The lock of RFileLock that is looked at, as `load` would be given it.' },
  json: { ...options.json, description: 'Print the findings as one JSON object.' },
} as const satisfies Record<string, OptionSpec>;

type DoctorKey = keyof typeof doctorOptions;

/** The keys in the table's order. */
export const doctorKeys = Object.keys(doctorOptions) as readonly DoctorKey[];

/** What `doctor` is told, checked. */
export interface DoctorConfig {
  readonly store: string;
  readonly lockPath: string;
  /** Whether somebody named the lock path. */
  readonly isLockPathGiven: boolean;
  readonly json: boolean;
}

/**
 * The configuration of `doctor`, from its words alone.
 *
 * @param given by key, as text or as a value; undefined is "not given"
 * @throws IngestError `ERR_USAGE`
 */
export function doctorConfig(given: Readonly<Partial<Record<DoctorKey, unknown>>>): DoctorConfig {
  const values = strongest(doctorOptions, fromFlags(doctorOptions, given));
  const found = values.get('store')?.value;
  if (typeof found !== 'string') {
    throw new IngestError('ERR_USAGE', 'STORE: missing', { hint: 'for example: kosh-ingest doctor threadsafe.sqlite' });
  }
  const store = storeLocation(found, 'STORE');
  const chosen = (key: DoctorKey) => values.get(key)?.value ?? defaultOf(doctorOptions[key], { store });
  return {
    store,
    lockPath: chosen('lockPath') as string,
    isLockPathGiven: values.has('lockPath'),
    json: chosen('json') as boolean,
  };
}
