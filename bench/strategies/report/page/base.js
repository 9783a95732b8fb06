// @ts-check

/** @typedef {import('../../results.js').BenchResults & { readonly published: readonly { readonly id: string, readonly n: number, readonly seconds?: number }[] }} Results */
/** @typedef {import('../../results.js').TrialResult} Trial */

/**
 * What a drawing is made of: the results, its width in pixels, and what the `data-` attributes of its place say.
 * @typedef {{ readonly results: Results, readonly width: number, readonly data: DOMStringMap }} Drawing
 */

/** @type {typeof import('@observablehq/plot')} */
export const Plot = Reflect.get(globalThis, 'Plot');

/**
 * The colour of a strategy, the same everywhere.
 * @param {string} strategy
 */
export const colourOf = (strategy) => `var(--${strategy})`;

/**
 * The same as a channel of a mark. Not through a scale: of names alone Plot would take `None` for the colour none.
 * @param {{ readonly strategy: string }} datum
 */
export const ofStrategy = ({ strategy }) => colourOf(strategy);

/** What all drawings have in common. */
export const plotStyle = { background: 'transparent', color: 'inherit', fontSize: '12px', overflow: 'visible' };

/**
 * Options of a mark: each of its elements carries what `attributes` says of its datum as `data-` attributes, with all digits.
 * @template T
 * @param {readonly T[]} data
 * @param {(datum: T) => Readonly<Record<string, string | number>>} attributes
 * @returns {{ render: import('@observablehq/plot').RenderFunction }}
 */
export function carrying(data, attributes) {
  return {
    render(index, scales, values, dimensions, context, next) {
      const group = next?.(index, scales, values, dimensions, context) ?? null;
      Array.from(index).forEach((of, place) => {
        const datum = data[of];
        const element = group?.children[place];
        if (datum === undefined || element === undefined) return;
        for (const [name, value] of Object.entries(attributes(datum))) element.setAttribute(`data-${name}`, String(value));
      });
      return group;
    },
  };
}

/**
 * The trials of a load and batch size, in the order of the tables.
 * @param {Drawing} drawing
 * @returns {Trial[]}
 */
export function trialsOf({ results, data }) {
  const own = results.trials.filter(({ load, batchSize }) => load === data.load && String(batchSize) === data.batch);
  return own.sort((a, b) => a.processes - b.processes || a.workers - b.workers);
}

/**
 * A trial that is not fast but wrong.
 * @param {Trial} trial
 */
export const isFaulty = ({ faults }) => faults.length > 0;

/**
 * @param {readonly number[]} values
 * @returns {number} 0 without any
 */
export function highest(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/**
 * The powers of ten from the one at or below the smallest to the one at or above the largest.
 * @param {readonly number[]} values above 0
 * @returns {number[]} at least two
 */
export function decades(values) {
  const from = Math.floor(Math.log10(Math.min(...values, 1)) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
}
