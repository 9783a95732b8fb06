import { type BenchConfig, benchKeys } from '../../src/config/bench-options.js';
import { shellWord } from '../../src/config/command-words.js';
import { flagOf } from '../../src/config/option-spec.js';
import { isOnServer } from '../../src/stores/store-location.js';

/** What does not change what is measured. */
const outputs: readonly string[] = ['out', 'json', 'baseline', 'failIfSlower'];

/** The command line that repeats a run, wherever it is run: nothing in it is left to a default, a variable or a file. */
export function commandLineOf(config: BenchConfig): string {
  const withoutMeaning: readonly string[] = [
    ...(config.load.includes('kosh-scaling') ? ['ensembles', 'datasets', 'attributes', 'seconds'] : []),
    ...(config.load.includes('bulk') ? [] : ['batchSize']),
    ...(config.records === undefined ? [] : ['seconds']),
    ...(isOnServer(config.store) ? ['journalMode', 'synchronous'] : []),
  ];
  const values = config as Readonly<Record<string, unknown>>;
  const words = benchKeys.flatMap((key) => {
    const value = values[key];
    if (value === undefined || value === '' || outputs.includes(key) || withoutMeaning.includes(key)) return [];
    const text = Array.isArray(value) ? value.join(',') : String(value);
    const flag = `--${flagOf(key)}`;
    // Else it would be taken for a flag.
    return text.startsWith('-') ? [shellWord(`${flag}=${text}`)] : [flag, shellWord(text)];
  });
  return ['kosh-ingest bench', ...words].join(' ');
}
