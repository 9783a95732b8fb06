import { grouped } from '../support/grouped.js';
import { spreadOf } from '../support/statistics.js';
import type { Peer } from './peer/peer.js';
import { publishedSeconds } from './published.js';
import { isMeasured } from './recommendation.js';
import { counted } from './report/format.js';
import type { TrialResult } from './results.js';
import type { ScalingCurve } from './scaling.js';
import type { Measurements } from './verdict.js';
import { contendersOf, durationText, gaveUpShare, percentText, rateText, ratioText } from './words.js';

/** With fewer points three parameters fit whatever was measured. */
const fewestPoints = 4;

/** Above this a fit says nothing about more workers. */
const clearError = 0.2;

/** Jain's index below which the work is not shared evenly. */
export const evenShares = 0.8;

/** Of each contender, below which its share is chance. */
export const fewestUnits = 5;

/** Fastest round / slowest round, above which a difference between trials says little. */
const clearSpread = 1.5;

/** Cores that others keep busy, above which the figures suffer. */
const quietCores = 0.3;

/** What was lost, or went wrong otherwise: of each strategy in how many trials, and one of them. */
export function wrongLines(trials: readonly TrialResult[]): string[] {
  return grouped(trials, ({ strategy }) => strategy).flatMap((group) => {
    const wrong = group.filter(({ faults }) => faults.length > 0);
    const [first] = wrong;
    if (!first) return [];
    const { strategy, id, faults } = first;
    return [
      `${strategy} came out wrong in ${wrong.length} of ${counted(group.length, 'trial')}, such as ${id}: ${(faults[0] ?? '').replace(/\.$/, '')}.`,
    ];
  });
}

/** The trial that gave up the largest part of its calls; undefined when all gave up none. */
export function worstGivenUp(trials: readonly TrialResult[]): TrialResult | undefined {
  const some = trials.filter(({ calls }) => calls.gaveUp > 0);
  return some.toSorted((a, b) => gaveUpShare(b.calls) - gaveUpShare(a.calls))[0];
}

/** Of each strategy that gave up calls: how many at most, and where. */
export function gaveUpLines(trials: readonly TrialResult[]): string[] {
  return grouped(trials, ({ strategy }) => strategy).flatMap((group) => {
    const worst = worstGivenUp(group);
    if (!worst) return [];
    const { id, strategy, calls } = worst;
    const [code] = Object.entries(calls.gaveUpByCode).sort(([, a], [, b]) => b - a)[0] ?? [];
    const why = code === undefined ? '' : `, most often with ${code}`;
    return [`${strategy} gave up at most ${percentText(gaveUpShare(calls))} of its calls: in ${id}${why}.`];
  });
}

/** Whether more workers help the trial that is recommended. */
export function scalingLines(curves: readonly ScalingCurve[], best: TrialResult): string[] {
  const own = curves.filter(
    ({ strategy, load, batchSize }) => strategy === best.strategy && load === best.load && batchSize === best.batchSize,
  );
  return own.flatMap(({ strategy, load, processes, points, fit }) => {
    if (!fit || points.length < fewestPoints) return [];
    const name = `${strategy}, load ${load}, ${counted(processes, 'process', 'processes')}`;
    if (fit.error > clearError) {
      return [`${name}: not clear whether more workers help, the fit is ${percentText(fit.error)} off.`];
    }
    const most = Math.max(...points.map(({ workers }) => workers));
    const enough = Math.min(most, Math.ceil(fit.enough / processes));
    const each = `${counted(enough, 'worker')}${processes > 1 ? ' each' : ''}`;
    if (enough < most) return [`${name}: more than ${each} will not help.`];
    const isPast = fit.best !== null && fit.best <= most * processes;
    return [`${name}: up to ${each} help${isPast ? '' : ', and more may'}.`];
  });
}

/** Of each strategy that shares unevenly: where it is worst. */
export function unfairLines(trials: readonly TrialResult[]): string[] {
  // With hardly a unit for each, shares say nothing.
  const isShared = (trial: TrialResult) => trial.calls.done >= fewestUnits * contendersOf(trial) && contendersOf(trial) > 1;
  const shared = trials.filter((trial) => isMeasured(trial) && isShared(trial));
  return grouped(shared, ({ strategy }) => strategy).flatMap((group) => {
    const shares = group.flatMap(({ id, fairness }) => [
      { id, who: 'workers', jain: fairness.workers },
      { id, who: 'processes', jain: fairness.processes },
    ]);
    const [worst] = shares.filter(({ jain }) => jain < evenShares).sort((a, b) => a.jain - b.jain);
    if (!worst) return [];
    const [{ strategy }] = group;
    return [`${strategy} lets some ${worst.who} starve: Jain's index ${worst.jain.toFixed(2)} in ${worst.id} (1 is even).`];
  });
}

/** Kosh's own test of scaling beside the times that Kosh published: the largest one of each strategy that has both. */
export function koshLines(trials: readonly TrialResult[]): string[] {
  const jobs = trials.filter(isMeasured).flatMap(({ load, strategy, processes: n, jobSeconds }) => {
    const published = publishedSeconds(strategy, n);
    return load === 'kosh-scaling' && jobSeconds && published !== undefined
      ? [{ strategy, n, seconds: jobSeconds.median, published }]
      : [];
  });
  return grouped(jobs, ({ strategy }) => strategy).map((group) => {
    const { strategy, n, seconds, published } = group.reduce((most, job) => (job.n > most.n ? job : most));
    const engine = strategy === 'OnlyRetry' ? 'MariaDB' : 'SQLite';
    const size = `${n} runs x ${n} ensembles x ${n} datasets`;
    return `${size} with ${strategy}: ${durationText(seconds)}; Kosh published ${durationText(published)} with ${strategy} on ${engine}.`;
  });
}

/** The real Kosh in the same run. */
export function peerLines(peer: Peer | undefined): string[] {
  if (!peer) return [];
  const { name, rate, floorRatio, faults } = peer;
  if (faults.length > 0) return [`${name} came out wrong: ${(faults[0] ?? '').replace(/\.$/, '')}.`];
  if (!rate) return [];
  const ratio = floorRatio ? `, ${ratioText(floorRatio.median)} of the floor` : '';
  return [`${name} with the notebook's loop: ${rateText(rate.median)} records a second${ratio}.`];
}

/** What limits all of this. */
export function doubtLines(
  { trials, floors, environment, interrupted, rounds }: Measurements,
  picks: readonly TrialResult[],
): string[] {
  const lines: string[] = [];
  const others = trials.flatMap(({ runs }) => runs.map(({ otherCores }) => otherCores));
  const busy = others.length > 0 ? spreadOf(others).median : 0;
  if (busy > quietCores) {
    lines.push(
      `The machine was busy: other programs kept ${busy.toFixed(1)} of ${environment.cores} cores (median). Run again when it is idle.`,
    );
  }
  for (const { id, rate } of picks) {
    const factor = rate ? rate.max / rate.min : 1;
    if (!(factor > clearSpread)) continue;
    const text = Number.isFinite(factor) ? `by a factor of ${factor.toFixed(1)}` : 'down to nothing';
    lines.push(`A guess, no more: the rounds of ${id} differ ${text}. Run again with more --repeats.`);
  }
  for (const { load, unit, rate } of floors) {
    if (!(rate.max / rate.min > clearSpread)) continue;
    const range = `${rateText(rate.min)} to ${rateText(rate.max)}`;
    lines.push(`The floor of load ${load} itself varied from ${range} ${unit} a second: compare rates, not ratios.`);
  }
  if (interrupted) lines.push(`Interrupted: the figures are those of ${counted(rounds, 'round')}.`);
  return lines;
}
