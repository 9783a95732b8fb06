import { options } from '../../config/options.js';
import { exitCodes } from '../../errors.js';
import type { LoadSummary } from '../../ingest/summary.js';
import type { Command } from '../command.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, configFlag, flagsOf, givenForLoad } from '../options.js';

/** `kosh-ingest load`: fills a store from documents, or with generated ensembles and datasets. */
export const loadCommand: Command = {
  usage: '[inputs..]',
  positionals: { inputs: { description: options.inputs.description } },
  description: 'Loads Sina documents, or generated ensembles and datasets, into a Kosh store in parallel.',
  flags: { ...flagsOf(options), ...configFlag },
  examples: [
    ['--store threadsafe.sqlite', "the notebook's job: 10 ensembles of 10 datasets"],
    ['runs/*.json --store study.sqlite', 'documents'],
    ['--store study.sqlite --lock-strategy OnlyRetry', 'another lock strategy'],
  ],
  run: runLoad,
};

async function runLoad(argv: Arguments): Promise<number> {
  const [{ loadConfig }, { ProgressLine }, print] = await Promise.all([
    import('../../config/load-config.js'),
    import('../progress.js'),
    import('../print-summary.js'),
  ]);
  const config = loadConfig({ flags: givenForLoad(argv), env: process.env, file: argv.config as string | undefined });
  const progress = new ProgressLine(process.stderr);
  const say = (message: string): void => {
    progress.clear();
    process.stderr.write(`kosh-ingest: ${message}\n`);
  };
  let summary: LoadSummary;
  try {
    summary = await interruptible(
      async (signal) => {
        const { load } = await import('../../ingest/coordinator.js');
        return load(config, { signal, onWarning: say, onProgress: (state) => progress.update(state) });
      },
      () => say('interrupted: finishing the running batches (Ctrl-C again to stop at once)'),
    );
  } finally {
    progress.clear();
  }
  process.stdout.write(config.json ? `${JSON.stringify(summary)}\n` : print.summaryText(summary, config));
  process.stderr.write(print.rejectsText(summary) ?? '');
  return exitCodeOf(summary);
}

function exitCodeOf(summary: LoadSummary): number {
  if (summary.interrupted) return exitCodes.interrupted;
  return summary.rejects.count > 0 ? exitCodes.rejects : exitCodes.done;
}
