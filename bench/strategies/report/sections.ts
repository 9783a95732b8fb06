import type { BenchResults } from '../results.js';
import { withoutFit } from './curve-words.js';
import { type Figure, figureMarkup, signKey, strategyKey } from './figure.js';
import { counted } from './format.js';
import { type Group, isSmooth } from './groups.js';
import { html, type Markup } from './markup.js';
import { fitTable } from './other-tables.js';
import { callTable, fairnessTable, handOverTable, rateTable, waitTable } from './trial-tables.js';
import { durableText, percentileNote, rateWithRange } from './words.js';

/** A part of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** Its name where there is little room. */
  readonly short: string;
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
      short: 'Throughput',
      lead: `How much all contenders together got done. Bars and the numbers beside them are medians, the thin lines reach from the slowest to the fastest of ${counted(results.rounds, 'round')}. The floor did the same work${durableText(results.environment)}.`,
      content: each((group) => rateFigure(group, results)),
    },
    {
      id: 'scaling',
      title: 'Scaling',
      short: 'Scaling',
      lead: scalingLead(scaled),
      content: scaled.map((group) => figureMarkup(scalingFigure(group))),
    },
    {
      id: 'waiting',
      title: 'Waiting and holding',
      short: 'Waiting',
      lead: `From asking the strategy to the start of the transaction, and from there to its end. Time runs on a logarithmic scale: each step is ten times the one before. Percentiles need samples: ${percentileNote}.`,
      content: [...each(waitFigure), ...each(handOverFigure)],
    },
    {
      id: 'retries',
      title: 'Retries and give-ups',
      short: 'Retries',
      lead: 'Tries after the first one, and calls that the strategy gave up or that failed; of all rounds.',
      content: groups.map((group) => (isSmooth(group) ? smoothText(group) : figureMarkup(callFigure(group)))),
    },
    {
      id: 'fairness',
      title: 'Fairness and useful time',
      short: 'Fairness',
      lead: "Jain's index is 1 when all got the same and 1/n when one of n got everything. The useful share is the part of the time that went into transactions that were committed.",
      content: each(fairnessFigure),
    },
  ];
  return all.filter(({ content }) => content.length > 0);
}

const dataOf = ({ load, batchSize }: Group) => ({ load, batch: batchSize });
const idOf = ({ load, batchSize }: Group) => `${load}-${batchSize}`;

function rateFigure(group: Group, { peer, rounds, verdict: { best } }: BenchResults): Figure {
  const ownPeer = group.load === 'notebook' ? peer : undefined;
  const lines = [
    ...(group.floor ? [html`<li><span class="line floor"></span>floor: ${rateWithRange(group.floor.rate)}</li>`] : []),
    ...(ownPeer?.rate ? [html`<li><span class="line peer"></span>${ownPeer.name}: ${rateWithRange(ownPeer.rate)}</li>`] : []),
    ...(group.trials.some(({ id }) => id === best) ? [html`<li><span class="star">★</span>recommended</li>`] : []),
  ];
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

function scalingLead(groups: readonly Group[]): string {
  const hasFit = groups.some(({ curves }) => curves.some(({ fit }) => fit !== undefined));
  const law =
    ' The curve is the Universal Scalability Law fitted to the medians. The diamond is the predicted best; where that lies outside of what was measured, only the table has it.';
  return `What more contenders bring: medians, and thin lines from the slowest to the fastest round.${hasFit ? law : ''}`;
}

function scalingFigure(group: Group): Figure {
  const processes = [...new Set(group.curves.map((curve) => curve.processes))];
  const hasFit = group.curves.some(({ fit }) => fit !== undefined);
  return {
    id: `scaling-${idOf(group)}`,
    title: `${group.title}: ${group.unit} a second by contenders`,
    note: withoutFit(group.curves),
    key: signKey(group, hasFit ? html`<li><span class="sign">◇</span>predicted best</li>` : undefined),
    panels: processes.map((n) => ({
      chart: 'scaling',
      title: counted(n, 'process', 'processes'),
      data: { ...dataOf(group), processes: n, unit: group.unit },
    })),
    tables: [{ title: hasFit ? 'Medians and fit' : 'Medians', table: fitTable(group) }],
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
    note: 'From the end of one transaction to the begin of the next one, whose owner was waiting meanwhile. Shown from 30 hand-overs on.',
    key: strategyKey(group, quantileKey),
    panels: [
      { chart: 'waits', title: 'Within a process, ms', data: { ...dataOf(group), measure: 'handOverMs.sameProcess' } },
      { chart: 'waits', title: 'Between processes, ms', data: { ...dataOf(group), measure: 'handOverMs.otherProcess' } },
    ],
    tables: [{ title: 'Numbers: percentiles in milliseconds', table: handOverTable(group) }],
  };
}

function smoothText({ title, trials, load, batchSize }: Group): Markup {
  const taken = trials.reduce((sum, { takeOvers }) => sum + takeOvers, 0);
  const locks = taken === 0 ? '' : ` ${counted(taken, 'stale lock')} taken over.`;
  return html`<p id="calls-${load}-${batchSize}"><strong>${title}</strong>: No call was tried again, none was given up.${locks}</p>
`;
}

/** Without the drawing that would have no bars: there is one at least, since the group is not smooth. */
function callFigure(group: Group): Figure {
  const [hasRetries, hasGiveUps] = [
    group.trials.some(({ calls }) => calls.retries > 0),
    group.trials.some(({ calls }) => calls.gaveUp > 0),
  ];
  return {
    id: `calls-${idOf(group)}`,
    title: `${group.title}: ${hasRetries && hasGiveUps ? 'retries and give-ups' : hasRetries ? 'retries for 100 calls' : 'given up, % of the calls'}`,
    key: strategyKey(group),
    note: hasRetries ? (hasGiveUps ? undefined : 'No call was given up.') : 'No call was tried again.',
    panels: [
      ...(hasRetries ? [{ chart: 'retries', title: 'Retries for 100 calls', data: dataOf(group) }] : []),
      ...(hasGiveUps ? [{ chart: 'giveUps', title: 'Given up, % of the calls', data: dataOf(group) }] : []),
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
