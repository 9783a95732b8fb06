import { grouped } from '../support/grouped.js';
import { spreadOf } from '../support/statistics.js';
import type { Peer } from './peer/peer.js';
import { publishedSeconds } from './published.js';
import { isMeasured } from './recommendation.js';
import type { TrialResult } from './results.js';
import type { ScalingCurve } from './scaling.js';
import type { Measurements } from './verdict.js';
import { contendersOf, counted, durationText, gaveUpShare, percentText, rateText, ratioText } from './words.js';

/** So many trials that came out wrong are named. */
const wrongNamed = 10;

/** Above this a fit says nothing about more workers. */
const clearError = 0.2;

/** Jain's index below which the work is not shared evenly. */
export const evenShares = 0.8;

/** Fastest round / slowest round, above which a difference between trials says little. */
const clearSpread = 1.5;

/** Cores that others keep busy, above which the figures suffer. */
const quietCores = 0.3;

/** What was lost, or went wrong otherwise. */
export function wrongLines(trials: readonly TrialResult[]): string[] {
  const wrong = trials.filter(({ faults }) => faults.length > 0);
  const lines = wrong.slice(0, wrongNamed).map(({ id, faults: [first = '', ...others] }) => {
    const more = others.length > 0 ? `, and ${counted(others.length, 'more fault')}` : '';
    return `Wrong, so without a speed: ${id}: ${first.replace(/\.$/, '')}${more}.`;
  });
  const left = wrong.length - lines.length;
  return left > 0 ? [...lines, `${counted(left, 'more trial')} came out wrong.`] : lines;
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
    if (!fit) return [];
    const name = `${strategy}, load ${load}, ${counted(processes, 'process', 'processes')}`;
    const error = percentText(fit.error);
    if (fit.error > clearError) return [`${name}: not clear whether more workers help, the fit is ${error} off.`];
    const most = Math.max(...points.map(({ workers }) => workers));
    const enough = Math.min(most, Math.ceil(fit.enough / processes));
    const each = `${counted(enough, 'worker')}${processes > 1 ? ' each' : ''}`;
    if (enough < most) return [`${name}: more than ${each} will not help (fit error ${error}).`];
    const isPast = fit.best !== null && fit.best <= most * processes;
    return [`${name}: up to ${each} help${isPast ? '' : ', and more may'} (fit error ${error}).`];
  });
}

/** Of each strategy that shares unevenly: where it is worst. */
export function unfairLines(trials: readonly TrialResult[]): string[] {
  const shared = trials.filter((trial) => isMeasured(trial) && contendersOf(trial) > 1);
  return grouped(shared, ({ strategy }) => strategy).flatMap((group) => {
    const shares = group.flatMap(({ id, fairness }) => [
      { id, who: 'workers', jain: fairness.workers },
      { id, who: 'processes', jain: fairness.processes },
    ]);
    const [worst] = shares.filter(({ jain }) => jain < evenShares).sort((a, b) => a.jain - b.jain);
    if (!worst) return [];
    const [{ strategy }] = group;
    return [
      `${strategy} shares unevenly: Jain's index ${worst.jain.toFixed(2)} over the ${worst.who} of ${worst.id} (1 is even).`,
    ];
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
export function doubtLines({ trials, interrupted, rounds }: Measurements, picks: readonly TrialResult[]): string[] {
  const lines = picks.flatMap(({ id, rate }) => {
    const factor = rate ? rate.max / rate.min : 1;
    if (!(factor > clearSpread)) return [];
    const text = Number.isFinite(factor) ? `by a factor of ${factor.toFixed(1)}` : 'down to nothing';
    return [`Too uneven to tell it from trials that are near: the rounds of ${id} differ ${text}.`];
  });
  const others = trials.flatMap(({ runs }) => runs.map(({ otherCores }) => otherCores));
  const busy = others.length > 0 ? spreadOf(others).median : 0;
  if (busy > quietCores) {
    lines.push(
      `Other processes kept ${busy.toFixed(2)} cores busy meanwhile (median): on a quiet machine the figures are other ones.`,
    );
  }
  if (interrupted) lines.push(`Interrupted: the figures are those of ${counted(rounds, 'round')}.`);
  return lines;
}
