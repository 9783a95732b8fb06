import type { Comparison } from '../baseline.js';
import type { TrialResult } from '../results.js';
import type { ScalingCurve } from '../scaling.js';
import { outcomeText, pText } from './comparison-words.js';
import { bestText } from './curve-words.js';
import { count, duration, figure, percent, ratio } from './format.js';
import { type Group, type PublishedRow, publishedRows } from './groups.js';
import { type Cell, type Column, cell, type PageTable } from './page-table.js';
import { spreadCells } from './trial-tables.js';

const curveColumns: readonly Column[] = [{ title: 'Strategy', isText: true }, { title: 'Processes' }];

const fitColumns = [
  'predicted for one',
  'contention',
  'coherency',
  'RMS error of the fit',
  '95 % reached at',
  'predicted best, contenders',
] as const;

/** The measured points of the curves, and what the law says of each curve where it could be fitted to one. */
export function fitTable({ curves, unit }: Group): PageTable {
  const contenders = [...new Set(curves.flatMap(({ points }) => points.map((point) => point.contenders)))].sort((a, b) => a - b);
  const isFitted = curves.some(({ fit }) => fit !== undefined);
  return {
    columns: [
      ...curveColumns,
      ...contenders.map((n) => ({ title: count(n), over: `${unit} a second with so many contenders` })),
      ...(isFitted ? fitColumns.map((title) => ({ title, over: 'fit' })) : []),
    ],
    rows: curves.map((curve) => ({
      id: `${curve.strategy} ${curve.processes}`,
      cells: [
        ...texts(curve.strategy, curve.processes),
        ...contenders.map((n) => cell(`rate.${n}`, curve.points.find((point) => point.contenders === n)?.rate, figure)),
        ...(isFitted ? fitCells(curve) : []),
      ],
    })),
  };
}

function fitCells(curve: ScalingCurve): Cell[] {
  const { fit } = curve;
  return [
    cell('lambda', fit?.lambda, figure),
    cell('sigma', fit?.sigma, figure),
    cell('kappa', fit?.kappa, figure),
    cell('error', fit?.error, percent),
    cell('enough', fit?.enough, count),
    fit?.best == null ? { text: bestText(curve) } : cell('best', fit.best, () => bestText(curve)),
  ];
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
    ],
    rows: publishedRows(trials).map(publishedCells),
  };
}

function publishedCells({ trial, n, published }: PublishedRow) {
  const key = texts(trial.strategy, n);
  if (trial.faults.length > 0) return { id: trial.id, cells: key, fault: `Faulty: ${trial.faults.join('; ')}` };
  const cells = [...key, ...spreadCells('jobSeconds', trial.jobSeconds, duration), cell('published', published, duration)];
  return { id: trial.id, cells };
}

/** Each strategy and load compared with the baseline, and the trials that this is made of. */
export function comparisonTable(comparison: Comparison): PageTable {
  return {
    columns: [
      { title: 'Strategy and load', isText: true },
      { title: 'Trial', isText: true },
      { title: 'of the saved speed' },
      { title: 'p' },
      { title: '', isText: true },
    ],
    rows: comparison.groups.flatMap((group) => {
      const id = `${group.strategy} ${group.load}`;
      return [
        {
          id,
          cells: [
            ...texts(id, `all ${group.trials.length}`),
            cell('ratio', group.ratio, ratio),
            cell('p', group.p, pText),
            { text: outcomeText(group, comparison) },
          ],
        },
        ...group.trials.map((trial) => ({
          id: trial.id,
          cells: [...texts(id, trial.id.replace(`${id} `, '')), cell('ratio', trial.ratio, ratio), ...texts('', '')],
        })),
      ];
    }),
  };
}
