// @ts-check
import { carrying, highest, isFaulty, ofStrategy, Plot, trialsOf } from './base.js';
import { figure, tick } from './format.js';
import { contendersOf, hasLittleRoom, inRow, rowPlot } from './rows.js';

/** A line that is so many times as far as the longest bar is left out: the bars would all look alike. */
const farAway = 4;

/**
 * Bars of the rates with their spread, and lines of the floor and of the real Kosh.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawRates(drawing) {
  const { results, width, data } = drawing;
  const trials = trialsOf(drawing);
  const whole = trials.flatMap((trial) => (trial.rate && !isFaulty(trial) ? [{ ...trial, rate: trial.rate }] : []));
  const longest = highest(whole.map(({ rate }) => rate.max));
  const isNear = (/** @type {{ rate: { median: number } }} */ { rate }) => longest === 0 || rate.median <= farAway * longest;
  const all = linesOf(drawing);
  const lines = all.filter(isNear);
  const beyond = all.filter((line) => !isNear(line));
  const most = highest([
    longest * (beyond.length > 0 ? 1.3 : 1),
    ...lines.map(({ rate }) => Math.min(rate.max, 1.3 * rate.median)),
  ]);
  const values = carrying(whole, ({ id, rate }) => ({ id, mark: 'rate', median: rate.median, min: rate.min, max: rate.max }));
  // Beside the words at the left there is room for one more line, if there is.
  const free = hasLittleRoom(width) ? 0 : 1;
  const best = whole.filter(({ id }) => id === results.verdict.best);
  // The numbers stand in a column of their own, where no line crosses them.
  const column = {
    ...inRow,
    frameAnchor: /** @type {const} */ ('right'),
    textAnchor: /** @type {const} */ ('end'),
    fill: 'currentColor',
  };
  const label = (/** @type {typeof whole} */ of, /** @type {number} */ fontWeight) =>
    Plot.text(of, {
      ...column,
      dx: numbersAt,
      fontWeight,
      text: ({ rate }) => figure(rate.median),
      ...carrying(of, ({ id }) => ({ id, mark: 'label' })),
    });
  return rowPlot(trials, {
    width,
    title: data.title,
    right: 88,
    top: 16 * Math.max(0, beyond.length - free),
    x: { domain: [0, most || 1], nice: beyond.length === 0, grid: true, ticks: hasLittleRoom(width) ? 3 : 6, tickFormat: tick },
    marks: [
      Plot.rectX(
        lines.filter(({ rate }) => rate.min < rate.max),
        {
          x1: ({ rate }) => rate.min,
          x2: ({ rate }) => Math.min(rate.max, most),
          fill: ({ colour }) => colour,
          fillOpacity: 0.11,
        },
      ),
      Plot.barX(whole, {
        ...inRow,
        ...values,
        x: (trial) => trial.rate.median,
        fill: ofStrategy,
        ariaLabel: ({ id, rate }) => `${id}: ${figure(rate.median)}, ${figure(rate.min)} to ${figure(rate.max)}`,
      }),
      ...lines.flatMap((line) => [
        // Over bars of any colour.
        Plot.ruleX([line], { x: ({ rate }) => rate.median, stroke: 'var(--surface)', strokeWidth: 4 }),
        Plot.ruleX([line], {
          ...carrying([line], ({ id, rate }) => ({ id, mark: 'line', value: rate.median, min: rate.min, max: rate.max })),
          x: ({ rate }) => rate.median,
          stroke: line.colour,
          strokeWidth: 2,
          strokeDasharray: line.dash,
          ariaLabel: ({ id, rate }) => `${id}: ${figure(rate.median)}`,
        }),
      ]),
      ...spreads(whole),
      label(
        whole.filter((trial) => !best.includes(trial)),
        400,
      ),
      label(best, 700),
      Plot.text(best, { ...column, dx: numbersAt + 18, text: () => '★', ariaLabel: ({ id }) => `${id}: recommended` }),
      atTop(trials, 'median', { dx: numbersAt, line: 0 }),
      ...beyond.map(({ name, rate }, i) =>
        atTop(trials, `${name}: ${figure(rate.median)}, beyond the axis →`, { dx: -8, line: i + 1 - free }),
      ),
    ],
  });
}

/** Where the column of numbers ends, right of the frame. */
const numbersAt = 64;

/**
 * Words over the first block.
 * @param {readonly import('./base.js').Trial[]} trials
 * @param {string} words
 * @param {{ readonly dx: number, readonly line: number }} place where they end, from the right of the frame; the line from below
 */
function atTop([first], words, { dx, line }) {
  return Plot.text(first ? [words] : [], {
    fy: () => first && contendersOf(first),
    frameAnchor: 'top-right',
    textAnchor: 'end',
    dx,
    dy: -22 - 16 * line,
    fill: 'var(--quiet)',
  });
}

/**
 * What the bars are compared with: the floor, and the real Kosh where it was measured.
 * @param {import('./base.js').Drawing} drawing
 */
function linesOf({ results, data }) {
  const floor = results.floors.find(({ load, batchSize }) => load === data.load && String(batchSize) === data.batch);
  const peer = data.load === 'notebook' ? results.peer : undefined;
  return [
    ...(floor ? [{ id: 'floor', name: 'floor', rate: floor.rate, dash: undefined, colour: 'var(--floor)' }] : []),
    ...(peer?.rate ? [{ id: 'peer', name: peer.name, rate: peer.rate, dash: '5 3', colour: 'var(--peer)' }] : []),
  ];
}

/**
 * Thin lines from the lowest to the highest, with an end at each side, and a seam that shows them over a bar.
 * @param {readonly (import('./base.js').Trial & { readonly rate: import('../../../support/statistics.js').Spread })[]} trials
 */
function spreads(trials) {
  const spread = trials.filter(({ rate }) => rate.min < rate.max);
  const ends = spread.flatMap((trial) => [trial.rate.min, trial.rate.max].map((value) => ({ ...trial, value })));
  const looks = [
    { stroke: 'var(--surface)', strokeWidth: 4, strokeLinecap: /** @type {const} */ ('round') },
    { stroke: 'var(--text)', strokeWidth: 1.3 },
  ];
  return looks.flatMap((look) => [
    Plot.ruleY(spread, { ...inRow, ...look, x1: (trial) => trial.rate.min, x2: (trial) => trial.rate.max }),
    Plot.tickX(ends, { ...inRow, ...look, x: 'value', inset: 4 }),
  ]);
}

/**
 * Bars of one figure of each trial, with what it is beside it.
 * @param {import('./base.js').Drawing} drawing
 * @param {{ readonly name: string, readonly of: (trial: import('./base.js').Trial) => number, readonly text: (value: number) => string, readonly most?: number }} figureOf
 */
export function drawBars(drawing, { name, of, text, most }) {
  const { width, data } = drawing;
  const trials = trialsOf(drawing);
  const whole = trials.filter((trial) => !isFaulty(trial));
  return rowPlot(trials, {
    width,
    title: data.title,
    x: { domain: [0, most ?? (highest(whole.map(of)) || 1)], nice: most === undefined, grid: true, ticks: 4, tickFormat: tick },
    marks: [
      Plot.barX(whole, {
        ...inRow,
        x: of,
        fill: ofStrategy,
        ariaLabel: (trial) => `${trial.id}: ${text(of(trial))}`,
        ...carrying(whole, (trial) => ({ id: trial.id, mark: name, value: of(trial) })),
      }),
      Plot.text(whole, { ...inRow, x: of, text: (trial) => text(of(trial)), textAnchor: 'start', dx: 5, fill: 'currentColor' }),
    ],
  });
}
