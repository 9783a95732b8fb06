import type { Host } from '../../support/machine.js';
import { capital, hostText, number, table, wrapped } from '../../support/report.js';
import { eventLines } from '../report/event-lines.js';
import type { ControlResult } from '../run-controls.js';
import type { Figures, Finding } from '../verdict.js';
import { isAsExpected, type MatrixRun } from './run-matrix.js';

/** All that `bench/STRESS.md` is made of. */
export interface MatrixResults {
  readonly command: string;
  readonly host: Host;
  /** Versions of the engines. */
  readonly engine: string;
  readonly seconds: number;
  readonly runs: readonly MatrixRun[];
  readonly controls: readonly ControlResult[];
}

const howToRead = `Each run: processes and threads on one throw-away store, with faults; what they wrote down is judged afterwards (docs/stress.md). *Longest wait* is from the
start of an operation to its turn. *Take-over* is from the death or the silence of a holder to the next one. *Jain* is the index of fairness, over threads: 1 is fair.
A run that has to break shows that the harness sees what happens where nothing protects the store.`;

/** The results as a page of Markdown. */
export function matrixReport({ command, host, engine, seconds, runs, controls }: MatrixResults): string {
  const parts = [
    '# Strategies under faults',
    hostText(host, engine),
    ['```', command, '```'].join('\n'),
    wrapped(howToRead.replaceAll('\n', ' ')),
    `${seconds} s a run.`,
    '## Verdicts',
    table(
      [
        '',
        'seed',
        'verdict',
        'operations',
        'failed',
        'faults',
        'longest wait, ms',
        'take-overs',
        'median, ms',
        'longest, ms',
        'Jain',
      ],
      runs.map(runRow),
    ),
    '## Faults',
    table(['', 'seed', 'faults injected'], runs.flatMap(faultRow)),
    ...unprovenText(runs),
    ...runs.filter((run) => run.result?.verdict.broken).map(brokenText),
    ...(controls.length > 0
      ? [
          '## Negative controls',
          'Strategies that are broken on purpose, which have to be caught within 60 s.',
          table(['', 'defect', 'caught', 'broken'], controls.map(controlRow)),
        ]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Whether everything came out as it has to. */
export function isGood({ runs, controls }: MatrixResults): boolean {
  return runs.every(isAsExpected) && controls.every(({ caught }) => caught);
}

function runRow(run: MatrixRun): string[] {
  const { entry, seed, result, fault } = run;
  if (!result) return [entry.title, `${seed}`, `NOT RUN: ${fault}`];
  const { verdict } = result;
  const { figures } = verdict;
  const word = `${verdict.broken ? 'broken' : 'holds'}${isAsExpected(run) ? '' : ': NOT AS IT HAS TO BE'}`;
  const of = (outcome: 'ok' | 'failed') =>
    number(Object.values(figures.operations).reduce((sum, counts) => sum + counts[outcome], 0));
  return [
    entry.title,
    `${seed}`,
    word,
    of('ok'),
    of('failed'),
    number(Object.values(figures.faults).reduce((sum, count) => sum + count, 0)),
    whole(figures.longestWaitMs),
    number(figures.takeOverMs.all.length),
    whole(figures.takeOverMs.median),
    whole(figures.takeOverMs.max),
    figures.jain.threads?.toFixed(3) ?? '',
  ];
}

function faultRow({ entry, seed, result }: MatrixRun): string[][] {
  return result ? [[entry.title, `${seed}`, countsText(result.verdict.figures.faults)]] : [];
}

function countsText(counts: Figures['faults']): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function unprovenText(runs: readonly MatrixRun[]): string[] {
  const lines = runs.flatMap(({ entry, seed, result }) =>
    (result?.verdict.provesNothing ?? []).map((why) => `- ${entry.title}, seed ${seed}: ${why}`),
  );
  return lines.length === 0 ? [] : ['## What these runs do not prove', lines.join('\n')];
}

function brokenText({ entry, seed, result }: MatrixRun): string {
  const broken = result?.verdict.invariants.filter(({ held }) => held === false) ?? [];
  const [first] = broken;
  const names = broken.map(({ name, evidence }) => `- **${name}**: ${evidence}`);
  return [`## ${entry.title}, seed ${seed}: what breaks`, names.join('\n'), ...(first ? [windowText(first)] : [])].join('\n\n');
}

function windowText({ name, window = [] }: Finding): string {
  const lines = eventLines(window, Math.min(...window.map(({ t }) => t)));
  return [`${capital(name)}:`, '', '```', ...lines, '```'].join('\n');
}

function controlRow({ name, defect, caught, seconds, broken }: ControlResult): string[] {
  return [name, defect, caught ? `after ${seconds.toFixed(0)} s` : 'NOT CAUGHT', broken.join(', ')];
}

function whole(ms: number | undefined): string {
  return ms === undefined ? '' : number(Math.round(ms));
}
