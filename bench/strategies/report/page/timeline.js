// @ts-check
import { colourOf, isFaulty } from './base.js';
import { figure } from './format.js';
import { drawLanes, laneName, marginsOf, windowOf } from './lanes.js';
import { zoomOf } from './zoom.js';

/** @typedef {import('./base.js').Results} Results */
/** @typedef {import('./base.js').Trial} Trial */

/**
 * Who held the lock when: lanes of one trial, which can be chosen.
 * @param {Results} results
 * @returns {((width: number) => void) | undefined} draws it again in another width; undefined where nothing was recorded
 */
export function openTimeline(results) {
  const place = document.getElementById('timeline-chart');
  const select = /** @type {HTMLSelectElement | null} */ (document.getElementById('timeline-trial'));
  const trials = results.trials.filter(({ timeline }) => timeline.spans.length > 0);
  const [first] = trials;
  if (place === null || select === null || first === undefined) return undefined;
  const buttons = [...document.querySelectorAll('#timeline-figure button[data-action]')];
  const zoom = zoomOf(place, /** @type {HTMLElement[]} */ (buttons));
  let shown = firstShown(results, trials) ?? first;
  fillSelect(select, trials, shown);

  const draw = (/** @type {boolean} */ isNew) => {
    const trial = shown;
    const width = place.clientWidth;
    const all = /** @type {const} */ ([0, windowOf(trial).end]);
    zoom.set({ all, ...marginsOf(width), show: (range) => place.replaceChildren(drawLanes(trial, range, width)) }, isNew);
  };
  const choose = () => {
    for (const one of document.querySelectorAll('#timeline-figure .shown'))
      one.textContent = `${shown.id}${isFaulty(shown) ? ' (faulty)' : ''}`;
    place.closest('figure')?.style.setProperty('--shown', colourOf(shown.strategy));
    fillTable(shown);
    draw(true);
  };
  select.addEventListener('change', () => {
    shown = trials.find(({ id }) => id === select.value) ?? shown;
    choose();
  });
  choose();
  return () => draw(false);
}

/**
 * The trial that is recommended, where several contend in it; else one with its strategy, else any, with several.
 * @param {Results} results
 * @param {readonly Trial[]} trials
 */
function firstShown({ verdict, trials: all }, trials) {
  const best = all.find(({ id }) => id === verdict.best);
  const several = trials.filter(({ processes, workers }) => processes * workers > 1);
  const own = several.filter(({ strategy, load }) => strategy === best?.strategy && load === best.load);
  return own.find(({ id }) => id === best?.id) ?? own[0] ?? several[0];
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly Trial[]} trials
 * @param {Trial} shown
 */
function fillSelect(select, trials, shown) {
  for (const { id, faults } of trials)
    select.append(new Option(faults.length > 0 ? `${id} (faulty)` : id, id, false, id === shown.id));
}

/** As in ../figure.ts. */
const openRows = 8;

/** @param {Trial} trial */
function fillTable(trial) {
  const { lanes, spans } = trial.timeline;
  const { isWaiting } = windowOf(trial);
  const numbers = /** @type {HTMLDetailsElement | null} */ (document.getElementById('timeline-numbers'));
  if (numbers !== null) numbers.open = lanes.length <= openRows;
  const body = document.querySelector('#timeline-figure tbody');
  body?.replaceChildren(
    ...lanes.map(({ process, worker }, lane) => {
      const own = spans.filter((span) => span[0] === lane);
      const waits = own.map(([, asked, begun]) => (begun - asked) / 1000);
      const sum = (/** @type {readonly number[]} */ values) => values.reduce((all, value) => all + value, 0);
      const row = document.createElement('tr');
      row.dataset.id = laneName({ process, worker });
      const cells = /** @type {const} */ ([
        ['process', process + 1],
        ['worker', worker + 1],
        ['done', own.filter((span) => span[4] === 0 && !isWaiting(span)).length],
        ['gaveUp', own.filter((span) => span[4] === 1).length],
        ['retries', sum(own.map((span) => span[5]))],
        ['waited', sum(waits)],
        ['longest', Math.max(0, ...waits)],
        ['held', sum(own.map(([, , begun, ended]) => (ended - begun) / 1000))],
      ]);
      row.append(...cells.map(([key, value]) => cellOf(key, value)));
      return row;
    }),
  );
}

/**
 * @param {string} key
 * @param {number} value
 */
function cellOf(key, value) {
  const cell = document.createElement(key === 'process' ? 'th' : 'td');
  if (key === 'process') cell.setAttribute('scope', 'row');
  cell.dataset.key = key;
  cell.dataset.value = String(value);
  cell.textContent = Number.isInteger(value) ? value.toLocaleString('en-US') : figure(value);
  return cell;
}
