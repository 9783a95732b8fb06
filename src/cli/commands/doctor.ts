import { doctorConfig, doctorKeys, doctorOptions } from '../../config/doctor-options.js';
import { exitCodes } from '../../errors.js';
import type { Command } from '../command.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, configFlag, flagsOf, givenFlags, givenStore, storePositional } from '../options.js';

/** `kosh-ingest doctor`: what is right and wrong with a store and its place, and which lock strategy to use. */
export const doctorCommand: Command = {
  usage: `[${storePositional}]`,
  positionals: { [storePositional]: { description: doctorOptions.store.description } },
  description: 'Looks at a store and its place: what is wrong, what to do about it, which lock strategy to use and why.',
  flags: { ...flagsOf(doctorOptions), ...configFlag },
  examples: [
    ['threadsafe.sqlite', 'file system, locks, disk, journal, tables; a store that is not there yet, too'],
    ["'mariadb://me@host/campaign' --json", 'a database, as one JSON object'],
  ],
  run: runDoctor,
};

async function runDoctor(argv: Arguments): Promise<number> {
  const config = doctorConfig({
    flags: { ...givenFlags(argv, doctorKeys), store: givenStore(argv, 'doctor') },
    env: process.env,
    file: argv.config as string | undefined,
  });
  const [{ examine }, { reportText }] = await Promise.all([import('../../doctor/examine.js'), import('../print-doctor.js')]);
  const report = await interruptible(
    (signal) => examine(config, signal),
    () => process.stderr.write('kosh-ingest: interrupted: tidying up (Ctrl-C again to stop at once)\n'),
  );
  process.stdout.write(config.json ? `${JSON.stringify(report)}\n` : reportText(report));
  return report.worst === 'problem' ? exitCodes.failed : exitCodes.done;
}
