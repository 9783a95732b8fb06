import type { BenchResults, Floor, TrialResult } from '../results.js';
import { gaveUpShare } from '../words.js';
import { type AlignedRow, alignedLines, wrappedLines } from './aligned.js';
import { comparisonLine, comparisonTitle, groupText } from './comparison-words.js';
import { curveLines } from './curve-words.js';
import { count, percent, range, ratio, shortFigure } from './format.js';
import { type Group, groupsOf, handOverQuantile, publishedRows, quantile, usualHandOver } from './groups.js';
import {
  controlText,
  environmentText,
  floorText,
  othersLine,
  peerText,
  publishedCaveat,
  publishedText,
  sizeText,
} from './words.js';

const width = 110;

/** What `bench` says at its end on a terminal, in at most 110 columns. `files`: the paths that were written. */
export function benchText(results: BenchResults, files: readonly string[] = []): string {
  const { verdict, environment, commandLine, comparison } = results;
  const groups = groupsOf(results);
  const slower = comparison?.slower ? [comparisonLine(comparison)] : [];
  const parts = [
    wrappedLines(controlText(results) ?? '', width),
    [verdict.headline, ...slower, ...verdict.lines].flatMap((line) => wrappedLines(line, width)),
    ...groups.map((group) => groupLines(group, verdict.best)),
    ...(groups.length > 0 ? [legendLines(results)] : []),
    scalingLines(groups),
    publishedLines(results),
    peerLines(results),
    comparisonLines(results),
    [environmentText(environment), `${sizeText(results)}.`, othersLine(results) ?? ''].flatMap((line) =>
      wrappedLines(line, width),
    ),
    // The command is for copying: it is not broken.
    ['Again:', `  ${commandLine}`],
    files.length === 0 ? [] : ['Written:', ...files.map((file) => `  ${file}`)],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const header = [
  ['', 'strategy'],
  ['proc. x', 'workers'],
  ['', 'rate'],
  ['', 'min to max'],
  ['of the', 'floor'],
  ['wait', 'p50'],
  ['', 'p99'],
  ['', 'max'],
  ['hold', 'p50'],
  ['hand-', 'over'],
  ['', 'retries'],
  ['gave', 'up'],
  ['Jain', 'w/p'],
  ['use-', 'ful'],
] as const;

function legendLines({ environment, verdict: { best } }: BenchResults): string[] {
  return [
    `${best === null ? '' : '*: recommended; '}${floorText(environment)}`,
    'rate: a second, median and range of the rounds; wait, hold, hand-over (median): ms; gave up: of the calls',
    'Jain w/p: over workers and processes, 1 is even; useful: share of the time that went into what was committed',
  ].flatMap((line, i, { length }) => wrappedLines(`${line}${i < length - 1 ? ';' : '.'}`, width));
}

function groupLines({ title, unit, trials, floor }: Group, best: string | null): string[] {
  const rows = [...(floor ? [floorRow(floor)] : []), ...trials.map((trial) => trialRow(trial, trial.id === best))];
  const lines = alignedLines([...headerRows, ...rows], width);
  return [`${title}: ${unit} a second`, ...lines];
}

const headerRows = [0, 1].map((line) => ({ cells: header.map((names) => names[line as 0 | 1]) }));

function floorRow({ rate }: Floor): AlignedRow {
  return { cells: ['floor', '', shortFigure(rate.median), range(rate, shortFigure), '1.00'] };
}

function trialRow(trial: TrialResult, isMarked: boolean): AlignedRow {
  const { strategy, processes, workers, faults, rate, floorRatio, waitMs, holdMs, calls, fairness, usefulShare } = trial;
  const key = [strategy, `${processes}x${workers}`];
  if (faults.length > 0) return { cells: key, note: `FAULTY: ${faults.join('; ')}`, isMarked };
  const cells = [
    ...key,
    rate ? shortFigure(rate.median) : '-',
    rate ? range(rate, shortFigure) : '',
    floorRatio ? ratio(floorRatio.median) : '-',
    ...(['p50', 'p99', 'max'] as const).map((name) => timeText(quantile(waitMs, name))),
    timeText(quantile(holdMs, 'p50')),
    timeText(handOverQuantile(usualHandOver(trial), 'p50')),
    shortCount(calls.retries),
    percent(gaveUpShare(trial.calls)),
    `${ratio(fairness.workers)}/${ratio(fairness.processes)}`,
    percent(usefulShare),
  ];
  return { cells, isMarked };
}

const timeText = (ms: number | undefined) => (ms === undefined ? '-' : shortFigure(ms));

const shortCount = (value: number) => (value < 1e5 ? count(value) : shortFigure(value));

function scalingLines(groups: readonly Group[]): string[] {
  const lines = curveLines(groups).flatMap((line) => wrappedLines(line, width, '  '));
  return lines.length === 0 ? [] : ['Scaling (contenders: processes x workers):', ...lines];
}

function publishedLines(results: BenchResults): string[] {
  const rows = publishedRows(results.trials);
  if (rows.length === 0) return [];
  const lines = rows.flatMap((row) => wrappedLines(`${row.trial.strategy}, N = ${row.n}: ${publishedText(row)}`, width, '  '));
  return ["Whole jobs beside Kosh's published times:", ...lines, ...wrappedLines(publishedCaveat, width, '  ')];
}

function peerLines({ peer }: BenchResults): string[] {
  return peer === undefined ? [] : wrappedLines(`The real Kosh, one process: ${peerText(peer)}.`, width);
}

function comparisonLines({ comparison }: BenchResults): string[] {
  if (comparison === undefined) return [];
  return [
    ...wrappedLines(`${comparisonTitle(comparison)}:`, width),
    ...comparison.groups.flatMap((group) => wrappedLines(groupText(group, comparison), width, '  ')),
    ...comparison.notes.flatMap((note) => wrappedLines(note, width, '  ')),
  ];
}
