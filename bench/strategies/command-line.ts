import { type BenchConfig, benchKeys, benchOptions } from '../../src/config/bench-options.js';
import { shellWord } from '../../src/config/command-words.js';
import { defaultOf, flagOf } from '../../src/config/option-spec.js';
import { isOnServer } from '../../src/stores/store-location.js';

/** What does not change what is measured. */
const outputs: readonly string[] = ['out', 'json', 'baseline', 'failIfSlower'];

/** The command line that repeats a run: what is a default stays away, but for the seed, which was left to chance perhaps. */
export function commandLineOf(config: BenchConfig): string {
  const withoutMeaning: readonly string[] = [
    ...(config.load.includes('kosh-scaling') ? ['ensembles', 'datasets', 'attributes', 'seconds'] : []),
    ...(config.records === undefined ? [] : ['seconds']),
    ...(isOnServer(config.store) ? ['journalMode', 'synchronous'] : []),
  ];
  const values = config as Readonly<Record<string, unknown>>;
  const words = benchKeys.flatMap((key) => {
    const value = values[key];
    const standard = key === 'seed' ? undefined : defaultOf(benchOptions[key], config);
    const isLeftOut = value === undefined || value === '' || outputs.includes(key) || withoutMeaning.includes(key);
    const isDefault = JSON.stringify(value) === JSON.stringify(standard);
    return isLeftOut || isDefault ? [] : [`--${flagOf(key)}`, shellWord(Array.isArray(value) ? value.join(',') : String(value))];
  });
  return ['kosh-ingest bench', ...words].join(' ');
}
