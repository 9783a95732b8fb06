import { capital, number } from '../../support/report.js';
import type { RunEvent, StressEvent } from '../events.js';
import type { ControlResult } from '../run-controls.js';
import type { RunResult } from '../run-stress.js';
import type { Figures, Finding } from '../verdict.js';
import { eventLines } from './event-lines.js';

export const controlsUnknown =
  'The controls were not run with this build. Run --control all: a harness that has not caught them has proved nothing.';

/** What a run says at its end on stdout, when it does not speak JSON. */
export function reportText(result: RunResult, controlsCaught: boolean): string {
  const { run, verdict, history, interrupted } = result;
  const broken = verdict.invariants.filter(({ held }) => held === false);
  const parts = [
    `${headline(run)}${interrupted ? ', interrupted' : ''}`,
    verdict.invariants.map(findingLine).join('\n'),
    rows(figureRows(verdict.figures)),
    rows(faultRows(run, verdict.figures)),
    ...broken.filter(({ window = [] }) => window.length > 0).map((finding) => windowText(finding, run)),
    ...verdict.provesNothing.map((why) => `What was held means less than it seems to: ${why}.`),
    ...(controlsCaught || run.control !== undefined ? [] : [controlsUnknown]),
    rows([['again', run.commandLine], ...(history === undefined ? [] : [['history', history] as const])]),
    broken.length === 0 ? 'Nothing that was checked is broken.' : `BROKEN: ${broken.map(({ name }) => name).join(', ')}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What the controls have shown. */
export function controlsText(results: readonly ControlResult[], asked: number): string {
  const lines = results.map(({ name, defect, caught, seconds, broken }) => {
    const what = caught ? `caught after ${seconds.toFixed(0)} s: ${broken.join(', ')}` : `NOT CAUGHT in ${seconds.toFixed(0)} s`;
    return `  ${name.padEnd(18)} ${what}\n  ${''.padEnd(18)} (${defect})`;
  });
  const missed = results.filter(({ caught }) => !caught).length;
  const isWhole = results.length === asked;
  const end =
    missed > 0
      ? `${missed} of ${results.length} were not caught: what this harness says of other strategies proves nothing.`
      : isWhole
        ? 'Every strategy that is broken on purpose was caught.'
        : `Interrupted: ${results.length} of ${asked} controls were run, and caught; the others were not run.`;
  return `${lines.join('\n')}\n\n${end}\n`;
}

function headline({ strategy, control, engine, processes, workers, seed }: RunEvent): string {
  const name = control === undefined ? strategy : `${control} (broken on purpose)`;
  return `${name} on ${engine}: ${processes} processes x ${workers} workers, seed ${seed}`;
}

const words = { true: 'held', false: 'BROKEN', 'not checked': 'not checked' } as const;

function findingLine({ name, held, evidence }: Finding): string {
  return `  ${words[`${held}`].padEnd(12)}${name}\n  ${''.padEnd(12)}  ${evidence}`;
}

/** Names at the left, what there is to say at the right. */
function rows(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(12, ...entries.map(([name]) => name.length + 2));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}${value}`).join('\n');
}

const ms = (value: number | undefined) => (value === undefined ? 'none' : `${number(Math.round(value * 10) / 10)} ms`);

function counts(entries: Readonly<Record<string, number>>): string {
  const known = Object.entries(entries).filter(([, count]) => count > 0);
  return known.length === 0 ? 'none' : known.map(([name, count]) => `${name} ${number(count)}`).join(', ');
}

function figureRows(figures: Figures): (readonly [string, string])[] {
  const { operations, seconds, waitMs, longestWaitMs, takeOverMs, jain, reruns, failures } = figures;
  const ok = Object.values(operations).reduce((sum, outcome) => sum + outcome.ok, 0);
  const two = (value: number | undefined) => value?.toFixed(3) ?? 'unknown';
  return [
    ['operations', `${number(ok)} acknowledged in ${seconds.toFixed(1)} s`],
    ...Object.entries(operations).map(([kind, outcome]) => [`  ${kind}`, counts(outcome)] as const),
    ['failures', counts(failures)],
    ['reruns', number(reruns)],
    ['wait', `p50 ${ms(waitMs?.p50)}, p95 ${ms(waitMs?.p95)}, p99 ${ms(waitMs?.p99)}, longest ${ms(longestWaitMs)}`],
    ['take-over', takeOvers(takeOverMs)],
    ['fairness', `Jain ${two(jain.threads)} over threads, ${two(jain.processes)} over processes`],
  ];
}

function takeOvers({ all, median, max }: Figures['takeOverMs']): string {
  if (all.length === 0) return 'none';
  return all.length === 1 ? `once, after ${ms(max)}` : `${number(all.length)} times, median ${ms(median)}, longest ${ms(max)}`;
}

/** What happened; and what cannot happen here, by reason. */
function faultRows({ notAvailable }: RunEvent, { faults }: Figures): (readonly [string, string])[] {
  const reasons = [...new Set(Object.values(notAvailable))];
  const namesOf = (reason: string) => Object.keys(notAvailable).filter((name) => notAvailable[name] === reason);
  return [
    ['faults', counts(faults)],
    ...reasons.map((reason) => ['  none of', `${namesOf(reason).join(', ')}: ${reason}`] as const),
  ];
}

function windowText({ name, window = [] }: Finding, run: RunEvent): string {
  const from = Math.min(...window.map(({ t }) => t));
  const since = ((from - run.t) / 1e6).toFixed(3);
  return [`${capital(name)}, ${since} s after the start:`, ...eventLines(window as readonly StressEvent[], from)].join('\n');
}
