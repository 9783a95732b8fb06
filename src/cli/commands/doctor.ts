import { doctorConfig, doctorKeys, doctorOptions } from '../../config/doctor-options.js';
import { exitCodes, IngestError } from '../../errors.js';
import type { Command } from '../command.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, flagsOf, givenFlags } from '../options.js';

const { store: storeOption, ...flagOptions } = doctorOptions;

/** `kosh-ingest doctor`: what is right and wrong with a store and its place, and which lock strategy to use. */
export const doctorCommand: Command = {
  usage: '[store]',
  positionals: { store: { description: storeOption.description } },
  description: 'Looks at a store and its place: what is wrong, what to do about it, which lock strategy to use and why.',
  flags: flagsOf(flagOptions),
  examples: [
    ['threadsafe.sqlite', 'file system, locks, disk, journal, tables; a store that is not there yet, too'],
    ["'mariadb://me@host/campaign' --json", 'a database, as one JSON object'],
  ],
  run: runDoctor,
};

async function runDoctor(argv: Arguments): Promise<number> {
  const config = doctorConfig({ ...givenFlags(argv, doctorKeys), store: storeOf(argv) });
  const [{ examine }, { reportText }] = await Promise.all([import('../../doctor/examine.js'), import('../print-doctor.js')]);
  const report = await interruptible(
    (signal) => examine(config, signal),
    () => process.stderr.write('kosh-ingest: interrupted: tidying up (Ctrl-C again to stop at once)\n'),
  );
  process.stdout.write(config.json ? `${JSON.stringify(report)}\n` : reportText(report));
  return report.worst === 'problem' ? exitCodes.failed : exitCodes.done;
}

/** What follows `--` lands in `_`, after the command's name. */
function storeOf(argv: Arguments): string | undefined {
  const [store, extra] = [argv.store, ...argv._.slice(1)].filter((word) => word !== undefined).map(String);
  if (extra === undefined) return store;
  throw new IngestError('ERR_USAGE', `${extra}: doctor looks at one store`, { hint: 'give one STORE' });
}
