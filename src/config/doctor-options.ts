import { defaultOf, type OptionSpec } from './option-spec.js';
import { options } from './options.js';
import { locationOf, type ReadLayers, readGiven } from './read-options.js';

/** Every option of `doctor`. */
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
 * The configuration of `doctor`: flags > environment > file > defaults. Of the environment and the file the store and the lock path count.
 *
 * @throws IngestError `ERR_USAGE` for flags, `ERR_CONFIG` for the environment and the file
 */
export function doctorConfig(layers: ReadLayers<DoctorKey>): DoctorConfig {
  const given = readGiven<DoctorKey>(doctorOptions, ['store', 'lockPath'], layers);
  const store = locationOf(given.get('store'));
  const chosen = (key: DoctorKey) => given.get(key)?.value ?? defaultOf(doctorOptions[key], { store });
  return {
    store,
    lockPath: chosen('lockPath') as string,
    isLockPathGiven: given.has('lockPath'),
    json: chosen('json') as boolean,
  };
}
