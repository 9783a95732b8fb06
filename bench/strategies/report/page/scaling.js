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
  const ticks = [...new Set(points.map(({ contenders }) => contenders))].sort((a, b) => a - b);
  const [least, most] = [ticks[0] ?? 1, ticks.at(-1) ?? 2];
  // What lies outside of what was measured is a guess: the table says it, no mark does.
  const bests = curves.flatMap(({ strategy, processes, fit }) =>
    fit?.best != null && fit.best >= least && fit.best <= most
      ? [{ id: `${strategy} ${processes}`, strategy, best: fit.best, rate: predicted(fit, fit.best) }]
      : [],
  );
  const line = curves.flatMap(({ strategy, fit }) => (fit ? sampled(fit, strategy, [least, most]) : []));
  const strategies = curves.map(({ strategy }) => strategy);
  return Plot.plot({
    width,
    height: Math.round(Math.min(340, Math.max(240, width * 0.6))),
    marginLeft: 62,
    marginTop: 26,
    marginBottom: 40,
    ariaLabel: `${data.title}: rate by contenders`,
    style: plotStyle,
    x: {
      type: 'log',
      base: 2,
      domain: [least / 1.25, Math.max(most, least * 1.5) * 1.25],
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
      label: `${data.unit} a second`,
      labelArrow: 'none',
      tickFormat: tick,
    },
    symbol: { domain: Object.keys(symbols), range: Object.values(symbols) },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      Plot.line(line, { x: 'n', y: 'rate', z: 'strategy', stroke: ofStrategy, strokeWidth: 1.8 }),
      // A little beside each other, so that equal rates do not hide each other.
      ...strategies.flatMap((strategy, i) => {
        const own = points.filter((point) => point.strategy === strategy);
        const dx = (i - (strategies.length - 1) / 2) * 5;
        return [
          Plot.ruleX(own, { x: 'contenders', y1: 'min', y2: 'max', dx, stroke: ofStrategy, strokeWidth: 1.4 }),
          Plot.dot(own, {
            x: 'contenders',
            y: 'rate',
            dx,
            symbol: 'strategy',
            fill: ofStrategy,
            stroke: 'var(--surface)',
            strokeWidth: 0.8,
            r: 4.6,
            ariaLabel: ({ id, rate, min, max }) => `${id}: ${figure(rate)}, ${figure(min)} to ${figure(max)}`,
            ...carrying(own, ({ id, contenders, rate, min, max }) => ({ id, mark: 'point', contenders, rate, min, max })),
          }),
        ];
      }),
      Plot.dot(bests, {
        x: 'best',
        y: 'rate',
        symbol: () => 'best',
        r: 6.5,
        // Not filled: a point may be under it.
        stroke: ofStrategy,
        strokeWidth: 2,
        ariaLabel: ({ id, best }) => `${id}: predicted best ${best.toFixed(1)}`,
        ...carrying(bests, ({ id, best }) => ({ id, mark: 'best', value: best })),
      }),
    ],
  });
}

/** @type {Readonly<Record<string, import('@observablehq/plot').SymbolType>>} */
const symbols = { None: 'circle', RFileLock: 'square', OnlyRetry: 'triangle', best: 'diamond' };

/**
 * Points of a curve, evenly on a logarithmic axis.
 * @param {Fit} fit
 * @param {string} strategy
 * @param {readonly [from: number, to: number]} range contenders
 */
function sampled(fit, strategy, [from, to]) {
  const steps = 120;
  return Array.from({ length: steps + 1 }, (_, i) => from * (to / from) ** (i / steps)).map((n) => ({
    strategy,
    n,
    rate: predicted(fit, n),
  }));
}
