import type { Peer } from '../peer/peer.js';
import type { Distribution, TrialResult } from '../results.js';
import { gaveUpShare } from '../words.js';
import { byCode, count, figure, percent, ratio } from './format.js';
import { type Group, handOverQuantile, quantile } from './groups.js';
import { type Cell, type Column, cell, type PageTable, quantiles, type Row, trialColumns, trialRow } from './page-table.js';

/** Rates with their spread, and what that is of the floor; the floor itself and the real Kosh are the first rows. */
export function rateTable({ trials, floor, unit }: Group, peer: Peer | undefined): PageTable {
  const over = `${unit} a second`;
  return {
    columns: [
      ...trialColumns,
      ...['median', 'min', 'max'].map((title) => ({ title, over })),
      ...['median', 'min', 'max'].map((title) => ({ title, over: 'of the floor' })),
    ],
    rows: [
      ...(floor ? [{ id: 'floor', cells: [...named('Floor'), ...spreadCells('rate', floor.rate, figure)] }] : []),
      ...(peer ? [peerRow(peer)] : []),
      ...trials.map((trial) =>
        trialRow(trial, [...spreadCells('rate', trial.rate, figure), ...spreadCells('floorRatio', trial.floorRatio, ratio)]),
      ),
    ],
  };
}

function named(name: string): Cell[] {
  return [{ text: name }, { text: '' }];
}

function peerRow({ name, rate, floorRatio, faults }: Peer): Row {
  if (faults.length > 0) return { id: 'peer', cells: named(name), fault: `Faulty: ${faults.join('; ')}` };
  return {
    id: 'peer',
    cells: [...named(name), ...spreadCells('rate', rate, figure), ...spreadCells('floorRatio', floorRatio, ratio)],
  };
}

/** Median, lowest and highest. */
export function spreadCells(key: string, spread: TrialResult['rate'], text: (value: number) => string): Cell[] {
  return (['median', 'min', 'max'] as const).map((name) => cell(`${key}.${name}`, spread?.[name], text));
}

type Timed = readonly [key: string, over: string, of: (trial: TrialResult) => Distribution];

const waits: readonly Timed[] = [
  ['waitMs', 'wait, ms', ({ waitMs }) => waitMs],
  ['holdMs', 'hold, ms', ({ holdMs }) => holdMs],
];

const handOvers: readonly Timed[] = [
  ['handOverMs.sameProcess', 'within a process, ms', ({ handOverMs }) => handOverMs.sameProcess],
  ['handOverMs.otherProcess', 'between processes, ms', ({ handOverMs }) => handOverMs.otherProcess],
];

/** Percentiles of what each transaction waited for, and of how long it held. */
export function waitTable(group: Group): PageTable {
  return timeTable(group, waits, quantile);
}

/** How many hand-overs there were, and the percentiles of how long they took. */
export function handOverTable(group: Group): PageTable {
  return timeTable(group, handOvers, handOverQuantile);
}

function timeTable({ trials }: Group, measures: readonly Timed[], timeOf: typeof quantile): PageTable {
  return {
    columns: [
      ...trialColumns,
      ...measures.flatMap(([, over]) => ['count', ...quantiles.map(([, title]) => title)].map((title) => ({ title, over }))),
    ],
    rows: trials.map((trial) =>
      trialRow(
        trial,
        measures.flatMap(([key, , of]) => timeCells(key, of(trial), timeOf)),
      ),
    ),
  };
}

function timeCells(key: string, times: Distribution, timeOf: typeof quantile): Cell[] {
  return [
    cell(`${key}.count`, times.count, count),
    ...quantiles.map(([name]) => cell(`${key}.${name}`, timeOf(times, name), figure)),
  ];
}

const callColumns: readonly Column[] = [
  { title: 'calls done' },
  { title: 'retries' },
  { title: 'per 100 calls' },
  { title: 'gave up' },
  { title: '% of calls' },
  { title: 'stale locks taken' },
  { title: 'retries by code', isText: true },
  { title: 'gave up by code', isText: true },
];

/** Retries and what was given up, of all rounds. */
export function callTable({ trials }: Group): PageTable {
  return {
    columns: [...trialColumns, ...callColumns],
    rows: trials.map((trial) => {
      const { done, gaveUp, gaveUpByCode, retries, retriesByCode } = trial.calls;
      return trialRow(trial, [
        cell('calls.done', done, count),
        cell('calls.retries', retries, count),
        cell('retriesPer100', retriesPer100(trial), figure),
        cell('calls.gaveUp', gaveUp, count),
        cell('gaveUpShare', gaveUpShare(trial.calls), percent),
        cell('takeOvers', trial.takeOvers, count),
        { text: byCode(retriesByCode) },
        { text: byCode(gaveUpByCode) },
      ]);
    }),
  };
}

/** Retries for 100 calls; 0 without calls. */
export function retriesPer100({ calls: { done, gaveUp, retries } }: TrialResult): number {
  return retries === 0 ? 0 : (100 * retries) / Math.max(1, done + gaveUp);
}

/** Who got how much, and what the time was used for. */
export function fairnessTable({ trials }: Group): PageTable {
  return {
    columns: [
      ...trialColumns,
      { title: 'workers', over: "Jain's index over" },
      { title: 'processes', over: "Jain's index over" },
      { title: 'useful share of the time' },
    ],
    rows: trials.map((trial) =>
      trialRow(trial, [
        cell('fairness.workers', trial.fairness.workers, (value) => value.toFixed(3)),
        cell('fairness.processes', trial.fairness.processes, (value) => value.toFixed(3)),
        cell('usefulShare', trial.usefulShare, percent),
      ]),
    ),
  };
}
