import { number, table, times } from '../support/report.js';
import { type Spread, spreadOf } from '../support/statistics.js';
import type { ShareFigures } from './figures.js';
import { handedOnOf, ratioOf, type TargetResult } from './targets.js';
import type { ContentionResult, CostResult, LockRun, StoreResult } from './trials.js';

/** What a run costs, the bare directory being the floor. */
export function costTable(costs: readonly CostResult[]): string {
  const floor = costs.find(({ way }) => way === 'mkdir and rmdir');
  const row = (trial: CostResult): string[] => {
    const { name, runs } = trial;
    const { median, min, max } = middleOf(trial, 'median');
    const samples = runs.reduce((sum, { figures }) => sum + figures.microseconds.count, 0);
    return (
      failed(trial) ?? [
        name,
        number(samples),
        micro(median),
        `${micro(min)} to ${micro(max)}`,
        floor && floor.faults.length === 0 ? times(median / middleOf(floor, 'median').median) : '',
        micro(middleOf(trial, 'p95').median),
        micro(middleOf(trial, 'p99').median),
      ]
    );
  };
  return table(['', 'runs', 'median, us', '', 'floor = 1', 'p95', 'p99'], costs.map(row));
}

function middleOf({ runs }: CostResult, key: 'median' | 'p95' | 'p99'): Spread {
  return spreadOf(runs.map(({ figures }) => figures.microseconds[key]));
}

/** How a lock goes from one to the next. */
export function contentionTable(trials: readonly ContentionResult[]): string {
  const row = (trial: ContentionResult): string[] => {
    const { name, runs } = trial;
    const { perSecond, jain, longestMs } = sharesOf(runs);
    const busy = percent(spreadOf(runs.map(({ figures }) => figures.busy)).median);
    return (
      failed(trial) ?? [
        name,
        ...handOverCells(trial),
        handedOn(trial),
        served(trial),
        busy,
        number(Math.round(perSecond.median)),
        jain,
        longestMs,
      ]
    );
  };
  const header = [
    '',
    'hand-overs',
    'median, ms',
    '',
    'p95',
    'p99',
    'max',
    'handed on',
    'served, ms',
    'busy',
    'runs/s',
    'Jain',
    'longest wait, ms',
  ];
  return table(header, trials.map(row));
}

function handOverCells({ runs }: ContentionResult): string[] {
  const seen = runs.flatMap(({ figures }) => figures.handOverMs ?? []);
  if (seen.length === 0) return ['0', '-', '', '-', '-', '-'];
  const of = (key: 'median' | 'p95' | 'p99' | 'max') => spreadOf(seen.map((handOver) => handOver[key]));
  const { median, min, max } = of('median');
  return [
    number(seen.reduce((sum, { count }) => sum + count, 0)),
    milli(median),
    `${milli(min)} to ${milli(max)}`,
    milli(of('p95').median),
    milli(of('p99').median),
    milli(of('max').max),
  ];
}

function handedOn(trial: ContentionResult): string {
  const share = handedOnOf(trial);
  return share === undefined ? '-' : percent(share);
}

function served({ runs }: ContentionResult): string {
  const medians = runs.flatMap(({ figures }) => figures.servedMs?.median ?? []);
  return medians.length > 0 ? milli(spreadOf(medians).median) : '-';
}

/** What several writers of one store get done. */
export function storeTable(stores: readonly StoreResult[]): string {
  const row = (trial: StoreResult): string[] => {
    const { name, runs } = trial;
    const { perSecond, jain, longestMs } = sharesOf(runs);
    const wait = (key: 'median' | 'p99') => milli(spreadOf(runs.map(({ figures }) => figures.waitMs[key])).median);
    const sum = (key: 'retries' | 'gaveUp') => number(runs.reduce((total, { figures }) => total + figures[key], 0));
    const { median, min, max } = perSecond;
    const rounded = (value: number) => number(Math.round(value));
    const ratio = ratioOf(trial, stores);
    return (
      failed(trial) ?? [
        name,
        rounded(median),
        `${rounded(min)} to ${rounded(max)}`,
        ...(ratio ? [cut(ratio.median), `${cut(ratio.min)} to ${cut(ratio.max)}`] : ['-', '']),
        jain,
        wait('median'),
        wait('p99'),
        longestMs,
        sum('retries'),
        sum('gaveUp'),
      ]
    );
  };
  const header = ['', 'transactions/s', '', 'ratio', '', 'Jain', 'wait p50, ms', 'p99', 'longest', 'retries', 'gave up'];
  return table(header, stores.map(row));
}

/** What was wanted, and what came of it. */
export function targetTable(targets: readonly TargetResult[]): string {
  return table(
    ['target', 'wanted', 'measured', '', 'handed on', ''],
    targets.map(({ text, bound, unit, value, range, isMet, handedOn }) => {
      const wanted = 'below' in bound ? `below ${bound.below}${unit}` : `at least ${bound.atLeast}${unit}`;
      if (value === undefined || !range) return [text, wanted, 'not measured', '', '', ''];
      const shown = 'below' in bound ? milli : cut;
      const ranged = `${shown(range.min)} to ${shown(range.max)}`;
      return [
        text,
        wanted,
        `${shown(value)}${unit}`,
        ranged,
        handedOn === undefined ? '' : percent(handedOn),
        isMet ? 'met' : 'MISSED',
      ];
    }),
  );
}

function sharesOf(runs: readonly LockRun<ShareFigures>[]) {
  const of = (value: (figures: ShareFigures) => number) => spreadOf(runs.map(({ figures }) => value(figures)));
  const longestMs = of(({ waitMs }) => waitMs.max).max;
  return {
    perSecond: of(({ perSecond }) => perSecond),
    jain: of(({ jain }) => jain).median.toFixed(3),
    longestMs: number(Math.round(longestMs)),
  };
}

function failed({ name, runs, faults }: CostResult | ContentionResult | StoreResult): string[] | undefined {
  if (faults.length === 0) return undefined;
  return [name, 'FAILED', `${faults.length} times, not ${runs.length}`, faults[0] ?? ''];
}

function micro(microseconds: number): string {
  return microseconds < 10 ? microseconds.toFixed(2) : number(Math.round(microseconds));
}

function milli(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(3) : milliseconds.toFixed(1);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** As it is shown beside the wanted one: cut, because 0.699 is not 0.7. */
function cut(ratio: number): string {
  return (Math.floor(ratio * 100) / 100).toFixed(2);
}
