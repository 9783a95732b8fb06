import { grouped } from '../support/grouped.js';
import { type LoadName, loadNames } from './loads.js';
import { isMeantFor, isMeasured, mostGivenUp, recommend, whyNothing } from './recommendation.js';
import { counted } from './report/format.js';
import type { BenchResults, TrialResult } from './results.js';
import {
  doubtLines,
  evenShares,
  fewestUnits,
  gaveUpLines,
  koshLines,
  peerLines,
  scalingLines,
  unfairLines,
  worstGivenUp,
  wrongLines,
} from './verdict-lines.js';
import { contendersOf, crewText, durationText, gaveUpShare, percentText, speedText, waitText } from './words.js';

/** What the figures mean, in plain words. */
export interface Verdict {
  /** One sentence: what to use here. */
  readonly headline: string;
  /** A few more: how much, what was lost or given up, what will not help, what limits it. */
  readonly lines: readonly string[];
  /** Id of the trial that is recommended; null when none can be. */
  readonly best: string | null;
  /** Every trial was whole: nothing lost, nothing twice, every store sound. */
  readonly isSound: boolean;
}

/** A run without what is concluded from it. */
export type Measurements = Omit<BenchResults, 'verdict' | 'comparison'>;

/** A trial that is recommended for its load. */
interface Pick {
  readonly load: LoadName;
  readonly trial: TrialResult;
}

/** What the figures mean. Of several loads the headline is about the first one of {@link loadNames} for which something can be recommended. */
export function verdictOf(results: Measurements): Verdict {
  const { trials, environment } = results;
  const loads = loadNames.filter((load) => trials.some((trial) => trial.load === load));
  const picks = loads.flatMap((load): Pick[] => {
    const trial = recommend(trials, load, environment.engine);
    return trial ? [{ load, trial }] : [];
  });
  const [pick, ...otherPicks] = picks;
  const place = environment.engine === 'SQLite' ? 'disk' : 'server';
  const severalLoads = loads.length > 1;
  const headline =
    results.control !== undefined
      ? `Control run (${results.control}): the strategies are bad on purpose, so nothing is recommended.`
      : pick === undefined
        ? `Nothing can be recommended on this ${place}: ${whyNothing(trials)}.`
        : pick.load === 'kosh-scaling'
          ? `${jobText(trials)}${warning(pick, trials)}.`
          : `On this ${place} use ${useText(pick, trials, severalLoads)}${warning(pick, trials)}.`;
  const withoutPick = loads.filter((load) => picks.every((one) => one.load !== load));
  return {
    headline,
    lines: [
      ...doubtLines(
        results,
        picks.map(({ trial }) => trial),
      ),
      ...(pick ? [...severalText(pick, results), ...othersText(pick, trials)] : []),
      ...otherPicks.map(({ load, trial }) => `Load ${load}: ${withCrew(trial, trials)}, ${speedText(trial)}.`),
      ...(pick ? withoutPick : []).map(
        (load) => `Load ${load}: nothing can be recommended, ${whyNothing(trials.filter((trial) => trial.load === load))}.`,
      ),
      ...wrongLines(trials),
      ...gaveUpLines(trials),
      ...(pick ? scalingLines(results.scaling, pick.trial) : []),
      ...unfairLines(trials),
      ...koshLines(trials),
      ...peerLines(results.peer),
    ],
    best: results.control === undefined ? (pick?.trial.id ?? null) : null,
    isSound: trials.every(({ faults }) => faults.length === 0),
  };
}

/** How long the largest of Kosh's scaling jobs took with each strategy: the number of processes is the job, and no choice. */
function jobText(trials: readonly TrialResult[]): string {
  const whole = trials.filter(({ jobSeconds }) => jobSeconds !== undefined);
  const n = Math.max(...whole.map(({ processes }) => processes));
  const times = whole.flatMap(({ processes, strategy, jobSeconds }) =>
    processes === n && jobSeconds ? [`${strategy} ${durationText(jobSeconds.median)}`] : [],
  );
  return `Kosh's scaling job, N = ${n}: ${times.join(', ')}, nothing lost`;
}

function useText({ load, trial }: Pick, trials: readonly TrialResult[], severalLoads: boolean): string {
  const condition = trial.strategy === 'None' ? ', if nothing else uses the store' : '';
  return `${withCrew(trial, trials)}${severalLoads ? ` for load ${load}` : ''}${condition}: ${speedText(trial)}, nothing lost`;
}

/** The batch size is named where there was a choice. */
function withCrew(trial: TrialResult, trials: readonly TrialResult[]): string {
  const { strategy, load, batchSize } = trial;
  const hasChoice = trials.some((other) => other.load === load && other.batchSize !== batchSize);
  return `${strategy} with ${crewText(trial)}${hasChoice ? ` and ${counted(batchSize, 'record')} a transaction` : ''}`;
}

/** The worst that can be said, of the strategy itself before the others. */
function warning({ trial: { strategy, load } }: Pick, trials: readonly TrialResult[]): string {
  const wrong = trials.filter(({ faults }) => faults.length > 0);
  const first = wrong.find((trial) => trial.strategy === strategy) ?? wrong[0];
  if (first) {
    const all = trials.filter((trial) => trial.strategy === first.strategy);
    const count = all.filter(({ faults }) => faults.length > 0).length;
    const what = count === all.length ? 'every trial' : `${count} of ${counted(all.length, 'trial')}`;
    return `${first.strategy === strategy ? ' there, but ' : '; '}${first.strategy} came out wrong in ${what}`;
  }
  const worst = worstGivenUp(trials.filter((trial) => trial.load === load));
  const share = worst ? gaveUpShare(worst.calls) : 0;
  return worst && share > mostGivenUp ? `; ${worst.strategy} gave up as many as ${percentText(share)} of its calls` : '';
}

/** What is fast for one says little to those who run several, and neither does what is fast because the others starve. */
function severalText({ load, trial }: Pick, { trials, environment }: Measurements): string[] {
  const several =
    contendersOf(trial) > 1 ? trial : recommend(trials, load, environment.engine, (other) => contendersOf(other) > 1);
  if (!several) return [];
  const lines = several === trial ? [] : [`With several writers: ${withCrew(several, trials)}, ${speedText(several)}.`];
  if (isEven(several) || several.calls.done < fewestUnits * contendersOf(several)) return lines;
  const even = recommend(trials, load, environment.engine, (other) => contendersOf(other) > 1 && isEven(other));
  const instead = even ? `; ${withCrew(even, trials)} shares evenly: ${speedText(even)}, longest wait ${waitText(even)}` : '';
  return [...lines, `${withCrew(several, trials)} lets some wait for others, up to ${waitText(several)}${instead}.`];
}

function isEven({ fairness }: TrialResult): boolean {
  return !(Math.min(fairness.workers, fairness.processes) < evenShares);
}

/** The fastest trial of each other strategy. */
function othersText({ load, trial }: Pick, trials: readonly TrialResult[]): string[] {
  if (load === 'kosh-scaling') return [];
  const isOther = (other: TrialResult) => other.load === load && other.strategy !== trial.strategy && isMeantFor(other);
  const others = grouped(trials.filter(isOther).filter(isMeasured), ({ strategy }) => strategy).map((group) =>
    group.reduce((best, other) => (other.rate.median > best.rate.median ? other : best)),
  );
  if (others.length === 0) return [];
  others.sort((a, b) => b.rate.median - a.rate.median);
  const texts = others.map((other) => {
    const share = gaveUpShare(other.calls);
    const lost = share > mostGivenUp ? `, ${percentText(share)} given up` : '';
    return `${other.strategy} ${speedText(other)} (${crewText(other)}${lost})`;
  });
  return [`The best of the others: ${texts.join('; ')}.`];
}
