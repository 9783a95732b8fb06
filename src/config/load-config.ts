import { resolve } from 'node:path';
import { IngestError } from '../errors.js';
import { expandHome, storeLocation } from '../stores/store-location.js';
import { benchOptions } from './bench-options.js';
import { type Exclusion, exclude, fromFlags, type Given, strongest } from './given.js';
import { type ConfigLayers, fromEnvironment, fromFile } from './layers.js';
import type { LoadConfig, MaxErrors, Shard } from './load-options.js';
import { defaultOf, type Known } from './option-spec.js';
import { type OptionKey, optionKeys, options, specOf, variableOf } from './options.js';

export type { ConfigLayers };

/** A {@link LoadConfig} with what only the command needs. */
export interface CommandConfig extends LoadConfig {
  /** Print nothing but errors. */
  readonly quiet: boolean;
  /** Say what becomes of each piece of work. */
  readonly verbose: boolean;
  /** Where what happens is appended to, as JSON Lines. */
  readonly logFile: string | undefined;
  /** Print the summary as JSON. */
  readonly json: boolean;
}

/** What only matters when records are generated. */
export const generatedKeys = ['ensembles', 'datasets', 'attributes', 'prefix'] as const satisfies readonly OptionKey[];

const isOn = (value: unknown) => value === true;

/** What cannot be asked for together. */
const exclusions: readonly Exclusion<OptionKey>[] = [
  {
    key: 'fromRejects',
    others: ['inputs', 'watch', ...generatedKeys],
    why: 'the rejects file says what is loaded',
    yields: true,
  },
  { key: 'watch', others: ['inputs', ...generatedKeys], why: 'the directory is what is loaded', yields: true },
  { key: 'fromRejects', others: ['shard'], why: 'what was mended is loaded by one job' },
  { key: 'watch', others: ['shard'], why: 'what comes is not known before, and cannot be split' },
  {
    key: 'verify',
    others: ['watch', 'fromRejects', 'shard', 'dryRun'],
    why: 'it compares a whole input that was loaded',
    when: isOn,
  },
  { key: 'dryRun', others: ['watch'], why: 'a trial ends, and watching does not', when: isOn },
  { key: 'quiet', others: ['verbose'], why: 'one asks for less, the other for more', when: isOn },
];

/**
 * The configuration of a load: flags > environment > file > defaults. Every value that is given is checked, also one that a stronger layer
 * overrides. Relative paths begin in the current directory, wherever they were given, and a leading `~` is the home directory
 * (`lockPath` is left to the lock strategy, which does the same).
 *
 * When inputs and a generated job (ensembles, datasets, attributes, prefix) come from different layers, the stronger layer says which it is.
 *
 * @throws IngestError `ERR_USAGE` for flags, `ERR_CONFIG` for the environment and the file. The message names the key and where it stood.
 */
export function loadConfig(layers: ConfigLayers): CommandConfig {
  const file = fromFile(layers);
  // Not a load's, but nobody should find out only later that it is misspelt.
  strongest(benchOptions, file.bench);
  const given = strongest(options, [...fromFlags(options, layers.flags), ...fromEnvironment(layers.env), ...file.top]);
  exclude(given, exclusions);
  chooseJob(given);
  return resolveValues(given);
}

/** Documents or a generated job: takes the weaker of the two away. In one layer, neither is weaker. */
function chooseJob(given: Map<OptionKey, Given>): void {
  const inputs = given.get('inputs');
  const generated = generatedKeys.flatMap((key) => given.get(key) ?? []).sort((a, b) => a.layer - b.layer)[0];
  if (!inputs || !generated) return;
  if (inputs.layer === generated.layer) {
    throw new IngestError(
      inputs.code,
      `${generated.source}: has no meaning with ${inputs.source}: documents are loaded as they are`,
      {
        hint: 'give either documents to load, or ensembles, datasets, attributes and prefix to generate',
      },
    );
  }
  if (generated.layer < inputs.layer) given.delete('inputs');
  else for (const key of generatedKeys) given.delete(key);
}

function resolveValues(given: ReadonlyMap<OptionKey, Given>): CommandConfig {
  const store = given.get('store');
  if (!store) {
    throw new IngestError('ERR_USAGE', 'store: missing: no flag, variable or file names a store', {
      hint: `give --store PATH or URL, set ${variableOf('store')} or write "store" into ingest.config.json`,
    });
  }
  const values: Partial<Record<OptionKey, unknown>> = { store: storeLocation(store.value as string, store.source) };
  for (const key of optionKeys) {
    // Known is what stands above the key in the table.
    values[key] ??= expanded(key, given.get(key)?.value ?? defaultOf(specOf(key), values as Known));
  }
  const config = values as CommandConfig;
  checkLogFile(config);
  return config;
}

function checkLogFile({ logFile, store, rejects }: CommandConfig): void {
  for (const [name, path] of Object.entries({ store, rejects })) {
    if (logFile === undefined || resolve(path) !== resolve(logFile)) continue;
    throw new IngestError('ERR_USAGE', `logFile: ${logFile} is also the path of ${name}`, {
      hint: 'Give the log a file of its own.',
    });
  }
}

/** Options that are not kept as they are given. */
const read: Partial<Record<OptionKey, (value: never) => unknown>> = {
  rejects: expandHome,
  fromRejects: expandHome,
  watch: expandHome,
  logFile: expandHome,
  inputs: (paths: readonly string[]) => paths.map(expandHome),
  delimiter: (text: string) => (text === 'tab' || text === '\\t' ? '\t' : text),
  shard: readShard,
  maxErrors: (text: string): MaxErrors =>
    text.endsWith('%') ? { share: Number(text.slice(0, -1)) / 100 } : { count: Number(text) },
};

function expanded(key: OptionKey, value: unknown): unknown {
  return value === undefined ? undefined : (read[key]?.(value as never) ?? value);
}

function readShard(text: string): Shard {
  const [index, count] = text.split('/').map(Number) as [number, number];
  if (index <= count) return { index, count };
  throw new IngestError('ERR_USAGE', `shard: expected I/N with I from 1 to N, found ${text}`, {
    hint: 'for example: 1/2 and 2/2',
  });
}
