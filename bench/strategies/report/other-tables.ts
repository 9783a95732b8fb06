import type { Comparison } from '../baseline.js';
import type { TrialResult } from '../results.js';
import { count, duration, figure, percent, ratio } from './format.js';
import { type Group, type PublishedRow, publishedRows } from './groups.js';
import { type Cell, type Column, cell, type PageTable, trialColumns } from './page-table.js';
import { spreadCells } from './trial-tables.js';
import { pText, timesFaster } from './words.js';

const curveColumns: readonly Column[] = [{ title: 'Strategy', isText: true }, { title: 'Processes' }];

/** The measured points of the curves. */
export function pointTable({ curves }: Group): PageTable {
  const over = 'rate';
  return {
    columns: [...trialColumns, { title: 'Contenders' }, ...['median', 'min', 'max'].map((title) => ({ title, over }))],
    rows: curves.flatMap(({ strategy, processes, points }) =>
      points.map(({ workers, contenders, rate, min, max }) => ({
        id: `${strategy} ${processes}x${workers}`,
        cells: [
          ...texts(strategy, `${processes} × ${workers}`),
          cell('contenders', contenders, count),
          cell('rate', rate, figure),
          cell('min', min, figure),
          cell('max', max, figure),
        ],
      })),
    ),
  };
}

/** What the law says of each curve. */
export function fitTable({ curves }: Group): PageTable {
  return {
    columns: [
      ...curveColumns,
      { title: 'one alone, a second' },
      { title: 'contention' },
      { title: 'coherency' },
      { title: 'fit off by' },
      { title: 'enough contenders' },
      { title: 'predicted best' },
    ],
    rows: curves.map(({ strategy, processes, fit }) => ({
      id: `${strategy} ${processes}`,
      cells: [
        ...texts(strategy, processes),
        cell('lambda', fit?.lambda, figure),
        cell('sigma', fit?.sigma, figure),
        cell('kappa', fit?.kappa, figure),
        cell('error', fit?.error, percent),
        cell('enough', fit?.enough, count),
        fit?.best === null ? { text: 'grows on' } : cell('best', fit?.best, (value) => value.toFixed(1)),
      ],
    })),
  };
}

function texts(...values: readonly (string | number)[]): Cell[] {
  return values.map((value) => ({ text: String(value) }));
}

/** Whole jobs beside the published times. */
export function publishedTable(trials: readonly TrialResult[]): PageTable {
  return {
    columns: [
      { title: 'Strategy', isText: true },
      { title: 'N' },
      ...['median', 'min', 'max'].map((title) => ({ title, over: 'this run' })),
      { title: 'published' },
      { title: 'compared' },
    ],
    rows: publishedRows(trials).map(publishedCells),
  };
}

function publishedCells({ trial, n, seconds, published }: PublishedRow) {
  const key = texts(trial.strategy, n);
  if (trial.faults.length > 0) return { id: trial.id, cells: key, fault: `Faulty: ${trial.faults.join('; ')}` };
  const compared = seconds === undefined || published === undefined ? '-' : timesFaster({ seconds, published });
  const cells = [
    ...key,
    ...spreadCells('jobSeconds', trial.jobSeconds, duration),
    cell('published', published, duration),
    { text: compared },
  ];
  return { id: trial.id, cells };
}

/** Each strategy and load beside the saved run, and the trials that this is made of. */
export function comparisonTable({ groups, alpha }: Comparison): PageTable {
  return {
    columns: [
      { title: 'Strategy', isText: true },
      { title: 'Load', isText: true },
      { title: 'Trial', isText: true },
      { title: 'of the saved speed' },
      { title: 'p' },
      { title: '', isText: true },
    ],
    rows: groups.flatMap(({ strategy, load, ratio: speed, p, smallestP, isSlower, trials }) => [
      {
        id: `${strategy} ${load}`,
        cells: [
          ...texts(strategy, load, `all ${trials.length}`),
          cell('ratio', speed, ratio),
          cell('p', p, pText),
          { text: isSlower ? 'slower than allowed' : smallestP > alpha ? 'too few rounds to tell' : 'not slower than allowed' },
        ],
      },
      ...trials.map((trial) => ({
        id: trial.id,
        cells: [...texts(strategy, load, trial.id), cell('ratio', trial.ratio, ratio), ...texts('', '')],
      })),
    ]),
  };
}
