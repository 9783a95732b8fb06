import type { OptionSpec } from './option-spec.js';
import { type OptionKey, options } from './options.js';
import { readOptions } from './read-options.js';

/** What a load and its verification share: how the store is reached, how much is done at a time, and how the inputs are read. */
export const verifyKeys = [
  'store',
  'format',
  'delimiter',
  'idColumn',
  'ensembleColumn',
  'rejects',
  'ensembles',
  'datasets',
  'attributes',
  'prefix',
  'lockStrategy',
  'numTries',
  'patience',
  'lockPath',
  'timeout',
  'deadline',
  'flock',
  'workers',
  'batchSize',
  'json',
] as const satisfies readonly OptionKey[];

type VerifyKey = (typeof verifyKeys)[number];

type Words = { readonly [K in 'description' | 'group']?: OptionSpec[K] } & { readonly default?: undefined };

/** What is said in other words than for a load, and what has no default as it has there. */
const words: Partial<Record<VerifyKey, Words>> = {
  store: { description: readOptions.store.description },
  rejects: {
    group: 'Inputs',
    description: 'The rejects file of the load: what it lists is not expected in the store.',
    default: undefined,
  },
  ensembles: { description: 'The store is compared with a generated load of so many ensembles.' },
  datasets: { description: 'The same, of so many datasets in each ensemble.' },
  attributes: { description: 'The same, of so many attributes for each ensemble and each dataset.' },
  prefix: { description: 'The same, with this put before each generated id.' },
  batchSize: { description: 'Records of the inputs that are planned as one piece of work.' },
};

/** The flags of `verify`. The inputs are positionals. */
export const verifyOptions = Object.fromEntries(verifyKeys.map((key) => [key, { ...options[key], ...words[key] }])) as Readonly<
  Record<VerifyKey, OptionSpec>
>;
