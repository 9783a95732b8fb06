import { table, wrapped } from '../../support/report.js';
import type { BenchResults, Floor, TrialResult } from '../results.js';
import { gaveUpShare } from '../words.js';
import { comparisonLine, comparisonTitle, groupText } from './comparison-words.js';
import { curveLines } from './curve-words.js';
import { count, figure, percent, range, ratio } from './format.js';
import { type Group, groupsOf, handOverQuantile, publishedRows, quantile, usualHandOver } from './groups.js';
import {
  controlText,
  durableText,
  environmentText,
  othersLine,
  peerText,
  percentileNote,
  publishedCaveat,
  publishedText,
  sizeText,
} from './words.js';

/** The results as a page of Markdown, with tables that are readable as text too. */
export function benchMarkdown(results: BenchResults, title = 'Which lock strategy is fast here'): string {
  const { verdict, commandLine, environment, comparison } = results;
  const groups = groupsOf(results);
  const parts = [
    strong(controlText(results) ?? ''),
    `# ${title}`,
    wrapped(escaped(environmentText(environment))),
    fenced(commandLine),
    wrapped(howToRead(results)),
    '## Verdict',
    strong(verdict.headline),
    strong(comparison?.slower ? comparisonLine(comparison) : ''),
    list(verdict.lines),
    ...groups.flatMap((group) => [`## ${capital(group.title)}: ${group.unit} a second`, groupTable(group), faultList(group)]),
    ...scalingParts(groups),
    ...publishedParts(results),
    ...(results.peer
      ? [
          '## The real Kosh',
          wrapped(escaped(`One process with the loop of Kosh's notebook, in the same rounds. ${peerText(results.peer)}.`)),
        ]
      : []),
    ...comparisonParts(results),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const header = [
  '',
  'processes x workers',
  'rate',
  '',
  'of the floor',
  'wait p50, ms',
  'p99',
  'max',
  'hold p50, ms',
  'hand-over p50, ms',
  'retries',
  'gave up',
  'Jain workers',
  'processes',
  'useful',
];

function groupTable({ floor, trials }: Group): string {
  return table(header, [...(floor ? [floorCells(floor)] : []), ...trials.map(trialCells)]);
}

function floorCells({ rate }: Floor): string[] {
  return ['floor', '', figure(rate.median), range(rate), '1.00'];
}

function trialCells(trial: TrialResult): string[] {
  const { strategy, processes, workers, faults, rate, floorRatio, waitMs, holdMs, calls, fairness, usefulShare } = trial;
  const key = [strategy, `${processes}x${workers}`];
  if (faults.length > 0) return [...key, 'faulty'];
  return [
    ...key,
    rate ? figure(rate.median) : '-',
    rate ? range(rate) : '',
    floorRatio ? ratio(floorRatio.median) : '-',
    ...(['p50', 'p99', 'max'] as const).map((name) => timeText(quantile(waitMs, name))),
    timeText(quantile(holdMs, 'p50')),
    timeText(handOverQuantile(usualHandOver(trial), 'p50')),
    count(calls.retries),
    percent(gaveUpShare(trial.calls)),
    ratio(fairness.workers),
    ratio(fairness.processes),
    percent(usefulShare),
  ];
}

const timeText = (ms: number | undefined) => (ms === undefined ? '-' : figure(ms));

function faultList({ trials }: Group): string {
  return list(trials.filter(({ faults }) => faults.length > 0).map(({ id, faults }) => `FAULTY: ${id}: ${faults.join('; ')}`));
}

function howToRead(results: BenchResults): string {
  return (
    `${sizeText(results)}. Medians (and min to max) of the rounds, in which all trials take turns, each with processes and a store of its own. *Of the floor*: the rate, that of ` +
    `a bare single-threaded loop that does the same work${durableText(results.environment)} (the floor) being 1. *Wait*: from asking the strategy to the start of the ` +
    'transaction; *hold*: from there to its end; *hand-over*: from the end of one to the begin of the next, whose owner was waiting. *Gave up*: of the calls. *Jain* is 1 when all got the same, 1/n when one got ' +
    'everything. *Useful*: the part of the time that went into what was committed. ' +
    `${percentileNote}. ` +
    'Every trial was checked: all records there, none twice, the store sound; one that ' +
    `was not is shown as faulty, not as fast. ${othersLine(results) ?? ''}`
  ).trimEnd();
}

function scalingParts(groups: readonly Group[]): string[] {
  const lines = curveLines(groups);
  if (lines.length === 0) return [];
  return [
    '## Scaling',
    wrapped('The Universal Scalability Law, fitted to the medians. Contenders are processes x workers.'),
    list(lines),
  ];
}

function publishedParts({ trials }: BenchResults): string[] {
  const rows = publishedRows(trials);
  if (rows.length === 0) return [];
  return [
    "## Beside Kosh's published times",
    wrapped(`N processes with N ensembles of N datasets with N attributes each. ${publishedCaveat}`),
    list(rows.map((row) => `${row.trial.strategy}, N = ${row.n}: ${publishedText(row)}`)),
  ];
}

function comparisonParts({ comparison }: BenchResults): string[] {
  if (comparison === undefined) return [];
  const groups = comparison.groups.map((group) => groupText(group, comparison));
  return [
    '## Compared with the baseline',
    wrapped(escaped(`${comparisonTitle(comparison)}.`)),
    list([...groups, ...comparison.notes]),
  ];
}

function strong(text: string): string {
  return text === '' ? '' : `**${escaped(text)}**`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => wrapped(`- ${escaped(line)}`).replaceAll('\n', '\n  ')).join('\n');
}

/** Longer than any fence in it. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return [fence, text, fence].join('\n');
}

/** Words of somebody else as they are: no markup, no HTML, one line. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#&]/g, '\\$&');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
