import { verifyOptions } from '../../config/verify-options.js';
import { exitCodes } from '../../errors.js';
import type { VerifySummary } from '../../ingest/verify-summary.js';
import type { Command } from '../command.js';
import { type Arguments, configFlag, flagsOf, givenForVerify, storePositional } from '../options.js';

/** `kosh-ingest verify`: compares a store with itself and with its inputs. */
export const verifyCommand: Command = {
  usage: `[${storePositional}] [inputs..]`,
  positionals: {
    [storePositional]: { description: `${verifyOptions.store.description} With --store this is the first of the inputs.` },
    inputs: {
      description: 'What the store should hold: what was loaded into it. Without any, the store is compared with itself.',
    },
  },
  description: 'Compares every table of a store with the texts of its records, and with the inputs it was loaded from.',
  flags: { ...flagsOf(verifyOptions), ...configFlag },
  examples: [
    ['threadsafe.sqlite', 'is the store whole, and do its tables agree with its records?'],
    ['study.sqlite runs/', 'and does it hold these documents, as they are?'],
    ['study.sqlite runs/ --rejects study.sqlite.rejects.jsonl', 'but for what the load has refused?'],
    ['threadsafe.sqlite --ensembles 10 --datasets 1000', 'and does it hold this generated load?'],
  ],
  run: runVerify,
};

async function runVerify(argv: Arguments): Promise<number> {
  const [{ verifyConfig }, { withHooks }, print] = await Promise.all([
    import('../../config/verify-config.js'),
    import('../with-hooks.js'),
    import('../print-verify.js'),
  ]);
  const config = verifyConfig({ flags: givenForVerify(argv), env: process.env, file: argv.config as string | undefined });
  const summary = await withHooks(
    { progress: print.verifyProgressText, interrupted: 'finishing what is being compared' },
    async (hooks) => {
      const { verify } = await import('../../ingest/verify.js');
      return verify(config, hooks);
    },
  );
  process.stdout.write(config.json ? `${JSON.stringify(summary)}\n` : print.verifyText(summary));
  return exitCodeOf(summary);
}

function exitCodeOf({ differences, interrupted }: VerifySummary): number {
  if (differences.length > 0) return exitCodes.broken;
  return interrupted ? exitCodes.interrupted : exitCodes.done;
}
