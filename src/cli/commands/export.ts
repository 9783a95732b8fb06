import { type ExportConfig, exportKeys, exportOptions } from '../../config/export-options.js';
import { codeOf, exitCodes } from '../../errors.js';
import type { ExportCounts } from '../../kosh/calls/export-document.js';
import type { Store } from '../../kosh/store.js';
import type { Command } from '../command.js';
import { counted } from '../format.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, configFlag, flagsOf, givenFlags, givenStore, storePositional } from '../options.js';

/** `kosh-ingest export`: the records of a store as a document. */
export const exportCommand: Command = {
  usage: `[${storePositional}]`,
  positionals: { [storePositional]: { description: exportOptions.store.description } },
  description:
    'Writes what is in a Kosh store, or a part of it, as a Sina document, a Kosh export or JSON Lines. Changes nothing.',
  flags: { ...flagsOf(exportOptions), ...configFlag },
  examples: [
    ['threadsafe.sqlite --output study.json.gz', 'all datasets, ensembles and files'],
    ['threadsafe.sqlite --ensemble ensemble_0 --format jsonl', 'an ensemble, a record a line, to stdout'],
    ['threadsafe.sqlite --type dataset --id run_1,run_2', 'filters combine'],
  ],
  run: runExport,
};

async function runExport(argv: Arguments): Promise<number> {
  const [{ exportConfig }, { withStore }] = await Promise.all([
    import('../../config/export-options.js'),
    import('../reading.js'),
  ]);
  const config = exportConfig({
    flags: { ...givenFlags(argv, exportKeys), store: givenStore(argv, 'export') },
    env: process.env,
    file: argv.config as string | undefined,
  });
  const counts = await interruptible(
    (signal) => withStore(config, signal, (store) => write(store, config, signal)),
    () => {},
  );
  if (counts && !config.quiet) {
    const what = `${counted(counts.records, 'record')} and ${counted(counts.relationships, 'relationship')}`;
    process.stderr.write(`kosh-ingest: exported ${what} to ${config.output ?? 'stdout'}\n`);
  }
  return exitCodes.done;
}

/** Undefined when the reader of stdout had enough. */
async function write(store: Store, config: ExportConfig, signal: AbortSignal): Promise<ExportCounts | undefined> {
  const { output, overwrite, format: form, ensemble: ensembles, type: types, id: ids } = config;
  const what = { form, ensembles, types, ids, signal };
  if (output !== undefined) return await store.exportFile(output, { ...what, overwrite });
  try {
    return await store.exportTo(process.stdout, what);
  } catch (error) {
    if (codeOf((error as Error).cause) === 'EPIPE') return undefined;
    throw error;
  }
}
