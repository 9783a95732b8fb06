import { capital } from '../../support/report.js';
import type { BenchResults, Distribution } from '../results.js';
import { comparisonLine } from './comparison-words.js';
import { groupsOf, publishedRows } from './groups.js';
import { html, jsonMarkup, Markup } from './markup.js';
import { pageAssets, scriptHash, scriptText } from './page-assets.js';
import { runSections } from './run-sections.js';
import { groupSections, type Section } from './sections.js';
import { controlText, floorText, othersLine, sizeText } from './words.js';

/**
 * `report.html`: the verdict, the drawings, a table under each, and how to repeat it, in one file that needs no network. The drawings are made in the browser
 * from the results, which are embedded; everything else can be read without scripts.
 */
export function benchPage(results: BenchResults): string {
  const { verdict, interrupted, comparison } = results;
  const control = controlText(results);
  const { style, scripts } = pageAssets();
  const texts = scripts.map(scriptText);
  const sections = [...groupSections(groupsOf(results), results), ...runSections(results)];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(texts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdict.headline}</title>
<style>
${new Markup(style)}</style>
</head>
<body>
<header>
${control === undefined ? '' : html`<p class="control" role="alert">${control}</p>`}
<p class="what">kosh-ingest bench · ${results.environment.date.slice(0, 10)} · ${sizeText(results)}</p>
<h1>${verdict.headline}</h1>
${comparison ? html`<p class="${comparison.slower ? 'status unsound slower' : 'compared'}">${comparisonLine(comparison)} <a href="#baseline">Compared with the baseline</a></p>` : ''}
${verdict.lines.length > 0 ? html`<ul class="verdict">${verdict.lines.map((line) => html`<li>${line}</li>`)}</ul>` : ''}
<p class="status ${verdict.isSound ? 'sound' : 'unsound'}">${soundText(results)}</p>
${interrupted ? html`<p class="status unsound">Interrupted: the figures are those of the rounds that were whole.</p>` : ''}
<p class="run">${capital(floorText(results.environment))}. ${othersLine(results)}</p>
</header>
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title, short }) => html`<li><a href="#${id}"${short === title ? '' : html` title="${title}"`}>${short}</a></li>`)}</ul>
<button type="button" id="theme" class="controls" aria-pressed="false">Dark</button></nav>
<noscript><p class="status unsound">The drawings need JavaScript; the tables do not.</p></noscript>
<main>
${sections.map(sectionMarkup)}</main>
<script type="application/json" id="results">${jsonMarkup(embedded(results))}</script>
${texts.map(
  (text) => html`<script>${new Markup(text)}</script>
`,
)}</body>
</html>
`;
  return page.toString();
}

/** Only our scripts run, and nothing is fetched. The drawings set styles of their own. */
function policy(scripts: readonly string[]): string {
  const own = scripts.map(scriptHash).join(' ');
  return `default-src 'none'; script-src ${own}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
}

function soundText({ verdict, trials }: BenchResults): string {
  if (verdict.isSound) return 'Every trial was whole: nothing lost, nothing twice, every store sound.';
  const faulty = trials.filter(({ faults }) => faults.length > 0).length;
  return `${faulty} of ${trials.length} trials went wrong. They are shown as faulty, not as fast.`;
}

function sectionMarkup({ id, title, lead, content }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${
  lead === undefined
    ? ''
    : html`<p class="lead">${lead}</p>
`
}${content}</section>
`;
}

/** Without the histograms: the page shows percentiles, and they are the bulk of the file. With the published times, which are not among the results. */
function embedded(results: BenchResults): unknown {
  const without = ({ histogram: _bulky, ...rest }: Distribution) => rest;
  const trials = results.trials.map((trial) => ({
    ...trial,
    waitMs: without(trial.waitMs),
    holdMs: without(trial.holdMs),
    handOverMs: { sameProcess: without(trial.handOverMs.sameProcess), otherProcess: without(trial.handOverMs.otherProcess) },
  }));
  const published = publishedRows(results.trials).map(({ trial, n, published: seconds }) => ({ id: trial.id, n, seconds }));
  return { ...results, trials, published };
}
