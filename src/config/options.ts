import { availableParallelism } from 'node:os';
import { lockDefaults } from '../locks/lock-options.js';
import type { StrategyName } from '../locks/registry.js';
import { isOnServer } from '../stores/store-location.js';
import { inputOptions } from './input-options.js';
import { flagOf, type OptionSpec, type ValueOf } from './option-spec.js';
import { outcomeOptions } from './outcome-options.js';

const strategies = { None: 'None', RFileLock: 'RFileLock', OnlyRetry: 'OnlyRetry' } as const satisfies {
  readonly [N in StrategyName]: N;
};

/** The longest wait that a timer of Node can hold (2^31 - 1 ms), in whole seconds. */
const longestTimerSeconds = 2_147_483;

/**
 * Every option of `load`, in the order in which help shows them and defaults are taken. The key is the one in `ingest.config.json`;
 * {@link flagOf} and {@link variableOf} give its flag and its environment variable. The numbers of the generated
 * job are those of Kosh's notebook, those of the lock strategies are Kosh's own.
 */
export const options = {
  store: {
    type: 'path',
    group: 'Store',
    description: 'The Kosh store: a SQLite file, created when it is missing, or the URL of a MariaDB database.',
    example: 'threadsafe.sqlite',
  },
  ...inputOptions,
  ensembles: {
    type: 'integer',
    group: 'Generated',
    description: 'Ensembles to generate.',
    example: '10',
    min: 1,
    max: 10_000_000,
    default: 10,
  },
  datasets: {
    type: 'integer',
    group: 'Generated',
    description: 'Datasets to generate in each ensemble.',
    example: '10',
    min: 0,
    max: 100_000_000,
    default: 10,
  },
  attributes: {
    type: 'integer',
    group: 'Generated',
    description: 'Attributes to generate for each ensemble and each dataset.',
    example: '10',
    min: 0,
    max: 100_000,
    default: 10,
  },
  prefix: {
    type: 'string',
    group: 'Generated',
    description: 'Put before each generated id, so that several loads can share a store.',
    example: 'run1_',
    default: '',
  },
  lockStrategy: {
    type: 'choice',
    group: 'Lock strategy',
    description: "How writers keep out of each other's way: None, RFileLock or OnlyRetry.",
    example: 'RFileLock',
    choices: Object.values(strategies),
    default: {
      text: 'RFileLock for a file, OnlyRetry for a MariaDB database',
      of: ({ store }) => (isOnServer(store) ? strategies.OnlyRetry : strategies.RFileLock),
    },
  },
  numTries: {
    type: 'integer',
    group: 'Lock strategy',
    description: 'Tries of a transaction, the first one included.',
    example: '10',
    min: 1,
    max: 1_000_000,
    default: lockDefaults.numTries,
  },
  patience: {
    type: 'number',
    group: 'Lock strategy',
    description: 'The longest wait between two tries, in seconds.',
    example: '1',
    min: 0,
    max: 86_400,
    default: lockDefaults.patience,
  },
  lockPath: {
    type: 'path',
    group: 'Lock strategy',
    description: 'The lock of RFileLock. Everyone who writes to the store must name the same one.',
    example: '~/.kosh.lock',
    default: lockDefaults.lockPath,
  },
  timeout: {
    type: 'number',
    group: 'Lock strategy',
    description: 'How long a try of RFileLock waits for the lock, in seconds; 0 looks once.',
    example: '3600',
    min: 0,
    max: longestTimerSeconds,
    default: lockDefaults.timeout,
  },
  deadline: {
    type: 'number',
    group: 'Lock strategy',
    description: 'How long a transaction waits and is tried in all, in seconds.',
    example: '600',
    min: 0,
    max: longestTimerSeconds,
    default: { text: 'none', of: () => lockDefaults.deadline },
  },
  flock: {
    type: 'boolean',
    group: 'Lock strategy',
    description: 'RFileLock: take the lock of RFileLock in Python as well, for a store that Kosh jobs write at the same time.',
    example: 'true',
    default: lockDefaults.flock,
  },
  workers: {
    type: 'integer',
    group: 'Work',
    description: 'Worker threads, each with its own connection.',
    example: '2',
    min: 1,
    max: 256,
    default: {
      text: '1 under None, else 2 to 4 by CPU',
      of: ({ lockStrategy }) => (lockStrategy === 'None' ? 1 : Math.max(2, Math.min(4, availableParallelism()))),
    },
  },
  spread: {
    type: 'boolean',
    group: 'Work',
    description: 'Give the workers different hosts of the URL to begin with, not all the first one (Galera).',
    example: 'true',
    default: false,
  },
  batchSize: {
    type: 'integer',
    group: 'Work',
    description: 'Records in one transaction.',
    example: '2000',
    min: 1,
    max: 100_000,
    default: 2000,
  },
  ...outcomeOptions,
  quiet: {
    type: 'boolean',
    group: 'Output',
    description: 'Print nothing but errors, and with --json the result.',
    example: 'true',
    default: false,
  },
  verbose: {
    type: 'boolean',
    group: 'Output',
    description: 'Say on stderr what becomes of each piece of work.',
    example: 'true',
    default: false,
  },
  logFile: {
    type: 'path',
    group: 'Output',
    description: 'Append what happens to this file, one JSON object a line.',
    example: 'load.log',
  },
  json: {
    type: 'boolean',
    group: 'Output',
    description: 'Print the result as one JSON object.',
    example: 'true',
    default: false,
  },
} as const satisfies Record<string, OptionSpec>;

/** The key of an option, as it stands in the file. */
export type OptionKey = keyof typeof options;

/** The checked value of every option. */
export type OptionValues = { readonly [K in OptionKey]: ValueOf<(typeof options)[K]> };

/** The keys in the table's order. */
export const optionKeys = Object.keys(options) as readonly OptionKey[];

/** Whether a text is the key of an option (`constructor` is not). */
export function isOptionKey(text: string): text is OptionKey {
  return Object.hasOwn(options, text);
}

/** The option's row, without the narrow type of the literal. */
export function specOf(key: OptionKey): OptionSpec {
  return options[key];
}

/** What every environment variable of this package begins with. */
export const variablePrefix = 'KOSH_INGEST_';

/** `numTries` -> `KOSH_INGEST_NUM_TRIES`. */
export function variableOf(key: OptionKey): string {
  return variablePrefix + flagOf(key).replaceAll('-', '_').toUpperCase();
}
