import type { Group } from './groups.js';
import { html, type Markup } from './markup.js';
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
  readonly note?: string | Markup;
  /** What stands between the caption and the drawings: what the colours and signs mean, or controls. */
  readonly key?: Markup;
  readonly panels: readonly Panel[];
  readonly tables: readonly { readonly title: string; readonly table: PageTable }[];
}

export function figureMarkup({ id, title, note, key, panels, tables }: Figure): Markup {
  return html`<figure id="${id}" aria-labelledby="${id}-title">
<figcaption><h3 id="${id}-title">${title}</h3>${note === undefined ? '' : html`<p>${note}</p>`}</figcaption>
${key}<div class="panels">${panels.map((panel) => panelMarkup(panel, panels.length > 1))}</div>
${tables.map(({ title: summary, table }) => html`<details open><summary>${summary}</summary>${tableMarkup(table, `${title}: ${summary}`)}</details>`)}
</figure>
`;
}

/** A single drawing has the figure's title over it already. */
function panelMarkup({ chart, title, data = {} }: Panel, isTitled: boolean): Markup {
  const attributes = Object.entries(data).map(([name, value]) => html` data-${name}="${value}"`);
  return html`<div class="panel">${isTitled ? html`<h4>${title}</h4>` : ''}<div class="chart" data-chart="${chart}" data-title="${title}"${attributes}></div></div>`;
}

/** The colours of the strategies that are in the group. */
export function strategyKey({ trials }: Pick<Group, 'trials'>, more?: Markup): Markup {
  const names = [...new Set(trials.map(({ strategy }) => strategy))];
  return html`<ul class="key">${names.map((name) => html`<li><span class="swatch" style="background: var(--${name})"></span>${name}</li>`)}${more}</ul>
`;
}
