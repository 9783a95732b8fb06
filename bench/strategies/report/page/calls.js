// @ts-check
import { carrying, isFaulty, ofStrategy, Plot, trialsOf } from './base.js';
import { figure, percent, tick } from './format.js';
import { drawBars } from './rates.js';
import { inRow, rowPlot } from './rows.js';

/** @typedef {import('./base.js').Drawing} Drawing */

/** @param {Drawing} drawing */
export function drawRetries(drawing) {
  return drawBars(drawing, {
    name: 'retries',
    of: ({ calls: { done, gaveUp, retries } }) => (retries === 0 ? 0 : (100 * retries) / Math.max(1, done + gaveUp)),
    text: figure,
  });
}

/** @param {Drawing} drawing */
export function drawGiveUps(drawing) {
  return drawBars(drawing, {
    name: 'giveUps',
    of: ({ calls: { done, gaveUp } }) => (gaveUp === 0 ? 0 : (100 * gaveUp) / (done + gaveUp)),
    text: (value) => percent(value / 100),
  });
}

/** @param {Drawing} drawing */
export function drawUseful(drawing) {
  return drawBars(drawing, {
    name: 'useful',
    of: ({ usefulShare }) => 100 * usefulShare,
    text: (value) => percent(value / 100),
    most: 100,
  });
}

/**
 * Jain's index over workers and over processes.
 * @param {Drawing} drawing
 */
export function drawFairness(drawing) {
  const { width, data } = drawing;
  const trials = trialsOf(drawing);
  const whole = trials.filter((trial) => !isFaulty(trial));
  const dots = (/** @type {'workers' | 'processes'} */ over, /** @type {import('@observablehq/plot').DotOptions} */ look) =>
    Plot.dot(whole, {
      ...inRow,
      ...look,
      x: ({ fairness }) => fairness[over],
      ariaLabel: ({ id, fairness }) => `${id}: over ${over} ${fairness[over].toFixed(3)}`,
      ...carrying(whole, ({ id, fairness }) => ({ id, mark: over, value: fairness[over] })),
    });
  return rowPlot(trials, {
    width,
    title: data.title,
    right: 20,
    x: { domain: [0, 1], grid: true, ticks: 5, tickFormat: tick },
    marks: [
      Plot.ruleY(whole, { ...inRow, x1: 0, x2: ({ fairness }) => fairness.workers, stroke: ofStrategy, strokeOpacity: 0.5 }),
      dots('processes', { symbol: 'square', r: 5, stroke: ofStrategy, strokeWidth: 1.5 }),
      dots('workers', { r: 4, fill: ofStrategy }),
    ],
  });
}
