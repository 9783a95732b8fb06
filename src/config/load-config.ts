import { type ErrorCode, IngestError } from '../errors.js';
import { expandHome, storeLocation } from '../stores/store-location.js';
import { readConfigFile } from './config-file.js';
import { didYouMean } from './did-you-mean.js';
import type { LoadConfig } from './load-options.js';
import { defaultOf, flagOf, type Known } from './option-spec.js';
import { isOptionKey, type OptionKey, type OptionValues, optionKeys, specOf, variableOf, variablePrefix } from './options.js';
import { fromText, problemOf } from './values.js';

/** What the layers give, in falling precedence. Whoever calls says what the environment is; nothing is read on import. */
export interface ConfigLayers {
  /** By key, as text or as a value; undefined and an empty list of inputs are "not given". */
  readonly flags?: Readonly<Partial<Record<OptionKey, unknown>>>;
  /** `KOSH_INGEST_*`; an empty variable is "not given". Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The configuration file. Default: `./ingest.config.json` when it exists. */
  readonly file?: string | undefined;
  /** Where the file is looked for. Default: the current directory. */
  readonly directory?: string;
}

/** A {@link LoadConfig} with what only the command needs. */
export interface CommandConfig extends LoadConfig {
  /** Print the summary as JSON. */
  readonly json: boolean;
}

/** Variables that are no option: the last four are for the tests. */
const otherVariables: readonly string[] = [
  'DEBUG',
  'PASSWORD',
  'TEST_MARIADB_URL',
  'REQUIRE_MARIADB',
  'FAULT_ROUNDS',
  'FAULT_SEED',
].map((name) => variablePrefix + name);

const knownKeys = optionKeys.join(', ');

/** What only matters when records are generated. */
const generatedKeys = ['ensembles', 'datasets', 'attributes', 'prefix'] as const satisfies readonly OptionKey[];

interface Given {
  readonly value: unknown;
  /** `--workers`, `KOSH_INGEST_WORKERS` or `ingest.config.json: workers`. */
  readonly source: string;
  /** 0 is the flags, higher is weaker. */
  readonly layer: number;
  /** The code of an error in it. */
  readonly code: ErrorCode;
}

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
  const given = new Map<OptionKey, Given>();
  for (const [key, entry] of [...fromFlags(layers), ...fromEnvironment(layers), ...fromFile(layers)]) {
    const problem = problemOf(specOf(key), entry.value);
    if (problem) {
      throw new IngestError(entry.code, `${entry.source}: expected ${problem.expected}, found ${problem.found}`, {
        hint: problem.hint,
      });
    }
    if (!given.has(key)) given.set(key, entry);
  }
  chooseJob(given);
  return resolveValues(given);
}

function* fromFlags({ flags = {} }: ConfigLayers): Iterable<[OptionKey, Given]> {
  for (const key of optionKeys) {
    const raw = flags[key];
    if (raw === undefined || isEmptyList(raw)) continue;
    const value = typeof raw === 'string' ? fromText(specOf(key), raw) : raw;
    yield [key, { value, source: key === 'inputs' ? key : `--${flagOf(key)}`, layer: 0, code: 'ERR_USAGE' }];
  }
}

function* fromEnvironment({ env = {} }: ConfigLayers): Iterable<[OptionKey, Given]> {
  const known = optionKeys.map(variableOf);
  for (const name of Object.keys(env)) {
    if (!name.startsWith(variablePrefix) || known.includes(name) || otherVariables.includes(name)) continue;
    throw new IngestError('ERR_CONFIG', `${name}: no such variable`, {
      hint: didYouMean(
        name.slice(variablePrefix.length),
        optionKeys,
        `known: ${variablePrefix}… with ${optionKeys.map((key) => variableOf(key).slice(variablePrefix.length)).join(', ')}`,
        variableOf,
      ),
    });
  }
  for (const key of optionKeys) {
    const source = variableOf(key);
    const text = env[source];
    if (text === undefined || text === '') continue;
    yield [key, { value: fromText(specOf(key), text), source, layer: 1, code: 'ERR_CONFIG' }];
  }
}

function* fromFile({ file, directory = process.cwd() }: ConfigLayers): Iterable<[OptionKey, Given]> {
  const config = readConfigFile(file, directory);
  for (const [key, value] of config?.entries ?? []) {
    if (key === '$schema') continue;
    const source = `${config?.name}: ${key}`;
    if (!isOptionKey(key)) {
      throw new IngestError('ERR_CONFIG', `${source}: no such key`, { hint: didYouMean(key, optionKeys, `known: ${knownKeys}`) });
    }
    if (isEmptyList(value) && key === 'inputs') continue;
    yield [key, { value, source, layer: 2, code: 'ERR_CONFIG' }];
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
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
  return values as OptionValues;
}

function expanded(key: OptionKey, value: unknown): unknown {
  if (key === 'rejects') return expandHome(value as string);
  if (key === 'inputs') return (value as readonly string[]).map(expandHome);
  return value;
}
