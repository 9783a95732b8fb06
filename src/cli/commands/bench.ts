import { benchKeys, benchOptions } from '../../config/bench-options.js';
import type { Command } from '../command.js';
import { type Arguments, configFlag, flagsOf, givenFlags, refuseInputs } from '../options.js';

/** `kosh-ingest bench`: measures the lock strategies against each other, on a throw-away store beside the user's. */
export const benchCommand: Command = {
  usage: '',
  positionals: {},
  description: 'Measures which lock strategy is fast here, and with how many workers: a table, and a report with pictures.',
  flags: { ...flagsOf(benchOptions), ...configFlag },
  examples: [
    ['', 'all strategies, up to 2 processes of 8 workers, in this folder'],
    ['--store threadsafe.sqlite --load bulk,read --workers 1,2,4', 'other loads, on the file system of this store'],
    ['--out after --baseline before/results.json', 'is it slower than it was? exit code 4'],
    ['--load kosh-scaling', "Kosh's own scaling job, beside Kosh's published times"],
  ],
  run: runBenchCommand,
};

async function runBenchCommand(argv: Arguments): Promise<number> {
  refuseInputs(argv, 'bench');
  const { benchConfig } = await import('../../config/bench-config.js');
  const config = benchConfig({
    flags: givenFlags(argv, benchKeys),
    env: process.env,
    file: argv.config as string | undefined,
  });
  const [engine, { readBaseline }, { checkOut }, { writeReport }, { benchText }, { withHooks }, outcome] = await Promise.all([
    import('../../../bench/strategies/run-bench.js'),
    import('../../../bench/strategies/baseline.js'),
    import('../../../bench/strategies/report/out-folder.js'),
    import('../../../bench/strategies/report/write-report.js'),
    import('../../../bench/strategies/report/table.js'),
    import('../with-hooks.js'),
    import('../bench-outcome.js'),
  ]);
  // What cannot be compared or written in the end is not measured for minutes first.
  const saved = config.baseline === undefined ? undefined : readBaseline(config.baseline);
  using _out = checkOut(config.out, config.baseline);
  const results = await withHooks(
    {
      progress: outcome.benchProgressText,
      milestone: outcome.benchMilestone,
      interrupted: 'ending the trial that runs; the rounds that were whole count',
    },
    (hooks) => engine.runBench(config, hooks, saved),
  );
  // Interrupted before a whole round, a run has no figures.
  const show = (files: readonly string[]) =>
    process.stdout.write(config.json ? `${JSON.stringify(results)}\n` : benchText(results, files));
  try {
    show(results.rounds > 0 ? writeReport(results, config.out, config.baseline) : []);
  } catch (error) {
    // What was measured for minutes is shown all the same.
    show([]);
    throw error;
  }
  return outcome.benchExitCode(results);
}
