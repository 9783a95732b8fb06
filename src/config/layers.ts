import { IngestError } from '../errors.js';
import { type BenchKey, benchKey, benchOptions, isBenchKey } from './bench-options.js';
import { readConfigFile } from './config-file.js';
import { didYouMean } from './did-you-mean.js';
import { type Entry, isNoPath, layer } from './given.js';
import { isOptionKey, type OptionKey, optionKeys, specOf, variableOf, variablePrefix } from './options.js';
import { fromText } from './values.js';

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

/** Variables that are no option: the last six are for the tests. */
const otherVariables: readonly string[] = [
  'DEBUG',
  'PASSWORD',
  'TEST_MARIADB_URL',
  'REQUIRE_MARIADB',
  'REQUIRE_CHROMIUM',
  'SCREENSHOTS',
  'FAULT_ROUNDS',
  'FAULT_SEED',
].map((name) => variablePrefix + name);

/** The keys of the file's own level. */
const fileKeys = [...optionKeys, benchKey] as const;

/** What the variables give. Throws `ERR_CONFIG` for one that does not exist. */
export function fromEnvironment(env: ConfigLayers['env'] = {}): readonly Entry<OptionKey>[] {
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
  return optionKeys.flatMap((key) => {
    const source = variableOf(key);
    const text = env[source];
    if (text === undefined || text === '') return [];
    return [[key, { value: fromText(specOf(key), text), source, layer: layer.environment, code: 'ERR_CONFIG' }]];
  });
}

/** What stands in the file. */
export interface FileEntries {
  /** Of its own level: the load's options. */
  readonly top: readonly Entry<OptionKey>[];
  /** Of its key `bench`. */
  readonly bench: readonly Entry<BenchKey>[];
}

/** What the file gives. Throws `ERR_CONFIG` when it cannot be read, and for a key that does not exist. */
export function fromFile({ file, directory = process.cwd() }: Pick<ConfigLayers, 'file' | 'directory'>): FileEntries {
  const config = readConfigFile(file, directory);
  const top: Entry<OptionKey>[] = [];
  let bench: readonly Entry<BenchKey>[] = [];
  for (const [key, value] of config?.entries ?? []) {
    const source = `${config?.name}: ${key}`;
    if (key === '$schema') continue;
    if (key === benchKey) bench = benchEntries(value, source);
    else if (!isOptionKey(key)) throw noSuchKey(source, key, fileKeys);
    else if (!isNoPath(specOf(key), value)) top.push([key, { value, source, layer: layer.file, code: 'ERR_CONFIG' }]);
  }
  return { top, bench };
}

function benchEntries(content: unknown, source: string): readonly Entry<BenchKey>[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new IngestError('ERR_CONFIG', `${source}: expected an object, found ${JSON.stringify(content)}`, {
      hint: 'for example: { "workers": [1, 2], "seconds": 2 }',
    });
  }
  return Object.entries(content).map(([key, value]) => {
    if (!isBenchKey(key)) throw noSuchKey(`${source}.${key}`, key, Object.keys(benchOptions));
    return [key, { value, source: `${source}.${key}`, layer: layer.benchInFile, code: 'ERR_CONFIG' }];
  });
}

function noSuchKey(source: string, key: string, known: readonly string[]): IngestError {
  return new IngestError('ERR_CONFIG', `${source}: no such key`, { hint: didYouMean(key, known, `known: ${known.join(', ')}`) });
}
