// @ts-check
import { carrying, ofStrategy, Plot, plotStyle } from './base.js';

/**
 * The speed of each strategy and load, the saved run being 1.
 * @param {import('./base.js').Drawing} drawing
 */
export function drawComparison({ results, width, data }) {
  const groups = (results.comparison?.groups ?? []).map((group) => ({ ...group, id: `${group.strategy} ${group.load}` }));
  const limit = 1 - (results.comparison?.allowed ?? 0) / 100;
  const trials = groups.flatMap(({ id, strategy, trials: own }) =>
    own.map((trial) => ({ row: id, strategy, id: trial.id, ratio: trial.ratio })),
  );
  const ratios = [...groups, ...trials].map(({ ratio }) => ratio);
  const isPlain = groups.every(({ outcome }) => outcome === 'not slower');
  const name = (/** @type {string} */ id) => (width < 480 ? id.replace(' ', '\n') : id);
  return Plot.plot({
    width,
    height: 70 + 40 * groups.length,
    marginLeft: width < 480 ? 84 : 170,
    marginRight: isPlain ? 52 : 110,
    marginTop: 24,
    marginBottom: 40,
    ariaLabel: data.title,
    style: plotStyle,
    x: {
      domain: [Math.min(limit, ...ratios) - 0.06, Math.max(1, ...ratios) + 0.06],
      grid: true,
      ticks: 5,
      label: null,
      tickFormat: '.2f',
    },
    y: { domain: groups.map(({ id }) => id), label: null, tickFormat: name, tickSize: 0 },
    marks: [
      Plot.ruleX([1], { stroke: 'currentColor' }),
      Plot.ruleX([limit], {
        stroke: 'var(--fault)',
        strokeDasharray: '5 3',
        strokeWidth: 1.5,
        ...carrying([limit], (value) => ({ mark: 'limit', value })),
      }),
      Plot.text([limit], { x: limit, frameAnchor: 'top', dy: -16, text: () => 'allowed', fill: 'var(--fault)' }),
      Plot.dot(trials, {
        x: 'ratio',
        y: 'row',
        r: 3,
        fill: ofStrategy,
        fillOpacity: 0.6,
        dy: 8,
        ariaLabel: ({ id, ratio }) => `${id}: ${ratio.toFixed(2)}`,
        ...carrying(trials, ({ id, ratio }) => ({ id, mark: 'trial', value: ratio })),
      }),
      Plot.dot(groups, {
        x: 'ratio',
        y: 'id',
        symbol: 'diamond',
        r: 7,
        dy: -5,
        fill: ofStrategy,
        ariaLabel: ({ id, ratio }) => `${id}: ${ratio.toFixed(2)}`,
        ...carrying(groups, ({ id, ratio }) => ({ id, mark: 'group', value: ratio })),
      }),
      Plot.text(groups, {
        x: 'ratio',
        y: 'id',
        dx: 11,
        dy: -5,
        fill: 'currentColor',
        stroke: 'var(--surface)',
        strokeWidth: 4,
        textAnchor: 'start',
        text: ({ ratio, outcome }) => `${ratio.toFixed(2)}${outcome === 'not slower' ? '' : ` ${outcome}`}`,
      }),
    ],
  });
}
