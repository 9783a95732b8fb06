import type { StrategyName } from '../../src/locks/registry.js';
import type { Spread } from '../support/statistics.js';
import type { LoadName } from './loads.js';
import { counted } from './report/format.js';
import type { Environment, TrialResult } from './results.js';
import { contendersOf, gaveUpShare } from './words.js';

/** A trial that gave up more of its calls is not recommended. */
export const mostGivenUp = 0.001;

/** A median that is lower by no more may be as fast. */
const sameSpeed = 0.95;

/** Which strategy is rather named when the speed is the same: first the one that was made for this kind of store, `None` last. */
const preferred: Readonly<Record<Environment['engine'], readonly StrategyName[]>> = {
  SQLite: ['RFileLock', 'OnlyRetry', 'None'],
  MariaDB: ['OnlyRetry', 'RFileLock', 'None'],
};

/** A trial with a speed. */
export type Measured = TrialResult & { readonly rate: Spread };

/** It has a rate, and nothing went wrong. */
export function isMeasured(trial: TrialResult): trial is Measured {
  return trial.faults.length === 0 && trial.rate !== undefined && trial.rate.median > 0;
}

/**
 * The trial to recommend for a load; undefined when there is none.
 *
 * It is the fastest one of those that lost nothing and gave up at most 0.1 % of their calls. Of those that are as fast as far as can be told (the ranges of
 * the rounds overlap, the medians are within 5 %) it is the one whose strategy fits the store and stays safe when other jobs write too, then the one with
 * fewer processes, then with fewer workers. `None` is only considered for one contender: Kosh's documentation has it for stores that are not called in
 * parallel, however fast it is. A strategy that came out wrong in any trial of the run is never named.
 */
export function recommend(
  trials: readonly TrialResult[],
  load: LoadName,
  engine: Environment['engine'],
  isWanted: (trial: TrialResult) => boolean = () => true,
): TrialResult | undefined {
  const wrong = new Set(trials.filter(({ faults }) => faults.length > 0).map(({ strategy }) => strategy));
  const all = trials.filter(
    (trial): trial is Measured => trial.load === load && isMeasured(trial) && isFit(trial) && isWanted(trial),
  );
  const candidates = sameJob(all.filter(({ strategy }) => !wrong.has(strategy)));
  const [first, ...others] = candidates;
  if (first === undefined) return undefined;
  const fastest = others.reduce((best, trial) => (trial.rate.median > best.rate.median ? trial : best), first);
  const rank = ({ strategy }: Measured) => preferred[engine].indexOf(strategy);
  return candidates
    .filter((trial) => isAsFast(trial, fastest))
    .sort((a, b) => rank(a) - rank(b) || a.processes - b.processes || a.workers - b.workers || b.rate.median - a.rate.median)[0];
}

/** Why no trial of the load can be recommended: the end of a sentence. */
export function whyNothing(trials: readonly TrialResult[]): string {
  const wrong = trials.filter(({ faults }) => faults.length > 0);
  const [first] = wrong;
  if (first && wrong.length === trials.length) {
    return `every trial came out wrong, such as ${first.id}: ${first.faults[0] ?? ''}`;
  }
  const whole = trials.filter(isMeasured);
  const wrongStrategies = new Set(wrong.map(({ strategy }) => strategy));
  const loose = whole.filter((trial) => !isMeantFor(trial));
  const distrusted = whole.filter((trial) => isFit(trial) && wrongStrategies.has(trial.strategy));
  const reasons = [
    [wrong.length, 'came out wrong'],
    [distrusted.length, 'had a strategy that came out wrong elsewhere'],
    [trials.length - wrong.length - whole.length, 'did nothing that was measured'],
    [whole.length - loose.length - distrusted.length, `gave up more than ${mostGivenUp * 100} % of the calls`],
    [loose.length, 'had several writers without a strategy'],
  ] as const;
  if (trials.length === 0 || whole.length + wrong.length === 0) return 'nothing was measured';
  const said = reasons.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `of ${counted(trials.length, 'trial')} ${said.join(', ')}`;
}

function isFit(trial: TrialResult): boolean {
  return gaveUpShare(trial.calls) <= mostGivenUp && isMeantFor(trial);
}

/** Not `None` for several contenders. */
export function isMeantFor(trial: TrialResult): boolean {
  return trial.strategy !== 'None' || contendersOf(trial) === 1;
}

/** Each number of processes is another job in Kosh's test: only the largest that was done says something. */
function sameJob(trials: readonly Measured[]): readonly Measured[] {
  const most = Math.max(...trials.map(({ processes }) => processes));
  return trials.filter(({ load, processes }) => load !== 'kosh-scaling' || processes === most);
}

/** With a single round the spread is not known. */
function isAsFast(trial: Measured, fastest: Measured): boolean {
  const overlaps = trial.rate.max >= fastest.rate.min || trial.runs.length < 2 || fastest.runs.length < 2;
  return trial === fastest || (overlaps && trial.rate.median >= sameSpeed * fastest.rate.median);
}
