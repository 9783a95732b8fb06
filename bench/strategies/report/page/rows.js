// @ts-check
import { isFaulty, Plot, plotStyle } from './base.js';

/** @typedef {import('./base.js').Trial} Trial */

/**
 * Processes x workers, as it stands at the left of the rows.
 * @param {Trial} trial
 */
export const contendersOf = ({ processes, workers }) => `${processes} × ${workers}`;

/** Channels of a mark whose data are trials: the row, and the colour where it has one. */
export const inRow = { y: 'strategy', fy: contendersOf };

/** @param {number} width */
export const hasLittleRoom = (width) => width < 480;

/**
 * A drawing with one row a trial, in blocks of the same processes and workers.
 * @param {readonly Trial[]} trials
 * @param {{
 *   readonly width: number,
 *   readonly title: string | undefined,
 *   readonly x: import('@observablehq/plot').ScaleOptions,
 *   readonly marks: import('@observablehq/plot').Markish[],
 *   readonly right?: number,
 *   readonly top?: number,
 * }} options `right` of the frame, and `top` over what stands there anyway: pixels for more words
 */
export function rowPlot(trials, { width, title, x, marks, right = 56, top = 0 }) {
  const strategies = [...new Set(trials.map(({ strategy }) => strategy))];
  const blocks = [...new Set(trials.map(contendersOf))];
  const between = 0.14;
  const block = strategies.length * 19;
  const height = (block * blocks.length) / (1 - between) - (block * between) / (1 - between);
  const isNarrow = hasLittleRoom(width);
  const left = isNarrow ? 112 : 126;
  return Plot.plot({
    width,
    height: height + 62 + top,
    marginTop: 26 + top,
    marginBottom: 36,
    marginLeft: left,
    marginRight: right,
    ariaLabel: title,
    style: plotStyle,
    x: { label: null, ...x },
    y: { type: 'band', domain: strategies, padding: 0.12, label: null },
    fy: { domain: blocks, padding: between, label: null },
    marks: [
      Plot.axisY({ tickSize: 0, label: null }),
      Plot.axisFy({ anchor: 'left', dx: isNarrow ? -68 : -76, label: null, fontWeight: 600 }),
      Plot.text(['processes × workers'], {
        frameAnchor: 'top-left',
        dx: 8 - left,
        dy: -22,
        fy: () => blocks[0],
        textAnchor: 'start',
        fill: 'var(--quiet)',
      }),
      Plot.ruleX([0], { stroke: x.type === 'log' ? 'none' : 'var(--axis)' }),
      ...marks,
      Plot.text(trials.filter(isFaulty), {
        ...inRow,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: 4,
        text: ({ faults }) => `✕ faulty: ${faults.join('; ')}`,
        lineWidth: (width - left - right) / 12 + right / 14,
        textOverflow: 'ellipsis',
        fill: 'var(--fault)',
        stroke: 'var(--surface)',
        strokeWidth: 4,
        fontWeight: 600,
        ariaLabel: ({ id }) => `${id}: faulty`,
      }),
    ],
  });
}
