import { IngestError } from '../errors.js';
import { expandHome, isOnServer, storeLocation } from '../stores/store-location.js';
import { type LoadName, scalingLoad } from './bench-loads.js';
import { type BenchConfig, type BenchKey, benchKeys, benchOptions, isBenchKey, isScaling } from './bench-options.js';
import { type Entry, type Exclusion, exclude, fromFlags, type Given, layer, strongest } from './given.js';
import { type ConfigLayers, fromEnvironment, fromFile } from './layers.js';
import { defaultOf } from './option-spec.js';
import { options } from './options.js';

/** What the layers of the bench give. */
export type BenchLayers = Omit<ConfigLayers, 'flags'> & { readonly flags?: Readonly<Partial<Record<BenchKey, unknown>>> };

/** Contenders of one trial: each is a thread with a connection of its own. */
const mostContenders = 256;

/** Rows of the table of trials. */
const mostTrials = 1000;

/** What a load and the bench share: where one works, and how the strategies behave there. */
const sharedKeys: readonly string[] = ['store', 'numTries', 'patience', 'timeout'] satisfies readonly BenchKey[];

/** What kosh-scaling takes from its number of processes. */
const scaledKeys = ['ensembles', 'datasets', 'attributes', 'seconds', 'records'] as const satisfies readonly BenchKey[];

const exclusions: readonly Exclusion<BenchKey>[] = [
  { key: 'load', when: isScalingLoad, others: scaledKeys, why: 'kosh-scaling takes it from the number of processes' },
  { key: 'records', others: ['seconds'], why: 'one of the two says when a trial ends', yields: true },
  { key: 'store', when: isServer, others: ['journalMode', 'synchronous'], why: 'it is a setting of SQLite' },
  { key: 'store', when: isServer, others: ['peer'], why: 'the real Kosh is run on a SQLite file' },
];

/** Loads that a control cannot reach: a bulk load brings its own strategies, and what only reads has nothing to lose. */
const blindLoads: Readonly<Record<NonNullable<BenchConfig['control']>, readonly LoadName[]>> = {
  slow: ['bulk'],
  drop: ['bulk', 'read'],
};

function isScalingLoad(load: unknown): boolean {
  return isScaling({ load: load as readonly LoadName[] });
}

function isServer(store: unknown): boolean {
  return isOnServer(store as string);
}

/**
 * The configuration of a run of the bench: flags > environment > the object `bench` of the file > the file's own level > defaults.
 *
 * Of the environment and of the file's own level only `store`, `numTries`, `patience` and `timeout` count: they say where one works and how. The file's own
 * `workers`, `ensembles`, `batchSize`, `lockPath` and the rest are what a load does, and are passed over; that they make sense is checked all the same. Without a store
 * anywhere the bench works beside `./kosh.sqlite`.
 *
 * An option that has no meaning beside one of a stronger layer is passed over; beside one of the same layer or a weaker one it is refused.
 *
 * @throws IngestError `ERR_USAGE` for flags and for what they add up to, `ERR_CONFIG` for the environment and the file
 */
export function benchConfig(layers: BenchLayers): BenchConfig {
  const file = fromFile(layers);
  const environment = fromEnvironment(layers.env);
  strongest(options, [...environment, ...file.top]);
  const given = strongest(benchOptions, [
    ...fromFlags(benchOptions, layers.flags),
    ...shared(environment),
    ...file.bench,
    ...shared(file.top),
  ]);
  const load = (given.get('load')?.value ?? benchOptions.load.default) as readonly LoadName[];
  checkLoad(given, load);
  exclude(given, exclusions);
  const { value, source = 'store' } = given.get('store') ?? {};
  const store = storeLocation(String(value ?? benchOptions.store.default), source);
  const config = Object.fromEntries(
    benchKeys.map((key) => [key, expanded(key, given.get(key)?.value ?? defaultOf(benchOptions[key], { store, load }))]),
  ) as unknown as BenchConfig;
  const result = { ...config, store };
  checkUse(given, result);
  checkSizes(given, result);
  return result;
}

/** What of a load's options the bench takes. */
function shared(entries: readonly Entry<string>[]): readonly Entry<BenchKey>[] {
  return entries.flatMap(([key, given]) => (isBenchKey(key) && sharedKeys.includes(key) ? [[key, given]] : []));
}

function expanded(key: BenchKey, value: unknown): unknown {
  return (key === 'out' || key === 'baseline') && typeof value === 'string' ? expandHome(value) : value;
}

/** Its sizes, its processes and its strategies are not those of the others: one table cannot hold both. */
function checkLoad(given: ReadonlyMap<BenchKey, Given>, load: readonly LoadName[]): void {
  const others = load.filter((name) => name !== scalingLoad);
  if (others.length === 0 || others.length === load.length) return;
  throw refusal(given, ['load'], `${scalingLoad} cannot be measured together with ${others.join(', ')}`, {
    hint: `run --load ${scalingLoad} and --load ${others.join(',')} one after the other, each with an --out of its own`,
  });
}

/** What has no meaning without another option, or would do harm. */
function checkUse(given: ReadonlyMap<BenchKey, Given>, { load, baseline, control }: BenchConfig): void {
  // In the file they wait for a run that they mean something to.
  if (given.get('batchSize')?.layer === layer.flags && !load.includes('bulk')) {
    throw refusal(given, ['batchSize'], 'has no meaning without --load bulk', {
      hint: 'the other loads write a record a transaction',
    });
  }
  if (given.get('failIfSlower')?.layer === layer.flags && baseline === undefined) {
    throw refusal(given, ['failIfSlower'], 'has no meaning without --baseline', {
      hint: 'give --baseline FILE, a saved results.json',
    });
  }
  const blind = control === undefined ? undefined : load.find((name) => blindLoads[control].includes(name));
  if (blind !== undefined) {
    throw refusal(given, ['control'], `${control} does nothing to the load ${blind}`, {
      hint: 'use it with --load notebook',
    });
  }
}

function checkSizes(given: ReadonlyMap<BenchKey, Given>, config: BenchConfig): void {
  const { strategies, workers, processes, batchSize, load } = config;
  const contenders = Math.max(...processes) * Math.max(...workers);
  if (contenders > mostContenders) {
    const sum = `${Math.max(...processes)} processes of ${Math.max(...workers)} workers are ${contenders} threads, more than ${mostContenders}`;
    throw refusal(given, ['processes', 'workers'], sum, { hint: 'give smaller numbers to --processes or --workers' });
  }
  const perLoad = load.map((name) => (name === 'bulk' ? batchSize.length : 1)).reduce((sum, one) => sum + one, 0);
  const trials = strategies.length * workers.length * processes.length * perLoad;
  if (trials > mostTrials) {
    const sum = `${trials.toLocaleString('en-US')} trials, more than ${mostTrials.toLocaleString('en-US')}`;
    throw refusal(given, ['workers', 'processes', 'batchSize'], sum, { hint: 'give shorter lists' });
  }
}

/** An error of the strongest of the keys. */
function refusal(
  given: ReadonlyMap<BenchKey, Given>,
  keys: readonly BenchKey[],
  message: string,
  details: { readonly hint: string },
): IngestError {
  const [strong] = keys.flatMap((key) => given.get(key) ?? []).sort((a, b) => a.layer - b.layer);
  return new IngestError(strong?.code ?? 'ERR_USAGE', `${strong?.source ?? '--workers'}: ${message}`, details);
}
