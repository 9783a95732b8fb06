// @ts-check
import { carrying, decades, isFaulty, ofStrategy, Plot, trialsOf } from './base.js';
import { figure, tick } from './format.js';
import { inRow, rowPlot } from './rows.js';

/** @typedef {import('./base.js').Trial} Trial */

/** @typedef {(trial: Trial) => import('../../results.js').Distribution} Measure */

const wait = /** @type {Measure} */ (({ waitMs }) => waitMs);
const hold = /** @type {Measure} */ (({ holdMs }) => holdMs);
const within = /** @type {Measure} */ (({ handOverMs }) => handOverMs.sameProcess);
const between = /** @type {Measure} */ (({ handOverMs }) => handOverMs.otherProcess);

/**
 * What a drawing shows, and what the other one of the same figure does: both have the same scale.
 * @type {Readonly<Record<string, readonly [Measure, Measure]>>}
 */
const measures = {
  waitMs: [wait, hold],
  holdMs: [hold, wait],
  'handOverMs.sameProcess': [within, between],
  'handOverMs.otherProcess': [between, within],
};

/** Samples that a time needs, as in ../groups.ts: with fewer, chance is what is seen. */
const needed = { p99: 100, p999: 1000 };
const neededHandOvers = 30;

/** The resolution of the histograms, in milliseconds: a logarithmic scale has no 0. */
const resolution = 0.001;

/**
 * Percentiles of a time as dots, on a logarithmic scale.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawWaits(drawing) {
  const { width, data } = drawing;
  const trials = trialsOf(drawing);
  const whole = trials.filter((trial) => !isFaulty(trial));
  const [of, other] = measures[data.measure ?? ''] ?? [wait, hold];
  const least = of === wait || of === hold ? 1 : neededHandOvers;
  const known = (/** @type {Measure} */ one) => whole.map(one).filter(({ count }) => count >= least);
  const ends = [...known(of), ...known(other)].flatMap(({ p50, max }) => [at(p50), at(max)]);
  const ticks = decades(ends.length > 0 ? ends : [0.1, 10]);
  // Where they would touch, every other one is named.
  const step = width / ticks.length < 58 ? 2 : 1;
  const named = (/** @type {number} */ value) => (ticks.indexOf(value) % step === 0 ? tick(value) : '');
  const timed = whole.filter((trial) => of(trial).count >= least);
  return rowPlot(trials, {
    width,
    title: data.title,
    right: 30,
    x: { type: 'log', domain: [ticks[0] ?? 0.1, ticks.at(-1) ?? 10], ticks, grid: true, tickFormat: named },
    marks: [
      Plot.ruleY(timed, {
        ...inRow,
        x1: (trial) => at(of(trial).p50),
        x2: (trial) => at(of(trial).max),
        stroke: ofStrategy,
        strokeOpacity: 0.5,
      }),
      dots(timed, of, ['p90', 'p95'], { r: 2.4, fill: ofStrategy }),
      dots(timed, of, ['p99'], { r: 4.2, fill: ofStrategy, symbol: 'diamond' }),
      dots(timed, of, ['p999'], { r: 3.6, stroke: ofStrategy, fill: 'var(--surface)', strokeWidth: 1.6 }),
      dots(timed, of, ['max'], { r: 3.4, stroke: ofStrategy, symbol: 'times', strokeWidth: 1.6 }),
      dots(timed, of, ['p50'], { r: 4.4, fill: ofStrategy }),
      Plot.text(
        whole.filter((trial) => of(trial).count < least),
        {
          ...inRow,
          frameAnchor: 'left',
          dx: 4,
          text: (trial) => (of(trial).count === 0 ? 'none' : `only ${of(trial).count}`),
          fill: 'var(--quiet)',
        },
      ),
    ],
  });
}

/** @param {number} value */
const at = (value) => Math.max(resolution, value);

/**
 * @param {readonly Trial[]} trials
 * @param {Measure} of
 * @param {readonly ('p50' | 'p90' | 'p95' | 'p99' | 'p999' | 'max')[]} names
 * @param {import('@observablehq/plot').DotOptions} look
 */
function dots(trials, of, names, look) {
  const points = trials.flatMap((trial) =>
    names
      .filter((name) => (name !== 'p99' && name !== 'p999') || of(trial).count >= needed[name])
      .map((name) => ({ ...trial, name, value: of(trial)[name] })),
  );
  return Plot.dot(points, {
    ...inRow,
    ...look,
    x: ({ value }) => at(value),
    ariaLabel: ({ id, name, value }) => `${id}: ${name} ${figure(value)} ms`,
    ...carrying(points, ({ id, name, value }) => ({ id, mark: name, value })),
  });
}
