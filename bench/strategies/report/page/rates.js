// @ts-check
import { carrying, highest, isFaulty, ofStrategy, Plot, trialsOf } from './base.js';
import { figure, tick } from './format.js';
import { inRow, rowPlot } from './rows.js';

/**
 * Bars of the rates with their spread, and lines of the floor and of the real Kosh.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawRates(drawing) {
  const { results, width, data } = drawing;
  const trials = trialsOf(drawing);
  const whole = trials.flatMap((trial) => (trial.rate && !isFaulty(trial) ? [{ ...trial, rate: trial.rate }] : []));
  const floor = results.floors.find(({ load, batchSize }) => load === data.load && String(batchSize) === data.batch);
  const peer = data.load === 'notebook' ? results.peer : undefined;
  const lines = [
    ...(floor ? [{ id: 'floor', value: floor.rate.median, dash: undefined, colour: 'var(--floor)' }] : []),
    ...(peer?.rate ? [{ id: 'peer', value: peer.rate.median, dash: '5 3', colour: 'var(--peer)' }] : []),
  ];
  const most = highest([...whole.map(({ rate }) => rate.max), ...lines.map(({ value }) => value)]);
  const values = carrying(whole, ({ id, rate }) => ({ id, mark: 'rate', median: rate.median, min: rate.min, max: rate.max }));
  return rowPlot(trials, {
    width,
    title: data.title,
    x: { domain: [0, most || 1], nice: true, grid: true, ticks: width < 480 ? 3 : 6, tickFormat: tick },
    marks: [
      Plot.barX(whole, {
        ...inRow,
        ...values,
        x: (trial) => trial.rate.median,
        fill: ofStrategy,
        ariaLabel: ({ id, rate }) => `${id}: ${figure(rate.median)}, ${figure(rate.min)} to ${figure(rate.max)}`,
      }),
      ...lines.flatMap((line) => [
        // Over bars of any colour.
        Plot.ruleX([line], { x: 'value', stroke: 'var(--surface)', strokeWidth: 4 }),
        Plot.ruleX([line], {
          ...carrying([line], ({ id, value }) => ({ id, mark: 'line', value })),
          x: 'value',
          stroke: line.colour,
          strokeWidth: 2,
          strokeDasharray: line.dash,
          ariaLabel: ({ id, value }) => `${id}: ${figure(value)}`,
        }),
      ]),
      ...spreads(whole),
      Plot.text(whole, {
        ...inRow,
        x: (trial) => trial.rate.max,
        text: ({ rate }) => figure(rate.median),
        textAnchor: 'start',
        dx: 6,
        fill: 'currentColor',
        stroke: 'var(--surface)',
        strokeWidth: 4,
        ...carrying(whole, ({ id }) => ({ id, mark: 'label' })),
      }),
    ],
  });
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
