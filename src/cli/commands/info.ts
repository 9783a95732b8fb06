import { infoKeys, infoOptions } from '../../config/info-options.js';
import { exitCodes } from '../../errors.js';
import type { Command } from '../command.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, configFlag, flagsOf, givenFlags, givenStore, storePositional } from '../options.js';

/** `kosh-ingest info`: what is in a store. */
export const infoCommand: Command = {
  usage: `[${storePositional}]`,
  positionals: { [storePositional]: { description: infoOptions.store.description } },
  description: 'Shows what is in a Kosh store: records, relationships, ensembles, attributes. Changes nothing.',
  flags: { ...flagsOf(infoOptions), ...configFlag },
  examples: [
    ['threadsafe.sqlite', 'counts by type, the largest ensembles, the attributes'],
    ['mariadb://me@host/campaign --limit 100 --json', 'as one JSON object'],
  ],
  run: runInfo,
};

async function runInfo(argv: Arguments): Promise<number> {
  const [{ infoConfig }, { withStore }, { infoText }] = await Promise.all([
    import('../../config/info-options.js'),
    import('../reading.js'),
    import('../print-info.js'),
  ]);
  const config = infoConfig({
    flags: { ...givenFlags(argv, infoKeys), store: givenStore(argv, 'info') },
    env: process.env,
    file: argv.config as string | undefined,
  });
  const contents = await interruptible(
    (signal) => withStore(config, signal, (store) => store.statistics({ limit: config.limit, signal })),
    () => {},
  );
  const shown = { store: config.store, ...contents };
  process.stdout.write(config.json ? `${JSON.stringify(shown)}\n` : infoText(shown, config.limit));
  return exitCodes.done;
}
