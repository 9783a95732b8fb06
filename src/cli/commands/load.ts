import { options } from '../../config/options.js';
import { codeOf, exitCodes, messageOf } from '../../errors.js';
import type { LoadSummary } from '../../ingest/summary.js';
import type { Reject } from '../../sources/source.js';
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

/** Reasons that are told at the end; the rejects file has them all. */
const shownReasons = 3;

async function runLoad(argv: Arguments): Promise<number> {
  const [{ loadConfig }, { Reporter }, print] = await Promise.all([
    import('../../config/load-config.js'),
    import('../reporter.js'),
    import('../print-summary.js'),
  ]);
  const words = process.argv.slice(2);
  const config = loadConfig({ flags: givenForLoad(argv), env: process.env, file: argv.config as string | undefined });
  const first: Reject[] = [];
  const codes = new Map<string, number>();
  /** Records that are in, of a load that has not come to its end. */
  let unfinished: number | undefined;
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
          for (const reject of rejects) {
            reporter.note(`refused: ${print.rejectText(reject)}`);
            if (first.length < shownReasons) first.push(reject);
            codes.set(reject.code, (codes.get(reject.code) ?? 0) + 1);
          }
        },
        onRound: (round) => reporter.warn(print.roundText(round)),
        onUnfinished: ({ records }) => {
          unfinished = records;
          reporter.event('unfinished', { records });
        },
      });
    },
    () => {
      const what = config.watch === undefined ? 'interrupted: finishing' : 'ending: finishing';
      reporter.warn(`${what} the running batches (Ctrl-C again to stop at once)`);
    },
  ).catch((error: unknown) => {
    if (unfinished !== undefined) reporter.warn(print.goOnText(unfinished, words));
    reporter.event('failed', { code: codeOf(error), message: messageOf(error) });
    throw error;
  });
  reporter.event('ended', { summary });
  reporter[Symbol.dispose]();
  if (config.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else if (!config.quiet) process.stdout.write(print.summaryText(summary, config));
  if (summary.verified && !config.json && !config.quiet)
    process.stdout.write(`\n${(await import('../print-verify.js')).verifyText(summary.verified)}`);
  if (first.length > 0 && !config.quiet && !config.dryRun)
    process.stderr.write(print.reasonsText(first, codes, summary.rejects.file));
  for (const text of [print.rejectsText, print.waitingText, print.stoppedText]) process.stderr.write(text(summary, config) ?? '');
  if (!config.quiet) process.stderr.write(print.interruptedText(summary, unfinished, words) ?? '');
  return exitCodeOf(summary);
}

function exitCodeOf({ interrupted, verified, rejects, stopped }: LoadSummary): number {
  if (interrupted || verified?.interrupted) return exitCodes.interrupted;
  if (verified && verified.differences.length > 0) return exitCodes.broken;
  return rejects.count > 0 || stopped ? exitCodes.rejects : exitCodes.done;
}
