import type { RunResult } from '../run-stress.js';

/** What `--json` prints. */
export function reportObject({ run, verdict, history, interrupted }: RunResult, controlsCaught: boolean) {
  const { strategy, control, engine, processes, workers, seed, commandLine, notAvailable, facts } = run;
  return {
    strategy,
    control: control ?? null,
    engine,
    processes,
    workers,
    seed,
    commandLine,
    interrupted,
    broken: verdict.broken,
    invariants: verdict.invariants,
    figures: verdict.figures,
    notAvailable,
    provesNothing: verdict.provesNothing,
    controlsCaught,
    history: history ?? null,
    facts: facts ?? {},
  };
}
