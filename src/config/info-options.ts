import type { OptionSpec, ValueOf } from './option-spec.js';
import { options } from './options.js';
import { type ReadLayers, readOptions, readValues } from './read-options.js';

/** Every option of `info`. */
export const infoOptions = {
  ...readOptions,
  limit: {
    type: 'integer',
    group: 'Output',
    description: 'How much of a list is shown.',
    example: '10',
    min: 1,
    max: 1_000_000,
    default: 10,
  },
  json: options.json,
} as const satisfies Record<string, OptionSpec>;

type InfoKey = keyof typeof infoOptions;

/** The keys in the table's order. */
export const infoKeys = Object.keys(infoOptions) as readonly InfoKey[];

/** What `info` is told, checked. */
export type InfoConfig = { readonly [K in InfoKey]: ValueOf<(typeof infoOptions)[K]> };

/** The configuration of `info`; see {@link readValues}. */
export function infoConfig(layers: ReadLayers<InfoKey>): InfoConfig {
  return Object.fromEntries(readValues<InfoKey>(infoOptions, layers)) as unknown as InfoConfig;
}
