import type { BenchResults } from '../results.js';
import { type Figure, figureMarkup, strategyKey } from './figure.js';
import { counted } from './format.js';
import type { Group } from './groups.js';
import { html, type Markup } from './markup.js';
import { fitTable, pointTable } from './other-tables.js';
import { callTable, fairnessTable, handOverTable, rateTable, waitTable } from './trial-tables.js';

/** A part of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What it answers, in a sentence or two. */
  readonly lead?: string | Markup;
  readonly content: readonly Markup[];
}

/** The parts that have a figure for each group of trials. */
export function groupSections(groups: readonly Group[], results: BenchResults): Section[] {
  const each = (of: (group: Group) => Figure) => groups.map((group) => figureMarkup(of(group)));
  const scaled = groups.filter(({ curves }) => curves.length > 0);
  const all: Section[] = [
    {
      id: 'throughput',
      title: 'Throughput',
      lead: `How much all contenders together got done. Bars are medians, the thin lines reach from the slowest to the fastest of ${counted(results.rounds, 'round')}. The floor is the bare single-thread loop with the same rows, as durable.`,
      content: each((group) => rateFigure(group, results)),
    },
    {
      id: 'scaling',
      title: 'Scaling',
      lead: 'What more contenders bring. The curve is the Universal Scalability Law fitted to the medians; dashed where nothing was measured. The diamond is the predicted best.',
      content: scaled.map((group) => figureMarkup(scalingFigure(group))),
    },
    {
      id: 'waiting',
      title: 'Waiting and holding',
      lead: 'From asking the strategy to the begun transaction, and from there to its end. Time runs on a logarithmic scale: each step is ten times the one before.',
      content: [...each(waitFigure), ...each(handOverFigure)],
    },
    {
      id: 'retries',
      title: 'Retries and give-ups',
      lead: 'Tries after the first one, and calls that the strategy gave up or that failed; of all rounds.',
      content: each(callFigure),
    },
    {
      id: 'fairness',
      title: 'Fairness and useful time',
      lead: "Jain's index is 1 when all got the same and 1/n when one of n got everything. The useful share is the part of the time that went into transactions that were committed.",
      content: each(fairnessFigure),
    },
  ];
  return all.filter(({ content }) => content.length > 0);
}

const dataOf = ({ load, batchSize }: Group) => ({ load, batch: batchSize });
const idOf = ({ load, batchSize }: Group) => `${load}-${batchSize}`;

function rateFigure(group: Group, { peer, rounds }: BenchResults): Figure {
  const ownPeer = group.load === 'notebook' ? peer : undefined;
  const lines = html`${group.floor && html`<li><span class="line floor"></span>Floor</li>`}${ownPeer?.rate && html`<li><span class="line peer"></span>${ownPeer.name}</li>`}`;
  return {
    id: `rates-${idOf(group)}`,
    title: `${group.title}: ${group.unit} a second`,
    key: strategyKey(group, lines),
    panels: [{ chart: 'rates', title: `${group.unit} a second`, data: dataOf(group) }],
    tables: [
      {
        title: rounds === 1 ? 'Numbers of one round' : `Numbers: median, lowest and highest of ${rounds} rounds`,
        table: rateTable(group, ownPeer),
      },
    ],
  };
}

function scalingFigure(group: Group): Figure {
  const processes = [...new Set(group.curves.map((curve) => curve.processes))];
  return {
    id: `scaling-${idOf(group)}`,
    title: `${group.title}: ${group.unit} a second by contenders`,
    key: strategyKey({ trials: group.trials }),
    panels: processes.map((n) => ({
      chart: 'scaling',
      title: counted(n, 'process', 'processes'),
      data: { ...dataOf(group), processes: n },
    })),
    tables: [
      { title: 'Fit', table: fitTable(group) },
      { title: 'Measured points', table: pointTable(group) },
    ],
  };
}

const quantileKey = html`<li><span class="sign">●</span>p50</li><li><span class="sign small">●</span>p90, p95</li><li><span class="sign">◆</span>p99</li><li><span class="sign">○</span>p99.9</li><li><span class="sign">×</span>longest</li>`;

function waitFigure(group: Group): Figure {
  return {
    id: `waits-${idOf(group)}`,
    title: `${group.title}: how long transactions waited and held`,
    key: strategyKey(group, quantileKey),
    panels: [
      { chart: 'waits', title: 'Wait, ms', data: { ...dataOf(group), measure: 'waitMs' } },
      { chart: 'waits', title: 'Hold, ms', data: { ...dataOf(group), measure: 'holdMs' } },
    ],
    tables: [{ title: 'Numbers: percentiles in milliseconds', table: waitTable(group) }],
  };
}

function handOverFigure(group: Group): Figure {
  return {
    id: `hand-overs-${idOf(group)}`,
    title: `${group.title}: hand-over to one that was waiting`,
    note: 'From the end of one transaction to the begin of the next one, whose owner was waiting meanwhile.',
    key: strategyKey(group, quantileKey),
    panels: [
      { chart: 'waits', title: 'Within a process, ms', data: { ...dataOf(group), measure: 'handOverMs.sameProcess' } },
      { chart: 'waits', title: 'Between processes, ms', data: { ...dataOf(group), measure: 'handOverMs.otherProcess' } },
    ],
    tables: [{ title: 'Numbers: percentiles in milliseconds', table: handOverTable(group) }],
  };
}

function callFigure(group: Group): Figure {
  return {
    id: `calls-${idOf(group)}`,
    title: `${group.title}: retries and give-ups`,
    key: strategyKey(group),
    panels: [
      { chart: 'retries', title: 'Retries for 100 calls', data: dataOf(group) },
      { chart: 'giveUps', title: 'Given up, % of the calls', data: dataOf(group) },
    ],
    tables: [{ title: 'Numbers', table: callTable(group) }],
  };
}

function fairnessFigure(group: Group): Figure {
  const signs = html`<li><span class="sign">●</span>over workers</li><li><span class="sign">□</span>over processes</li>`;
  return {
    id: `fairness-${idOf(group)}`,
    title: `${group.title}: fairness and useful time`,
    key: strategyKey(group, signs),
    panels: [
      { chart: 'fairness', title: "Jain's index", data: dataOf(group) },
      { chart: 'useful', title: 'Useful share of the time, %', data: dataOf(group) },
    ],
    tables: [{ title: 'Numbers', table: fairnessTable(group) }],
  };
}
