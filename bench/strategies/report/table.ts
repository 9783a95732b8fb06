import type { BenchResults, Floor, TrialResult } from '../results.js';
import { alignedLines, wrappedLines } from './aligned.js';
import { count, percent, range, ratio, shortFigure } from './format.js';
import { type Group, gaveUpShare, groupsOf, publishedRows, usualHandOver } from './groups.js';
import {
  comparisonTitle,
  curveName,
  curveText,
  environmentText,
  groupText,
  othersLine,
  peerText,
  publishedText,
  sizeText,
} from './words.js';

const width = 110;

/** What `bench` says at its end on a terminal, in at most 110 columns. `files`: the paths that were written. */
export function benchText(results: BenchResults, files: readonly string[] = []): string {
  const { verdict, environment, commandLine } = results;
  const groups = groupsOf(results);
  const parts = [
    [verdict.headline, ...verdict.lines].flatMap((line) => wrappedLines(line, width)),
    ...groups.map(groupLines),
    ...(groups.length > 0 ? [legend] : []),
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

const legend = [
  'rate: a second, median and range of the rounds; wait, hold, hand-over (median): ms; gave up: of the calls;',
  'Jain w/p: over workers and processes, 1 is even; useful: share of the time that went into what was committed.',
].flatMap((line) => wrappedLines(line, width));

function groupLines({ title, unit, trials, floor }: Group): string[] {
  const rows = [...(floor ? [floorRow(floor)] : []), ...trials.map(trialRow)];
  const lines = alignedLines([...headerRows, ...rows], width);
  return [`${title}: ${unit} a second`, ...lines];
}

const headerRows = [0, 1].map((line) => header.map((names) => names[line as 0 | 1]));

function floorRow({ rate }: Floor): string[] {
  return ['floor', '', shortFigure(rate.median), range(rate, shortFigure), '1.00'];
}

function trialRow(trial: TrialResult): readonly string[] | { readonly cells: readonly string[]; readonly note: string } {
  const { strategy, processes, workers, faults, rate, floorRatio, waitMs, holdMs, calls, fairness, usefulShare } = trial;
  const key = [strategy, `${processes}x${workers}`];
  if (faults.length > 0) return { cells: key, note: `FAULTY: ${faults.join('; ')}` };
  return [
    ...key,
    rate ? shortFigure(rate.median) : '-',
    rate ? range(rate, shortFigure) : '',
    floorRatio ? ratio(floorRatio.median) : '-',
    ...(waitMs.count === 0 ? ['-', '-', '-'] : [waitMs.p50, waitMs.p99, waitMs.max].map(shortFigure)),
    ...[holdMs, usualHandOver(trial)].map(({ count: times, p50 }) => (times === 0 ? '-' : shortFigure(p50))),
    shortCount(calls.retries),
    percent(gaveUpShare(trial)),
    `${ratio(fairness.workers)}/${ratio(fairness.processes)}`,
    percent(usefulShare),
  ];
}

const shortCount = (value: number) => (value < 1e5 ? count(value) : shortFigure(value));

function scalingLines(groups: readonly Group[]): string[] {
  const lines = groups.flatMap(({ title, curves }) =>
    curves.flatMap((curve) => wrappedLines(`${title}, ${curveName(curve)}: ${curveText(curve)}.`, width, '  ')),
  );
  return lines.length === 0 ? [] : ['Scaling (contenders: processes x workers):', ...lines];
}

function publishedLines(results: BenchResults): string[] {
  const rows = publishedRows(results.trials);
  if (rows.length === 0) return [];
  const lines = rows.flatMap((row) => wrappedLines(`${row.trial.strategy}, N = ${row.n}: ${publishedText(row)}`, width, '  '));
  return ["Whole jobs beside Kosh's published times (another machine and disk):", ...lines];
}

function peerLines({ peer }: BenchResults): string[] {
  return peer === undefined ? [] : wrappedLines(`The real Kosh, one process: ${peerText(peer)}.`, width);
}

function comparisonLines({ comparison }: BenchResults): string[] {
  if (comparison === undefined) return [];
  return [
    ...wrappedLines(`${comparisonTitle(comparison)}:`, width),
    ...comparison.groups.flatMap((group) =>
      wrappedLines(`${group.strategy} ${group.load}: ${groupText(group, comparison)}`, width, '  '),
    ),
    ...comparison.notes.flatMap((note) => wrappedLines(note, width, '  ')),
  ];
}
