// @ts-check
import { drawFairness, drawGiveUps, drawRetries, drawUseful } from './calls.js';
import { drawComparison } from './comparison.js';
import { drawPublished } from './published.js';
import { drawRates } from './rates.js';
import { drawScaling } from './scaling.js';
import { openTimeline } from './timeline.js';
import { drawWaits } from './waits.js';

/** @type {Readonly<Record<string, (drawing: import('./base.js').Drawing) => Element>>} */
const drawings = {
  rates: drawRates,
  scaling: drawScaling,
  waits: drawWaits,
  retries: drawRetries,
  giveUps: drawGiveUps,
  fairness: drawFairness,
  useful: drawUseful,
  published: drawPublished,
  comparison: drawComparison,
};

/** @type {import('./base.js').Results} */
const results = JSON.parse(document.getElementById('results')?.textContent ?? '{}');
const places = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.chart[data-chart]')]);
const redrawTimeline = openTimeline(results);
const widths = new Map();

/** @param {HTMLElement} place */
function draw(place) {
  const width = Math.floor(place.clientWidth);
  if (width === 0 || widths.get(place) === width) return;
  widths.set(place, width);
  const drawing = drawings[place.dataset.chart ?? ''];
  if (drawing) place.replaceChildren(drawing({ results, width, data: place.dataset }));
  else redrawTimeline?.(width);
}

const timeline = document.getElementById('timeline-chart');
const all = timeline === null ? places : [...places, timeline];
for (const place of all) draw(place);
const observer = new ResizeObserver((entries) => {
  // In the next frame: a drawing changes heights, which is no news for this one.
  requestAnimationFrame(() => {
    for (const { target } of entries) draw(/** @type {HTMLElement} */ (target));
  });
});
for (const place of all) observer.observe(place);

// Paper has another width and shows all numbers: for browsers whose styles cannot open what is closed.
/** @type {HTMLDetailsElement[]} */
let opened = [];
globalThis.addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details')].filter(({ open }) => !open);
  for (const details of opened) details.open = true;
  for (const place of all) draw(place);
});
globalThis.addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
  opened = [];
});

const theme = document.getElementById('theme');
const root = document.documentElement;
const isDark = () =>
  getComputedStyle(root).colorScheme === 'dark' ||
  (root.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
function nameTheme() {
  if (theme === null) return;
  theme.textContent = isDark() ? 'Light' : 'Dark';
  theme.setAttribute('aria-label', isDark() ? 'Show the page light' : 'Show the page dark');
}
theme?.addEventListener('click', () => {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  nameTheme();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme);
nameTheme();

document.getElementById('copy')?.addEventListener('click', async ({ currentTarget }) => {
  const command = document.getElementById('command');
  const button = /** @type {HTMLElement} */ (currentTarget);
  if (command === null) return;
  try {
    await navigator.clipboard.writeText(command.textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // Not allowed here: select it, so that a key copies it.
    getSelection()?.selectAllChildren(command);
    button.textContent = 'Selected';
  }
});
