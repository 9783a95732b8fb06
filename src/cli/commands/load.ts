import { options } from '../../config/options.js';
import { codeOf, exitCodes, messageOf } from '../../errors.js';
import type { LoadSummary } from '../../ingest/summary.js';
import { storeName } from '../../stores/store-location.js';
import type { Command } from '../command.js';
import { interruptible } from '../interrupt.js';
import { type Arguments, configFlag, flagsOf, givenForLoad } from '../options.js';

/** `kosh-ingest load`: fills a store from documents, or with generated ensembles and datasets. */
export const loadCommand: Command = {
  usage: '[inputs..]',
  positionals: { inputs: { description: options.inputs.description } },
  description: 'Loads documents, JSON Lines, CSV, or generated ensembles and datasets into a Kosh store in parallel.',
  flags: { ...flagsOf(options), ...configFlag },
  examples: [
    ['--store threadsafe.sqlite', "the notebook's job: 10 ensembles of 10 datasets"],
    ['runs/*.json --store study.sqlite', 'documents'],
    ['runs/ --store study.sqlite --dry-run', 'what would be loaded and refused, and how long it would take'],
    ['runs.csv --store study.sqlite --id-column run', 'a dataset for each row'],
  ],
  run: runLoad,
};

async function runLoad(argv: Arguments): Promise<number> {
  const [{ loadConfig }, { Reporter }, print] = await Promise.all([
    import('../../config/load-config.js'),
    import('../reporter.js'),
    import('../print-summary.js'),
  ]);
  const words = process.argv.slice(2);
  const config = loadConfig({ flags: givenForLoad(argv), env: process.env, file: argv.config as string | undefined });
  using reporter = new Reporter(config);
  reporter.event('started', { command: words, store: storeName(config.store), workers: config.workers });
  const summary = await interruptible(
    async (signal) => {
      const { load } = await import('../../ingest/load.js');
      return load(config, {
        signal,
        onWarning: (message) => reporter.warn(message),
        onProgress: (progress) => reporter.progress(progress),
        onChunk: (result) => {
          reporter.note(print.chunkText(result));
          reporter.event('chunk', print.chunkFields(result));
        },
        onRejects: (rejects) => {
          for (const reject of rejects) reporter.note(`refused: ${print.rejectText(reject)}`);
        },
        onRound: (round) => reporter.warn(print.roundText(round)),
        onUnfinished: ({ records }) => reporter.warn(print.goOnText(records, words)),
      });
    },
    () => {
      const what = config.watch === undefined ? 'interrupted: finishing' : 'ending: finishing';
      reporter.warn(`${what} the running batches (Ctrl-C again to stop at once)`);
    },
  ).catch((error: unknown) => {
    reporter.event('failed', { code: codeOf(error), message: messageOf(error) });
    throw error;
  });
  reporter.event('ended', { summary });
  reporter[Symbol.dispose]();
  if (config.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else if (!config.quiet) process.stdout.write(print.summaryText(summary, config));
  if (summary.verified && !config.json && !config.quiet)
    process.stdout.write(`\n${(await import('../print-verify.js')).verifyText(summary.verified)}`);
  for (const text of [print.rejectsText, print.waitingText, print.stoppedText]) process.stderr.write(text(summary) ?? '');
  return exitCodeOf(summary);
}

function exitCodeOf({ interrupted, verified, rejects, stopped }: LoadSummary): number {
  if (interrupted || verified?.interrupted) return exitCodes.interrupted;
  if (verified && verified.differences.length > 0) return exitCodes.broken;
  return rejects.count > 0 || stopped ? exitCodes.rejects : exitCodes.done;
}
