import type { ScalingCurve } from '../scaling.js';
import { count, counted, figure, percent } from './format.js';
import type { Group } from './groups.js';

/** `RFileLock, 2 processes`. */
function curveName({ strategy, processes }: ScalingCurve): string {
  return `${strategy}, ${counted(processes, 'process', 'processes')}`;
}

/** What the curves say about how many are enough: a line for each one with a fit, one for all others together. */
export function curveLines(groups: readonly Group[]): string[] {
  const lines = groups.flatMap(({ title, curves }) =>
    curves.flatMap((curve) => (curve.fit ? [`${title}, ${curveName(curve)}: ${fitText(curve, curve.fit)}.`] : [])),
  );
  const without = withoutFit(groups.flatMap(({ curves }) => curves));
  return without === undefined ? lines : [...lines, without];
}

/** Why there are curves without a fit, in one sentence; undefined where there are none. */
export function withoutFit(curves: readonly ScalingCurve[]): string | undefined {
  const few = curves.filter(({ fit }) => fit === undefined).length;
  if (few === 0) return undefined;
  const which = few === curves.length ? '' : ` on ${few} of ${curves.length} curves`;
  return `Too few points${which} for a fit, which needs three numbers of workers.`;
}

function fitText(curve: ScalingCurve, fit: NonNullable<ScalingCurve['fit']>): string {
  const { lambda, sigma, kappa, error, best, enough } = fit;
  const peak = best === null ? bestText(curve) : `the predicted best is ${bestText(curve)}`;
  return (
    `95 % reached at ${counted(enough, 'contender')}, ${peak} (contention ${figure(sigma)}, coherency ${figure(kappa)}, ` +
    `predicted for one ${figure(lambda)}/s, RMS error of the fit ${percent(error)})`
  );
}

/** The number of contenders with the highest predicted rate, and whether the measured points reach it. */
export function bestText({ points, fit }: ScalingCurve): string {
  if (fit === undefined) return '-';
  const { best } = fit;
  if (best === null) return 'no maximum';
  const all = points.map(({ contenders }) => contenders);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const measured = best > most ? ` (measured: up to ${count(most)})` : best < least ? ` (measured: from ${count(least)})` : '';
  return `${Number(best.toFixed(1)).toLocaleString('en-US')}${measured}`;
}
