import type { BenchResults } from '../results.js';
import { comparisonLine, comparisonTitle } from './comparison-words.js';
import { figureMarkup, strategyKey } from './figure.js';
import { type Content, html } from './markup.js';
import { comparisonTable, publishedTable } from './other-tables.js';
import { tableMarkup } from './page-table.js';
import type { Section } from './sections.js';
import { engineText, publishedCaveat, sizeText } from './words.js';

/** The parts that are about the whole run, those for which there is something. */
export function runSections(results: BenchResults): Section[] {
  const parts = [timeline(results), published(results), comparison(results), environment(results), again(results)];
  return parts.filter((part) => part !== undefined);
}

const timelineColumns = [
  'Process',
  'Worker',
  'transactions',
  'gave up',
  'retries',
  'waited, ms',
  'longest wait, ms',
  'in transactions, ms',
];

function timeline({ trials }: BenchResults): Section | undefined {
  if (!trials.some(({ timeline: { spans } }) => spans.length > 0)) return undefined;
  const button = (action: string, label: string, text: string) =>
    html`<button type="button" data-action="${action}" aria-label="${label}" title="${label}">${text}</button>`;
  const table = tableMarkup(
    { columns: timelineColumns.map((title) => ({ title })), rows: [] },
    'Who held the lock: numbers of the trial',
  );
  return {
    id: 'timeline',
    title: 'Who held the lock',
    short: 'Timeline',
    lead: 'A stretch of the last round, one lane a worker. The same stands in trace.json, for Perfetto or chrome://tracing.',
    content: [
      html`<figure id="timeline-figure" aria-labelledby="timeline-caption">
<figcaption><h3 id="timeline-caption">Lanes of <span class="shown"></span></h3></figcaption>
<div class="controls"><label>Trial <select id="timeline-trial"></select></label>
<span class="buttons" role="group" aria-label="Zoom">${button('in', 'Zoom in', '+')}${button('out', 'Zoom out', '−')}${button('left', 'Earlier', '◀')}${button('right', 'Later', '▶')}${button('all', 'Show everything', 'All')}</span></div>
<ul class="key"><li><span class="swatch hold"></span>in a transaction</li><li><span class="swatch wait"></span>waits</li><li><span class="swatch failed"></span>gave up or failed</li></ul>
<div class="chart timeline" id="timeline-chart" tabindex="0" role="group" aria-label="Timeline. Plus and minus zoom, the arrow keys move, 0 shows everything."></div>
<p class="hint narrow">1.2 at a lane: process 1, worker 2.</p>
<p class="hint controls">Drag moves (two fingers on a touch screen). The wheel zooms once the drawing was clicked, or with Ctrl. Keys: + − ← → 0.</p>
<details id="timeline-numbers" open><summary>Numbers of this trial, by lane</summary>${table}</details>
</figure>
`,
    ],
  };
}

function published({ trials }: BenchResults): Section | undefined {
  const own = trials.filter(({ load }) => load === 'kosh-scaling');
  if (own.length === 0) return undefined;
  const signs = html`<li><span class="sign">●</span>this run</li><li><span class="sign">○</span>published</li>`;
  return {
    id: 'kosh-scaling',
    title: "Beside Kosh's published times",
    short: 'Published',
    lead: `N processes, each with N ensembles of N datasets with N attributes: how long the whole job took. ${publishedCaveat}`,
    content: [
      figureMarkup({
        id: 'published-figure',
        title: 'Time of the whole job by N',
        note: 'Seconds on a logarithmic scale.',
        key: strategyKey({ trials: own }, signs),
        panels: [{ chart: 'published', title: 'Time of the whole job by N' }],
        tables: [{ title: 'Numbers', table: publishedTable(own) }],
      }),
    ],
  };
}

function comparison({ comparison: compared }: BenchResults): Section | undefined {
  if (compared === undefined) return undefined;
  const { notes, alpha, commandLine } = compared;
  const lead = html`<strong>${comparisonLine(compared)}</strong> ${comparisonTitle(compared)}. A group counts as slower when p of the permutation test is at most ${alpha} (over all groups together).`;
  return {
    id: 'baseline',
    title: 'Compared with the baseline',
    short: 'Baseline',
    lead,
    content: [
      figureMarkup({
        id: 'comparison-figure',
        title: 'Speed, the saved run being 1',
        note: 'Each run relative to its own floor. Diamonds are all trials of a strategy and load together, dots are single trials; left of the dashed line is slower than allowed.',
        panels: [{ chart: 'comparison', title: 'Speed, the saved run being 1' }],
        tables: [{ title: 'Numbers', table: comparisonTable(compared) }],
      }),
      html`${notes.length > 0 ? html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}<p>The saved run: <code>${commandLine}</code></p>
`,
    ],
  };
}

function environment({ environment: at }: BenchResults): Section {
  const rows: readonly (readonly [string, Content])[] = [
    ['Date', at.date.replace('T', ' ').replace(/\..*/, ' UTC')],
    ['Processor', `${at.cores} cores of ${at.cpu}, ${(at.memoryBytes / 1e9).toFixed(0)} GB`],
    ['System', `${at.system}, Node ${at.node}`],
    ['Disk', `${at.fileSystem}, writing 4 KiB and fdatasync: ${at.syncMs.toFixed(2)} ms`],
    ['Engine', engineText(at)],
    ['Load average', `${at.loadAverage.map((value) => value.toFixed(2)).join(', ')} (1, 5 and 15 minutes, at the beginning)`],
    [
      'Versions',
      Object.entries(at.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
  ];
  return {
    id: 'environment',
    title: 'What it was measured on',
    short: 'Machine',
    content: [
      html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`,
    ],
  };
}

function again(results: BenchResults): Section {
  return {
    id: 'again',
    title: 'How to repeat it',
    short: 'Repeat',
    lead: `${sizeText(results)}.`,
    content: [
      html`<div class="command"><pre tabindex="0"><code id="command">${results.commandLine}</code></pre><button type="button" id="copy" class="controls">Copy</button></div>
`,
    ],
  };
}
