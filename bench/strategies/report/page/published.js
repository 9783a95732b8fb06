// @ts-check
import { carrying, isFaulty, ofStrategy, Plot, plotStyle } from './base.js';
import { duration } from './format.js';

/**
 * Times of whole jobs beside those that Kosh's authors published.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawPublished({ results, width, data }) {
  const rows = results.published.flatMap(({ id, n, seconds }) => {
    const trial = results.trials.find((one) => one.id === id);
    return trial ? [{ id, n, published: seconds, trial, strategy: trial.strategy }] : [];
  });
  const own = rows.flatMap(({ trial, ...row }) =>
    trial.jobSeconds && !isFaulty(trial) ? [{ ...row, ...trial.jobSeconds }] : [],
  );
  const others = rows.flatMap((row) => (row.published === undefined ? [] : [{ ...row, seconds: row.published }]));
  const seconds = [...own.flatMap(({ min, max }) => [min, max]), ...others.map((row) => row.seconds)];
  const [least, most] = [Math.min(60, ...seconds) / 1.5, Math.max(1, ...seconds) * 1.5];
  const ticks = [0.01, 0.1, 1, 10, 60, 600, 3600, 36000].filter((tick) => tick >= least && tick <= most);
  return Plot.plot({
    width,
    height: 340,
    marginLeft: 70,
    marginTop: 16,
    marginBottom: 40,
    ariaLabel: data.title,
    style: plotStyle,
    x: { type: 'point', domain: [...new Set(rows.map(({ n }) => n))], label: 'N', labelAnchor: 'center', labelArrow: 'none' },
    y: { type: 'log', domain: [least, most], label: null },
    marks: [
      Plot.gridY(ticks),
      Plot.axisY(ticks, { text: axisText, label: null, tickSize: 0 }),
      Plot.line(others, { x: 'n', y: 'seconds', z: 'strategy', stroke: ofStrategy, strokeDasharray: '4 4', strokeWidth: 1.4 }),
      Plot.line(own, { x: 'n', y: 'median', z: 'strategy', stroke: ofStrategy, strokeWidth: 1.8 }),
      Plot.ruleX(own, { x: 'n', y1: 'min', y2: 'max', stroke: ofStrategy, strokeWidth: 1.4 }),
      Plot.dot(others, {
        x: 'n',
        y: 'seconds',
        r: 4.5,
        stroke: ofStrategy,
        fill: 'var(--surface)',
        strokeWidth: 1.8,
        ariaLabel: ({ id, seconds }) => `${id}: published ${duration(seconds)}`,
        ...carrying(others, ({ id, seconds }) => ({ id, mark: 'published', value: seconds })),
      }),
      Plot.dot(own, {
        x: 'n',
        y: 'median',
        r: 4.5,
        fill: ofStrategy,
        ariaLabel: ({ id, median }) => `${id}: ${duration(median)}`,
        ...carrying(own, ({ id, median, min, max }) => ({ id, mark: 'job', median, min, max })),
      }),
    ],
  });
}

/** @param {number} seconds */
function axisText(seconds) {
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}
