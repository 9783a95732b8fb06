import type { StrategyName } from '../../../src/locks/registry.js';
import type { Group } from './groups.js';
import { type Content, html, type Markup } from './markup.js';
import { type PageTable, tableMarkup } from './page-table.js';

/** A place for one drawing: `page/main.js` fills it. */
export interface Panel {
  /** Which drawing: a key of the table of drawings in `page/main.js`. */
  readonly chart: string;
  /** Stands over the drawing, and is its name for who does not see it. */
  readonly title: string;
  /** What the drawing is of, as `data-` attributes. */
  readonly data?: Readonly<Record<string, string | number>>;
}

/** A figure: drawings beside each other, and under them the tables with their numbers. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly note?: string | Markup | undefined;
  /** What stands between the caption and the drawings: what the colours and signs mean, or controls. */
  readonly key?: Markup;
  readonly panels: readonly Panel[];
  readonly tables: readonly { readonly title: string; readonly table: PageTable }[];
}

export function figureMarkup({ id, title, note, key, panels, tables }: Figure): Markup {
  return html`<figure id="${id}" aria-labelledby="${id}-title">
<figcaption><h3 id="${id}-title">${title}</h3>${note === undefined ? '' : html`<p>${note}</p>`}</figcaption>
${key}<div class="panels">${panels.map((panel) => panelMarkup(panel, panels.length > 1))}</div>
${tables.map(({ title: summary, table }) => foldedTable(summary, table, `${title}: ${summary}`))}
</figure>
`;
}

/** A longer table is closed on the screen until somebody wants it. Paper shows all: print.css sees to that. */
const openRows = 8;

/** A table under a line that opens and closes it. */
export function foldedTable(summary: string, table: PageTable, label: string): Markup {
  const open = table.rows.length > openRows ? '' : html` open`;
  return html`<details${open}><summary>${summary}</summary>${tableMarkup(table, label)}</details>`;
}

/** A single drawing has the figure's title over it already. */
function panelMarkup({ chart, title, data = {} }: Panel, isTitled: boolean): Markup {
  const attributes = Object.entries(data).map(([name, value]) => html` data-${name}="${value}"`);
  return html`<div class="panel">${isTitled ? html`<h4>${title}</h4>` : ''}<div class="chart" data-chart="${chart}" data-title="${title}"${attributes}></div></div>`;
}

/** The colours of the strategies that are in the group. */
export function strategyKey({ trials }: Pick<Group, 'trials'>, more?: Content): Markup {
  return keyOf(trials, (name) => html`<span class="swatch" style="background: var(--${name})"></span>`, more);
}

/** The signs of the strategies, which are those of `page/scaling.js`. */
const signs: Readonly<Record<StrategyName, string>> = { None: '●', RFileLock: '■', OnlyRetry: '▲' };

/** The same where each has a sign of its own too, in its colour. */
export function signKey({ trials }: Pick<Group, 'trials'>, more?: Content): Markup {
  return keyOf(trials, (name) => html`<span class="sign" style="color: var(--${name})">${signs[name]}</span>`, more);
}

function keyOf(trials: Group['trials'], look: (name: StrategyName) => Markup, more: Content): Markup {
  const names = [...new Set(trials.map(({ strategy }) => strategy))];
  return html`<ul class="key">${names.map((name) => html`<li>${look(name)}${name}</li>`)}${more}</ul>
`;
}
