import type { RunProgress, RunResult } from '../../../bench/stress/run-stress.js';
import { type StressConfig, stressConfig, stressKeys, stressOptions } from '../../config/stress-options.js';
import { exitCodes } from '../../errors.js';
import type { Command } from '../command.js';
import { type Arguments, flagsOf, givenFlags, refuseInputs } from '../options.js';
import type { Hooks } from '../with-hooks.js';

/** `kosh-ingest stress`: puts a lock strategy to the test, on a throw-away store beside the user's. */
export const stressCommand: Command = {
  usage: '',
  positionals: {},
  description: 'Puts a lock strategy to the test: many writers and faults on a throw-away store, and a verdict.',
  flags: flagsOf(stressOptions),
  examples: [
    ['--store threadsafe.sqlite', 'RFileLock, beside this store, for a minute, with all faults'],
    ['--store threadsafe.sqlite --strategy None --faults no-locks', 'without a strategy, on a file system without locks: breaks'],
    ['--private-server one --seconds 300', 'OnlyRetry on a MariaDB server that is killed now and then'],
    ['--store threadsafe.sqlite --control all', 'strategies that are broken on purpose, which must be caught'],
    ['--check threadsafe.sqlite.stress-1.jsonl', 'judges a saved history again'],
  ],
  run: runStressCommand,
};

async function runStressCommand(argv: Arguments): Promise<number> {
  refuseInputs(argv, 'stress');
  const { check, ...config } = stressConfig(givenFlags(argv, stressKeys));
  if (check === undefined) return config.control === undefined ? runOnce(config) : runControls(config, config.control);
  const { checkHistory } = await import('../../../bench/stress/check-history.js');
  return show(checkHistory(check), config.json);
}

type RunConfig = Omit<StressConfig, 'check'>;

async function runOnce(config: RunConfig): Promise<number> {
  const { runStress } = await import('../../../bench/stress/run-stress.js');
  const result = await withStressHooks((hooks) => runStress(config, hooks));
  return show(result, config.json);
}

async function show(result: RunResult, isJson: boolean): Promise<number> {
  const [{ reportText }, { reportObject }, { wasCaught }] = await Promise.all([
    import('../../../bench/stress/report/report-text.js'),
    import('../../../bench/stress/report/report-object.js'),
    import('../../../bench/stress/report/caught-mark.js'),
  ]);
  const caught = wasCaught();
  process.stdout.write(isJson ? `${JSON.stringify(reportObject(result, caught))}\n` : reportText(result, caught));
  if (result.verdict.broken) return exitCodes.broken;
  if (!result.isWhole) return exitCodes.failed;
  return result.interrupted ? exitCodes.interrupted : exitCodes.done;
}

async function runControls(config: RunConfig, name: string): Promise<number> {
  const [controls, { controlsText }, { markCaught }] = await Promise.all([
    import('../../../bench/stress/run-controls.js'),
    import('../../../bench/stress/report/report-text.js'),
    import('../../../bench/stress/report/caught-mark.js'),
  ]);
  const names = controls.controlsNamed(name);
  let isInterrupted = false;
  const results = await withStressHooks(async (hooks) => {
    const all = await controls.runControls(names, config, hooks);
    isInterrupted = hooks.signal.aborted;
    return all;
  });
  const allCaught = results.length === names.length && results.every(({ caught }) => caught);
  if (allCaught && name === 'all') markCaught();
  process.stdout.write(
    config.json ? `${JSON.stringify({ controls: results, allCaught })}\n` : controlsText(results, names.length),
  );
  if (allCaught) return exitCodes.done;
  return isInterrupted ? exitCodes.interrupted : exitCodes.broken;
}

async function withStressHooks<T>(work: (hooks: Hooks<RunProgress>) => Promise<T>): Promise<T> {
  const [{ withHooks }, { counted }] = await Promise.all([import('../with-hooks.js'), import('../format.js')]);
  return withHooks(
    {
      progress: ({ phase, elapsedMs, faults }) =>
        `${phase.padEnd(8)}  ${Math.floor(elapsedMs / 1000)} s  ${counted(faults, 'fault')}`,
      interrupted: 'ending the run in order, then judging it',
    },
    work,
  );
}
