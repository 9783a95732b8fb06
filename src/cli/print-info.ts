import type { RecordRole, StoreContents } from '../kosh/statistics.js';
import { unfinishedText } from '../kosh/unfinished-loads.js';
import { storeName } from '../stores/store-location.js';
import { bytes, count, counted } from './format.js';

/** A store and what is in it. */
export type ShownContents = { readonly store: string } & StoreContents;

/** One part of what is shown: a heading, and a row of columns for each thing in it. */
interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly string[])[];
  /** How many there are that have no row. */
  readonly more: number;
}

/** What `info` says on stdout, when it does not speak JSON; of each list the first `limit`. */
export function infoText(contents: ShownContents, limit: number): string {
  const unfinished = contents.unfinishedLoads.length > 0 ? [loads] : [];
  const sections = [records, relationships, ensembles, attributes, ...unfinished].map((section) => section(contents, limit));
  return [...headLines(contents), '', ...sections.flatMap(sectionLines)].join('\n');
}

function headLines({ store, engine, kosh, records }: ShownContents): string[] {
  const version = kosh?.minVersion == null ? '' : `, for Kosh ${kosh.minVersion} or later`;
  return [
    `${storeName(store)}: ${kosh ? `a Kosh store${version}` : 'a store of Sina that Kosh has not opened yet'}`,
    engineLine(engine),
    ...(records.total === 0 ? ['It is empty.'] : []),
  ];
}

function engineLine(engine: ShownContents['engine']): string {
  if (engine.name === 'SQLite') {
    const free = engine.freeBytes > 0 ? ` (${bytes(engine.freeBytes)} of it free)` : '';
    return `${engine.name} ${engine.version}, ${bytes(engine.bytes)}${free}, journal mode ${engine.journalMode}`;
  }
  const cluster = engine.isClustered ? 'a node of a Galera cluster' : 'no Galera cluster';
  return `${engine.name} ${engine.version}, about ${bytes(engine.bytes)} in tables and indexes, ${cluster}`;
}

const plurals: Readonly<Record<RecordRole, string>> = {
  dataset: 'datasets',
  ensemble: 'ensembles',
  file: 'files',
  user: 'users',
  group: 'groups',
  loader: 'loaders',
  'store info': 'the store itself',
  reserved: 'reserved',
};

function records({ records: { total, datasets, types } }: ShownContents, limit: number): Section {
  return {
    heading: `${counted(total, 'record')}, ${counted(datasets, 'dataset')} among them`,
    rows: types.slice(0, limit).map(({ type, role, count: n }) => [count(n), visible(type), plurals[role]]),
    more: types.length - limit,
  };
}

/** What is not finished goes on when the same command is given again. */
function loads({ unfinishedLoads }: ShownContents, limit: number): Section {
  return {
    heading: `${counted(unfinishedLoads.length, 'unfinished load')}: running, or to be gone on with by the same command`,
    rows: unfinishedLoads.slice(0, limit).map((load) => [onOneLine(unfinishedText(load))]),
    more: unfinishedLoads.length - limit,
  };
}

function relationships({ relationships: { total, predicates } }: ShownContents, limit: number): Section {
  return {
    heading: counted(total, 'relationship'),
    rows: predicates.slice(0, limit).map(({ predicate, count: n }) => [count(n), visible(predicate)]),
    more: predicates.length - limit,
  };
}

function ensembles({ ensembles: { total, first } }: ShownContents): Section {
  return {
    heading: `${counted(total, 'ensemble')}, by members`,
    rows: first.map(({ id, name, members }) => [count(members), visible(id), name === null ? '' : visible(name)]),
    more: total - first.length,
  };
}

function attributes({ attributes: { total, first } }: ShownContents): Section {
  return {
    heading: `${counted(total, 'attribute')}, by records that have it`,
    rows: first.map(({ name, kind, count: n, min, max }) => [
      count(n),
      visible(name),
      kind,
      min === null || max === null ? '' : `${min} .. ${max}`,
    ]),
    more: total - first.length,
  };
}

/** The first column is a number, which stands to the right. */
function sectionLines({ heading, rows, more }: Section): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [n, text] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, text.length);
  const line = (row: readonly string[]) =>
    row.map((text, n) => (n === 0 ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0))).join('  ');
  return [heading, ...rows.map((row) => `  ${line(row)}`.trimEnd()), ...(more > 0 ? [`  and ${count(more)} more`] : []), ''];
}

/** A text on one line, and short enough for one. */
function visible(text: string): string {
  const shown = onOneLine(text);
  return shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
}

/** What a terminal would obey is shown as in JSON. */
function onOneLine(text: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text) ? escaped(text) : text;
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
