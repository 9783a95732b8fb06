// @ts-check
import { carrying, highest, ofStrategy, Plot, plotStyle } from './base.js';
import { figure, tick } from './format.js';

/** @typedef {import('../../scaling.js').ScalingCurve} Curve */
/** @typedef {import('../../scaling.js').ScalingFit} Fit */

/**
 * Gunther's Universal Scalability Law.
 * @param {Fit} fit
 * @param {number} n contenders
 */
const predicted = ({ lambda, sigma, kappa }, n) => (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));

/**
 * Rates against contenders, with the fitted curve and its best.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawScaling({ results, width, data }) {
  const group = results.scaling.filter(({ load, batchSize }) => load === data.load && String(batchSize) === data.batch);
  const curves = group.filter(({ processes }) => String(processes) === data.processes);
  const points = curves.flatMap(({ strategy, processes, points: own }) =>
    own.map((point) => ({ ...point, strategy, id: `${strategy} ${processes}x${point.workers}` })),
  );
  const most = highest(points.map(({ contenders }) => contenders));
  const ticks = [...new Set(points.map(({ contenders }) => contenders))];
  // The curve goes on to its best, unless that is so far away that the points would be pushed together.
  const bests = curves.flatMap(({ strategy, processes, fit }) =>
    fit?.best != null && fit.best <= 1.5 * most
      ? [{ id: `${strategy} ${processes}`, strategy, best: fit.best, rate: predicted(fit, fit.best) }]
      : [],
  );
  const end = Math.max(most, 1.05 * highest(bests.map(({ best }) => best)), 2);
  const line = curves.flatMap(({ strategy, fit, points: own }) =>
    fit ? sampled(fit, strategy, Math.min(...own.map(({ contenders }) => contenders)), end) : [],
  );
  return Plot.plot({
    width,
    height: Math.round(Math.min(340, Math.max(240, width * 0.6))),
    marginLeft: 52,
    marginTop: 16,
    marginBottom: 40,
    ariaLabel: `${data.title}: rate by contenders`,
    style: plotStyle,
    x: {
      domain: [0, end],
      ticks,
      tickFormat: tick,
      label: 'contenders (processes × workers)',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      domain: [0, 1.04 * highest(group.flatMap((curve) => curve.points.map(({ max }) => max))) || 1],
      grid: true,
      ticks: 5,
      label: null,
      tickFormat: tick,
    },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      Plot.line(
        line.filter(({ n }) => n <= most),
        { x: 'n', y: 'rate', z: 'strategy', stroke: ofStrategy, strokeWidth: 1.8 },
      ),
      Plot.line(
        line.filter(({ n }) => n >= most),
        { x: 'n', y: 'rate', z: 'strategy', stroke: ofStrategy, strokeWidth: 1.8, strokeDasharray: '4 4' },
      ),
      Plot.ruleX(points, { x: 'contenders', y1: 'min', y2: 'max', stroke: ofStrategy, strokeWidth: 1.4 }),
      Plot.dot(points, {
        x: 'contenders',
        y: 'rate',
        fill: ofStrategy,
        r: 4,
        ariaLabel: ({ id, rate, min, max }) => `${id}: ${figure(rate)}, ${figure(min)} to ${figure(max)}`,
        ...carrying(points, ({ id, contenders, rate, min, max }) => ({ id, mark: 'point', contenders, rate, min, max })),
      }),
      Plot.dot(bests, {
        x: 'best',
        y: 'rate',
        symbol: 'diamond',
        r: 6,
        stroke: ofStrategy,
        fill: 'var(--surface)',
        strokeWidth: 2,
        ariaLabel: ({ id, best }) => `${id}: predicted best ${best.toFixed(1)}`,
        ...carrying(bests, ({ id, best }) => ({ id, mark: 'best', value: best })),
      }),
    ],
  });
}

/**
 * @param {Fit} fit
 * @param {string} strategy
 * @param {number} from
 * @param {number} to
 */
function sampled(fit, strategy, from, to) {
  const steps = 120;
  return Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps).map((n) => ({
    strategy,
    n,
    rate: predicted(fit, n),
  }));
}
