import { randomInt } from 'node:crypto';
import { IngestError } from '../errors.js';
import type { StrategyName } from '../locks/registry.js';
import { expandHome, storeLocation } from '../stores/store-location.js';
import { type Exclusion, exclude, fromFlags, strongest } from './given.js';
import { defaultOf, type OptionSpec, type ValueOf } from './option-spec.js';
import { options } from './options.js';

/** Every option of `stress`, all of them flags: a run is what its command line says, and nothing else. */
export const stressOptions = {
  store: {
    type: 'path',
    group: 'Store',
    description:
      'The run works on a throw-away store beside this one: in the same folder, or on the same server. This one is not touched.',
    example: 'threadsafe.sqlite',
  },
  privateServer: {
    type: 'choice',
    group: 'Store',
    description: 'Instead of a store: a MariaDB server (one) or a Galera cluster (three) of its own, which the faults can kill.',
    example: 'one',
    choices: ['one', 'three'],
  },
  strategy: {
    ...options.lockStrategy,
    description: 'The lock strategy that is put to the test: None, RFileLock or OnlyRetry.',
  },
  numTries: options.numTries,
  patience: options.patience,
  lockPath: {
    ...options.lockPath,
    description: 'The lock of RFileLock. Give one on another file system to test that one; it must not be in use.',
    default: { text: 'inside the throw-away folder', of: () => '' },
  },
  timeout: options.timeout,
  processes: {
    type: 'integer',
    group: 'Work',
    description: 'Processes that work on the store at once.',
    example: '4',
    min: 1,
    max: 64,
    default: 4,
  },
  workers: {
    type: 'integer',
    group: 'Work',
    description: 'Worker threads of each process, each with its own connection and strategy.',
    example: '2',
    min: 1,
    max: 64,
    default: 2,
  },
  seconds: {
    type: 'number',
    group: 'Work',
    description: 'How long the run takes, without its start and its end.',
    example: '60',
    min: 1,
    max: 86_400,
    default: 60,
  },
  operations: {
    type: 'integer',
    group: 'Work',
    description: 'Instead of seconds: operations of each thread.',
    example: '1000',
    min: 1,
    max: 10_000_000,
  },
  faults: {
    type: 'string',
    group: 'Faults',
    description: 'What goes wrong meanwhile, a list with commas; all: everything but no-locks; none.',
    example: 'kill,stop',
    default: 'all',
  },
  seed: {
    type: 'integer',
    group: 'Faults',
    description: 'The same seed makes the same schedule of faults and the same operations.',
    example: '1',
    min: 0,
    max: 4_294_967_295,
    default: { text: 'a random one, which the report names', of: () => randomInt(2 ** 32) },
  },
  control: {
    type: 'string',
    group: 'Faults',
    description: 'Runs a strategy that is broken on purpose, which must be caught within 60 s; all: every one.',
    example: 'all',
  },
  check: {
    type: 'path',
    group: 'Output',
    description: 'Runs nothing: judges a history that was saved.',
    example: 'threadsafe.sqlite.stress-1.jsonl',
  },
  history: {
    type: 'path',
    group: 'Output',
    description: 'Where the history of the run is saved.',
    example: 'history.jsonl',
    default: { text: 'STORE.stress-SEED.jsonl, when something is broken', of: () => '' },
  },
  json: {
    type: 'boolean',
    group: 'Output',
    description: 'Print the report as one JSON object.',
    example: 'true',
    default: false,
  },
} as const satisfies Record<string, OptionSpec>;

type StressKey = keyof typeof stressOptions;

/** The keys in the table's order. */
export const stressKeys = Object.keys(stressOptions) as readonly StressKey[];

/** What has no value when it is not given. */
type Open = 'store' | 'privateServer' | 'operations' | 'control' | 'check';

/** What a stress run is told, checked. An empty `lockPath` and an empty `history` stand for their defaults. */
export type StressConfig = { readonly [K in Exclude<StressKey, Open>]: ValueOf<(typeof stressOptions)[K]> } & {
  readonly [K in Open]?: ValueOf<(typeof stressOptions)[K]> | undefined;
};

/** What of the table has no meaning with another flag, and why. */
const exclusions: readonly Exclusion<StressKey>[] = [
  {
    key: 'check',
    others: stressKeys.filter((key) => key !== 'check' && key !== 'json'),
    why: 'a saved history is judged as it is',
  },
  { key: 'privateServer', others: ['store'], why: 'the store is on the private server' },
  { key: 'operations', others: ['seconds'], why: 'one of the two says when the run ends' },
  { key: 'control', others: ['strategy', 'faults', 'operations'], why: 'a control brings its own' },
];

/**
 * The configuration of a stress run, from its flags alone.
 *
 * @param flags by key, as text or as a value; undefined is "not given"
 * @throws IngestError `ERR_USAGE`
 */
export function stressConfig(flags: Readonly<Partial<Record<StressKey, unknown>>>): StressConfig {
  const given = strongest(stressOptions, fromFlags(stressOptions, flags));
  exclude(given, exclusions);
  if (!given.has('check') && !given.has('privateServer') && !given.has('store')) {
    throw new IngestError('ERR_USAGE', '--store: missing', { hint: 'give --store PATH or URL, or --private-server one' });
  }
  const values = new Map([...given].map(([key, { value }]) => [key, value]));
  if (values.has('store')) values.set('store', storeLocation(values.get('store') as string, '--store'));
  // A private server is one all the same.
  const known = { store: String(values.get('store') ?? 'mariadb://'), lockStrategy: values.get('strategy') as StrategyName };
  return Object.fromEntries(
    stressKeys.map((key) => [key, expanded(key, values.get(key) ?? defaultOf(stressOptions[key], known))]),
  ) as unknown as StressConfig;
}

function expanded(key: StressKey, value: unknown): unknown {
  return (key === 'history' || key === 'check') && typeof value === 'string' ? expandHome(value) : value;
}
