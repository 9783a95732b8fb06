// @ts-check
import { carrying, Plot, plotStyle } from './base.js';
import { figure, tick } from './format.js';

/** @typedef {import('./base.js').Trial} Trial */
/** @typedef {{ readonly span: number, readonly lane: string, readonly asked: number, readonly begun: number, readonly ended: number, readonly outcome: 0 | 1, readonly retries: number, readonly isWaiting: boolean }} Bar */
/** @typedef {(time: number) => number} Place */

/**
 * Of the drawing, in pixels.
 * @param {number} width
 */
export const marginsOf = (width) => ({ left: isNarrow(width) ? 46 : 132, right: 16 });

/** @param {number} width */
const isNarrow = (width) => width < 600;

/** So many can be drawn one by one, each with its numbers, while somebody turns the wheel. */
const mostSingle = 1500;

/**
 * Both are counted from 1 on, as in trace.json.
 * @param {Trial['timeline']['lanes'][number]} lane
 */
export const laneName = ({ process, worker }) => `process ${process + 1}, worker ${worker + 1}`;

/**
 * Where there is little room: `1.2`.
 * @param {string} name
 */
const shortName = (name) => name.replace(/^process (\d+), worker (\d+)$/, '$1.$2');

/**
 * When the last thing of the window happened, and who was still waiting then: those spans end where they begin, at the end of the window.
 * @param {Trial} trial
 */
export function windowOf({ timeline: { spans } }) {
  const last = spans.reduce((latest, [, , begun]) => Math.max(latest, begun), 0);
  const isWaiting = (/** @type {import('../../results.js').Span} */ [, , begun, ended, outcome]) =>
    outcome === 0 && begun === ended && ended === last;
  const end = spans.some(isWaiting) ? last : spans.reduce((latest, [, , , ended]) => Math.max(latest, ended), 1);
  return { end, isWaiting };
}

/**
 * Who held the lock in a stretch of time, one lane a worker.
 * @param {Trial} trial
 * @param {import('./zoom.js').Range} range microseconds
 * @param {number} width
 */
export function drawLanes(trial, [from, to], width) {
  const { id, timeline } = trial;
  const names = timeline.lanes.map(laneName);
  const { isWaiting } = windowOf(trial);
  const bars = timeline.spans
    .map((one, span) => {
      const [lane, asked, begun, ended, outcome, retries] = one;
      return { span, lane: names[lane] ?? '', asked, begun, ended, outcome, retries, isWaiting: isWaiting(one) };
    })
    .filter(({ asked, ended }) => ended >= from && asked <= to);
  const inside = (/** @type {number} */ time) => Math.min(to, Math.max(from, time)) / 1000;
  return Plot.plot({
    width,
    height: 56 + Math.max(18, Math.min(34, 260 / names.length)) * names.length,
    marginLeft: marginsOf(width).left,
    marginRight: marginsOf(width).right,
    marginTop: 8,
    marginBottom: 38,
    ariaLabel: `Who held the lock in ${id}, from ${figure(from / 1000)} to ${figure(to / 1000)} ms`,
    style: plotStyle,
    x: {
      domain: [from / 1000, to / 1000],
      label: 'ms from the begin of the window',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: width < 480 ? 4 : 8,
      tickFormat: tick,
    },
    y: {
      type: 'band',
      domain: names,
      label: null,
      padding: 0.22,
      tickSize: 0,
      tickFormat: isNarrow(width) ? shortName : undefined,
    },
    marks: [
      Plot.ruleY(names, { y: (lane) => lane, stroke: 'var(--grid)' }),
      ...(bars.length > mostSingle ? shapes : singles)(bars, inside),
    ],
  });
}

/**
 * A bar for each wait and each hold, with its numbers.
 * @param {readonly Bar[]} bars
 * @param {Place} inside
 */
function singles(bars, inside) {
  const held = bars.filter(isHold);
  const failed = bars.filter(({ outcome, ended }) => outcome === 1 && inside(ended) === ended / 1000);
  return [
    Plot.barX(bars, {
      x1: ({ asked }) => inside(asked),
      x2: ({ begun }) => inside(begun),
      y: 'lane',
      fill: ({ outcome }) => (outcome === 0 ? 'var(--shown)' : 'var(--fault)'),
      fillOpacity: ({ outcome }) => (outcome === 0 ? 0.28 : 0.5),
      insetTop: 3,
      insetBottom: 3,
      ...carrying(bars, ({ span, asked, begun }) => ({ span, mark: 'wait', asked, begun })),
    }),
    Plot.barX(held, {
      x1: ({ begun }) => inside(begun),
      x2: ({ ended }) => inside(ended),
      y: 'lane',
      fill: 'var(--shown)',
      stroke: 'var(--shown)',
      strokeWidth: 0.5,
      ariaLabel: words,
      ...carrying(held, ({ span, begun, ended }) => ({ span, mark: 'hold', begun, ended })),
    }),
    Plot.dot(failed, {
      x: ({ ended }) => inside(ended),
      y: 'lane',
      symbol: 'times',
      stroke: 'var(--fault)',
      strokeWidth: 2,
      r: 4,
      ariaLabel: words,
    }),
    Plot.tip(bars, Plot.pointerX({ x: ({ begun }) => inside(begun), y: 'lane', title: words, maxRadius: 30 })),
  ];
}

/** @param {Bar} bar */
const isHold = ({ outcome, isWaiting }) => outcome === 0 && !isWaiting;

/** @param {Bar} bar */
function words({ lane, asked, begun, ended, outcome, retries, isWaiting }) {
  const held = `in a transaction ${figure((ended - begun) / 1000)} ms`;
  const end = isWaiting ? 'and waits on at the end of the window' : outcome === 0 ? held : 'gave up';
  const again = retries > 0 ? `\nretries: ${retries}` : '';
  return `${lane}, from ${figure(asked / 1000)} ms\nwaited ${figure((begun - asked) / 1000)} ms, ${end}${again}`;
}

/**
 * The same as one shape for all waits, one for all holds and one for what failed: thousands would take seconds one by one, and nobody sees one of them.
 * @param {readonly Bar[]} bars
 * @param {Place} inside
 */
function shapes(bars, inside) {
  const held = bars.filter(isHold);
  const failed = bars.filter(({ outcome }) => outcome === 1);
  return [
    shape(
      bars.filter(({ outcome }) => outcome === 0).map(({ lane, asked, begun }) => [lane, inside(asked), inside(begun)]),
      { fill: 'var(--shown)', opacity: 0.28, inset: 3 },
    ),
    shape(
      failed.map(({ lane, asked, ended }) => [lane, inside(asked), inside(ended)]),
      { fill: 'var(--fault)', opacity: 0.8, inset: 3 },
    ),
    shape(
      held.map(({ lane, begun, ended }) => [lane, inside(begun), inside(ended)]),
      { fill: 'var(--shown)', opacity: 1, inset: 0 },
    ),
  ];
}

/**
 * @param {readonly (readonly [lane: string, from: number, to: number])[]} stretches
 * @param {{ readonly fill: string, readonly opacity: number, readonly inset: number }} look
 * @returns {import('@observablehq/plot').RenderFunction}
 */
function shape(stretches, { fill, opacity, inset }) {
  return (_index, { x, y }) => {
    const place = /** @type {(value: number) => number} */ (x);
    const band = /** @type {{ (lane: string): number, bandwidth(): number }} */ (/** @type {unknown} */ (y));
    const height = band.bandwidth() - 2 * inset;
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const parts = stretches.map(([lane, from, to]) => {
      const left = place(from);
      const width = Math.max(0.5, place(to) - left);
      return `M${left.toFixed(2)},${(band(lane) + inset).toFixed(2)}h${width.toFixed(2)}v${height}h${(-width).toFixed(2)}z`;
    });
    path.setAttribute('d', parts.join(''));
    path.setAttribute('data-count', String(stretches.length));
    path.setAttribute('fill', fill);
    path.setAttribute('fill-opacity', String(opacity));
    return path;
  };
}
