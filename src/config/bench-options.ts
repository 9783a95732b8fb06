import { isOnServer } from '../stores/store-location.js';
import { loadNames, scalingLoad } from './bench-loads.js';
import type { Known, OptionSpec, ValueOf } from './option-spec.js';
import { options } from './options.js';
import { stressOptions } from './stress-options.js';

/** The key of `ingest.config.json` under which the options of `bench` stand. */
export const benchKey = 'bench';

/** Whether Kosh's own scaling job is measured, which is what is timed in Kosh's documentation. */
export function isScaling({ load = [] }: Pick<Known, 'load'>): boolean {
  return load.includes(scalingLoad);
}

/**
 * Every option of `bench`, in the order in which help shows them: flags, and keys of the object `bench` in `ingest.config.json`. Defaults that depend on
 * something depend on the store and the loads.
 */
export const benchOptions = {
  store: {
    type: 'path',
    group: 'Store',
    description:
      'The bench works on a throw-away store beside this one: in the same folder, or on the same server. This one is not touched, and need not exist.',
    example: 'threadsafe.sqlite',
    default: 'kosh.sqlite',
  },
  strategies: {
    type: 'choices',
    group: 'Lock strategy',
    description: 'The lock strategies that are compared, a list with commas of None, RFileLock, OnlyRetry.',
    example: 'RFileLock,OnlyRetry',
    choices: options.lockStrategy.choices,
    default: {
      text: 'all three; on a server without RFileLock, for kosh-scaling without None',
      // A lock file on this machine says nothing about a server that other machines write to. Kosh publishes no times without a strategy.
      of: ({ store, load }) =>
        options.lockStrategy.choices.filter(
          (name) => !(name === 'RFileLock' && isOnServer(store)) && !(name === 'None' && isScaling({ load })),
        ),
    },
  },
  workers: {
    type: 'integers',
    group: 'Work',
    description: 'Worker threads of each process, a list with commas: each number is tried.',
    example: '1,2,4',
    min: 1,
    max: 64,
    default: { text: '1,2,4,8; for kosh-scaling 1', of: (known) => (isScaling(known) ? [1] : [1, 2, 4, 8]) },
  },
  processes: {
    type: 'integers',
    group: 'Work',
    description: 'Processes that work on the store at once, a list with commas: each number is tried.',
    example: '1,2',
    min: 1,
    max: 64,
    default: { text: '1,2; for kosh-scaling 2,3,4,5', of: (known) => (isScaling(known) ? [2, 3, 4, 5] : [1, 2]) },
  },
  batchSize: {
    type: 'integers',
    group: 'Work',
    description: 'Load bulk: records in one transaction, a list with commas: each number is tried.',
    example: '500,2000',
    min: 1,
    max: options.batchSize.max,
    default: [options.batchSize.default],
  },
  load: {
    type: 'choices',
    group: 'Work',
    description: 'What the workers do, a list with commas of notebook, bulk, mixed, read; or kosh-scaling alone.',
    example: 'notebook,read',
    choices: loadNames,
    default: ['notebook'],
  },
  ensembles: { ...options.ensembles, description: 'Ensembles that the datasets are spread over.', max: 10_000 },
  datasets: { ...options.datasets, description: 'Datasets of each ensemble, where a store is filled.', min: 1, max: 1_000_000 },
  attributes: { ...options.attributes, description: 'Attributes of each ensemble and each dataset.', max: 10_000 },
  seconds: {
    type: 'number',
    group: 'Work',
    description: 'How long a trial is measured in each round, without its start and its end.',
    example: '1',
    min: 0.1,
    max: 3600,
    default: 1,
  },
  records: {
    type: 'integer',
    group: 'Work',
    description: 'Instead of seconds: records, or calls that read, of a trial in each round.',
    example: '1000',
    min: 1,
    max: 10_000_000,
  },
  repeats: {
    type: 'integer',
    group: 'Work',
    description: 'Rounds: in each one every trial has its turn once.',
    example: '5',
    min: 1,
    max: 100,
    default: 3,
  },
  seed: {
    ...stressOptions.seed,
    group: 'Work',
    description: 'The same seed makes the same choice of what is read.',
  },
  journalMode: {
    type: 'choice',
    group: 'Store',
    description: "SQLite's journal_mode: delete, truncate, persist, wal, memory or off.",
    example: 'wal',
    choices: ['delete', 'truncate', 'persist', 'wal', 'memory', 'off'],
    default: 'delete',
  },
  synchronous: {
    type: 'choice',
    group: 'Store',
    description: "SQLite's synchronous, how hard a commit waits for the disk: off, normal, full or extra.",
    example: 'normal',
    choices: ['off', 'normal', 'full', 'extra'],
    default: 'full',
  },
  numTries: options.numTries,
  patience: options.patience,
  lockPath: {
    ...stressOptions.lockPath,
    description: 'The lock of RFileLock. Give one on another file system to measure it there; it must not be in use.',
  },
  timeout: options.timeout,
  out: {
    type: 'path',
    group: 'Output',
    description: 'The folder for results.json, report.html and trace.json, made when it is missing.',
    example: 'kosh-bench',
    default: 'kosh-bench',
  },
  baseline: {
    type: 'path',
    group: 'Comparison',
    description: 'A saved results.json: exit code 4 when this run is slower than it by more than is allowed.',
    example: 'before/results.json',
  },
  failIfSlower: {
    type: 'number',
    group: 'Comparison',
    description: 'By how many percent a strategy may be slower than the baseline.',
    example: '10',
    min: 0,
    max: 99,
    default: 10,
  },
  peer: {
    type: 'choice',
    group: 'Comparison',
    description: 'The real Kosh runs the loop of its notebook in the same rounds: needs python3 that can import kosh.',
    example: 'kosh',
    choices: ['kosh'],
  },
  control: {
    type: 'choice',
    group: 'Comparison',
    description:
      'Makes the strategies bad on purpose, which must be seen: slow sleeps in the lock, drop loses one record in a thousand.',
    example: 'slow',
    choices: ['slow', 'drop'],
  },
  json: { ...options.json, description: 'Print the results as one JSON object.' },
} as const satisfies Record<string, OptionSpec>;

/** The key of an option of `bench`. */
export type BenchKey = keyof typeof benchOptions;

/** The keys in the table's order. */
export const benchKeys = Object.keys(benchOptions) as readonly BenchKey[];

/** Whether a text is the key of an option of `bench`. */
export function isBenchKey(text: string): text is BenchKey {
  return Object.hasOwn(benchOptions, text);
}

/** What has no value when it is not given. */
type Open = 'records' | 'baseline' | 'peer' | 'control';

/**
 * What a run of the bench is told, checked. `records`, when it is there, counts instead of `seconds`; an empty `lockPath` stands for one inside the throw-away
 * folder; `journalMode` and `synchronous` are SQLite's and mean nothing on a server; for `kosh-scaling` neither `ensembles`, `datasets`, `attributes` nor
 * `seconds` means anything.
 */
export type BenchConfig = { readonly [K in Exclude<BenchKey, Open>]: ValueOf<(typeof benchOptions)[K]> } & {
  readonly [K in Open]?: ValueOf<(typeof benchOptions)[K]> | undefined;
};
