import { IngestError } from '../errors.js';
import { expandHome } from '../stores/store-location.js';
import type { OptionSpec, ValueOf } from './option-spec.js';
import { type ReadConfig, type ReadLayers, readOptions, readValues } from './read-options.js';

/** Every option of `export`. */
export const exportOptions = {
  ...readOptions,
  ensemble: {
    type: 'string',
    group: 'Store',
    description: 'Only these ensembles, with their members and the files of both: ids with commas, or a JSON list.',
    example: 'ensemble_0,ensemble_1',
  },
  type: {
    type: 'string',
    group: 'Store',
    description: 'Only records of these types, with commas.',
    example: 'dataset,kosh_ensemble',
  },
  id: {
    type: 'string',
    group: 'Store',
    description: 'Only records with these ids, with commas, or a JSON list.',
    example: 'ensemble_0_dataset_0',
  },
  format: {
    type: 'choice',
    group: 'Output',
    description: "A Sina document, the form of Kosh's own exports, or JSON Lines.",
    example: 'jsonl',
    choices: ['sina', 'kosh', 'jsonl'],
    default: 'sina',
  },
  output: {
    type: 'path',
    group: 'Output',
    description: 'The file to write, which appears when it is whole; compressed when its name ends in .gz.',
    example: 'study.json.gz',
    default: { text: 'stdout', of: () => '' },
  },
  overwrite: {
    type: 'boolean',
    group: 'Output',
    description: 'Replace a file that is there.',
    example: 'true',
    default: false,
  },
  quiet: {
    type: 'boolean',
    group: 'Output',
    description: 'Say nothing at the end.',
    example: 'true',
    default: false,
  },
} as const satisfies Record<string, OptionSpec>;

type ExportKey = keyof typeof exportOptions;

/** The keys in the table's order. */
export const exportKeys = Object.keys(exportOptions) as readonly ExportKey[];

type Filter = 'ensemble' | 'type' | 'id';

/** What `export` is told, checked. */
export type ExportConfig = ReadConfig & {
  readonly [K in Exclude<ExportKey, keyof ReadConfig | Filter | 'output'>]: ValueOf<(typeof exportOptions)[K]>;
} & {
  readonly [K in Filter]?: readonly string[] | undefined;
} & {
  /** Default: stdout. */
  readonly output?: string | undefined;
};

/**
 * The configuration of `export`; see {@link readValues}.
 *
 * @throws IngestError also `ERR_USAGE` for a list with nothing in it
 */
export function exportConfig(layers: ReadLayers<ExportKey>): ExportConfig {
  const values = new Map(readValues<ExportKey>(exportOptions, layers));
  for (const key of ['ensemble', 'type', 'id'] as const) {
    const text = values.get(key);
    if (text !== undefined) values.set(key, listOf(key, text as string));
  }
  const output = expandHome(values.get('output') as string);
  if (output === '') {
    values.delete('output');
    if (values.get('overwrite')) {
      throw new IngestError('ERR_USAGE', '--overwrite: has no meaning without --output', { hint: 'give --output FILE' });
    }
  } else values.set('output', output);
  return Object.fromEntries(values) as unknown as ExportConfig;
}

/** A list with commas, or as JSON: an id may have a comma in it. */
function listOf(key: Filter, text: string): readonly string[] {
  const list = jsonList(text) ?? text.split(',').map((word) => word.trim());
  if (list.length > 0 && !list.includes('')) return list;
  const { description, example } = exportOptions[key];
  throw new IngestError('ERR_USAGE', `--${key}: expected one or more names with commas, found ${JSON.stringify(text)}`, {
    hint: `${description} For example: ${example}`,
  });
}

function jsonList(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
