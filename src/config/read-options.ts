import { IngestError } from '../errors.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { createLockStrategy } from '../locks/registry.js';
import { storeLocation } from '../stores/store-location.js';
import { type Entry, type Exclusion, exclude, fromFlags, type Given, strongest, type Table } from './given.js';
import { type ConfigLayers, fromEnvironment, fromFile } from './layers.js';
import { defaultOf, type Known, type ValueOf } from './option-spec.js';
import { type OptionKey, options, variableOf } from './options.js';

/** What every command that reads a store takes: the store, which is its positional, and how writers are kept out meanwhile. */
export const readOptions = {
  store: {
    ...options.store,
    description: 'The Kosh store: a SQLite file that is there, or the URL of a MariaDB database.',
  },
  lockStrategy: options.lockStrategy,
  numTries: options.numTries,
  patience: options.patience,
  lockPath: options.lockPath,
  timeout: options.timeout,
  deadline: options.deadline,
  flock: options.flock,
} as const satisfies Partial<Record<OptionKey, unknown>>;

type ReadKey = keyof typeof readOptions;

const readKeys = Object.keys(readOptions) as readonly ReadKey[];

/** What every such command is told, checked. */
export type ReadConfig = { readonly [K in ReadKey]: ValueOf<(typeof readOptions)[K]> };

/** What the layers of such a command give. */
export type ReadLayers<K extends string> = Omit<ConfigLayers, 'flags'> & {
  readonly flags?: Readonly<Partial<Record<K, unknown>>>;
};

/**
 * The values of a command that reads: flags > environment > file > defaults. Of the environment and the file only what {@link readOptions} has counts; that
 * the rest makes sense is checked all the same.
 *
 * @param table the command's options, {@link readOptions} among them
 * @returns the values that were given or have a default
 * @throws IngestError `ERR_USAGE` for flags, `ERR_CONFIG` for the environment and the file
 */
export function readValues<K extends string>(
  table: Table<K | ReadKey>,
  layers: ReadLayers<K | ReadKey>,
  exclusions: readonly Exclusion<K | ReadKey>[] = [],
): ReadonlyMap<K | ReadKey, unknown> {
  const given = readGiven<K | ReadKey>(table, readKeys, layers);
  exclude(given, exclusions);
  const store = locationOf(given.get('store'));
  const values = new Map<K | ReadKey, unknown>([['store', store]]);
  for (const key of Object.keys(table) as (K | ReadKey)[]) {
    if (key === 'store') continue;
    const value = given.get(key)?.value ?? defaultOf(table[key], { store } satisfies Known);
    if (value !== undefined) values.set(key, value);
  }
  return values;
}

/**
 * What is given for a command's options, checked.
 *
 * @param shared those of its keys that the environment and the file can give as well
 */
export function readGiven<K extends string>(
  table: Table<K>,
  shared: readonly (K & OptionKey)[],
  layers: ReadLayers<K>,
): Map<K, Given> {
  const others = [...fromEnvironment(layers.env), ...fromFile(layers).top];
  strongest(options, others);
  const isShared = (entry: Entry<OptionKey>): entry is Entry<K & OptionKey> => (shared as readonly string[]).includes(entry[0]);
  return strongest(table, [...fromFlags(table, layers.flags), ...others.filter(isShared)]);
}

/** The store that is named. Throws `ERR_USAGE` when none is. */
export function locationOf(given: Given | undefined): string {
  if (given) return storeLocation(given.value as string, given.source);
  throw new IngestError('ERR_USAGE', 'store: missing: no argument, variable or file names a store', {
    hint: `give the path or URL of a store, set ${variableOf('store')} or write "store" into ingest.config.json`,
  });
}

/** The lock strategy through which such a command reads. */
export function readerStrategy(config: ReadConfig): LockStrategy {
  const { lockStrategy, numTries, patience, lockPath, timeout, deadline, flock } = config;
  return createLockStrategy(lockStrategy, { numTries, patience, lockPath, timeout, deadline, flock });
}
