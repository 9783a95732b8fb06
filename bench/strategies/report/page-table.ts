import type { Distribution, TrialResult } from '../results.js';
import { type Content, html, type Markup } from './markup.js';

/** A table of the page: what stands under a chart. */
export interface PageTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Column {
  readonly title: string;
  /** Stands over the titles of the columns beside each other that have the same one. */
  readonly over?: string;
  /** Of words, which start at the left. */
  readonly isText?: boolean;
}

export interface Row {
  /** What the row is about; stands in `data-id`. */
  readonly id?: string;
  readonly cells: readonly Cell[];
  /** Words in the place of the cells that are missing. */
  readonly fault?: string | undefined;
}

export interface Cell {
  readonly text: string;
  /** Name of the figure in the results. */
  readonly key?: string;
  /** The figure with all its digits. */
  readonly value?: number | undefined;
}

/** The columns that say which trial it is. */
export const trialColumns: readonly Column[] = [{ title: 'Strategy', isText: true }, { title: 'Proc. × workers' }];

/** A row of a trial; with a fault, its words in the place of the cells. */
export function trialRow(trial: TrialResult, cells: readonly Cell[]): Row {
  const { id, strategy, processes, workers, faults } = trial;
  const key: Cell[] = [{ text: strategy }, { text: `${processes} × ${workers}` }];
  return faults.length > 0 ? { id, cells: key, fault: `Faulty: ${faults.join('; ')}` } : { id, cells: [...key, ...cells] };
}

/** A figure and how it is written; a dash where there is none. */
export function cell(key: string, value: number | undefined, text: (value: number) => string): Cell {
  return value === undefined ? { text: '-', key } : { text: text(value), key, value };
}

/** The percentiles that the page shows, with their names. */
export const quantiles = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p95', 'p95'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
  ['max', 'max'],
] as const satisfies readonly (readonly [keyof Distribution, string])[];

/** Puts the table in a box of its own that scrolls, which the keyboard reaches. */
export function tableMarkup({ columns, rows }: PageTable, label: string): Markup {
  const overs = columns.reduce<{ title: string; span: number }[]>((all, { over = '' }) => {
    const last = all.at(-1);
    if (last?.title === over) last.span += 1;
    else all.push({ title: over, span: 1 });
    return all;
  }, []);
  const over = overs.length === 1 ? undefined : html`<tr>${overs.map(overMarkup)}</tr>`;
  const titles = columns.map(({ title, isText }) => html`<th scope="col"${className(isText)}>${title}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead>${over}<tr>${titles}</tr></thead>
<tbody>${rows.map((row) => rowMarkup(row, columns))}</tbody></table></div>`;
}

function overMarkup({ title, span }: { readonly title: string; readonly span: number }): Markup {
  return title === ''
    ? html`<td colspan="${span}"></td>`
    : html`<th scope="colgroup" colspan="${span}" class="over">${title}</th>`;
}

function rowMarkup({ id, cells, fault }: Row, columns: readonly Column[]): Markup {
  const missing = columns.length - cells.length;
  const rest =
    fault === undefined
      ? Array.from({ length: missing }, () => html`<td></td>`)
      : html`<td class="fault" colspan="${missing}">${fault}</td>`;
  const content: Content = cells.map((one, i) => cellMarkup(one, i, columns[i]?.isText));
  return html`<tr${id === undefined ? '' : html` data-id="${id}"`}>${content}${rest}</tr>
`;
}

function cellMarkup({ text, key, value }: Cell, column: number, isText: boolean | undefined): Markup {
  if (column === 0) return html`<th scope="row"${className(isText)}>${text}</th>`;
  const exact = value === undefined ? '' : html` data-value="${value}"`;
  return html`<td${className(isText)}${key === undefined ? '' : html` data-key="${key}"`}${exact}>${text}</td>`;
}

function className(isText: boolean | undefined): Content {
  return isText ? html` class="text"` : '';
}
