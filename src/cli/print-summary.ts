import type { ChunkResult } from '../../workers/protocol.js';
import { shellWord } from '../config/command-words.js';
import type { LoadConfig } from '../config/load-options.js';
import type { LoadSummary, Spread } from '../ingest/summary.js';
import type { Reject } from '../sources/source.js';
import { koshUri, storeClient, storeName } from '../stores/store-location.js';
import { bytes, count, counted, duration, milliseconds } from './format.js';

/** What `load` says at its end on stdout, when it does not speak JSON. */
export function summaryText(summary: LoadSummary, config: Pick<LoadConfig, 'lockPath'>): string {
  if (summary.dryRun) return dryRunText(summary, summary.dryRun);
  const { lock, rejects, resumed, elsewhere } = summary;
  const rows = [
    [
      'time',
      `${duration(summary.seconds)}, ${count(summary.recordsPerSecond)} records/s with ${counted(summary.workers, 'worker')}`,
    ],
    ['lock', [strategyText(summary, config), counted(lock.acquisitions, 'transaction'), retriesText(lock)].join(', ')],
    ['wait', spreadText(lock.waitMs)],
    ['hold', spreadText(lock.holdMs)],
    ...existingRow(summary),
    ...(resumed
      ? [['before', `${counted(resumed.records, 'record')} and ${counted(resumed.relationships, 'relationship')} were in`]]
      : []),
    ...(elsewhere.records > 0
      ? [['others', `${counted(elsewhere.records, 'record')} by another process with the same load`]]
      : []),
    ...(rejects.count > 0 ? [['rejects', `${count(rejects.count)} in ${rejects.file}`]] : []),
  ];
  return [
    headline(summary),
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(8)} ${value}`),
    '',
    ...(summary.records.inserted > 0 && !summary.interrupted && !summary.stopped ? lookAtIt(summary.store) : []),
  ].join('\n');
}

/** Rejects that are shown. */
const shownRejects = 20;

function dryRunText(summary: LoadSummary, { rows, bytes: size, seconds, rejects }: NonNullable<LoadSummary['dryRun']>): string {
  const shown = rejects.slice(0, shownRejects);
  const more = summary.rejects.count - shown.length;
  const about = `about ${duration(seconds)} and ${bytes(size)}`;
  return [
    [headline(summary), `${count(summary.rejects.count)} rejected`, about].join('; '),
    '',
    `  time     about ${duration(seconds)}, measured with SQLite among the temporary files`,
    `  size     about ${bytes(size)} of SQLite, ${counted(rows, 'row')}`,
    `  dry run  ${duration(summary.seconds)} with ${counted(summary.workers, 'worker')}; nothing was written`,
    ...(shown.length > 0 ? ['', ...rejectLines(shown)] : []),
    ...(more > 0 ? [`  and ${count(more)} more (--rejects FILE has them all)`] : []),
    '',
  ].join('\n');
}

/** A reject in one line. */
export function rejectText({ file, line, pointer, message, found }: Reject): string {
  const place = [file && (line === undefined ? file : `${file}:${line}`), pointer].filter(Boolean).join(' ');
  const what = pointer === '' && found !== undefined ? `${message}: ${found}` : message;
  return place === '' ? what : `${place}: ${what}`;
}

/** Rejects a line each, and below it what can be done about it, where the one before has not said the same. */
function rejectLines(rejects: readonly Reject[]): string[] {
  const told = new Set<string | undefined>([undefined]);
  return rejects.flatMap((reject) => {
    const lines = [`  ${rejectText(reject)}`, ...(told.has(reject.hint) ? [] : [`    hint: ${reject.hint}`])];
    told.add(reject.hint);
    return lines;
  });
}

/** What became of a chunk, in one line. */
export function chunkText(result: ChunkResult): string {
  const { worker, records, relationships, rejected, waitMs, holdMs } = chunkFields(result);
  return [
    `worker ${worker}: ${counted(records, 'record')} and ${counted(relationships, 'relationship')}`,
    ...(rejected > 0 ? [`${count(rejected)} rejected`] : []),
    `waited ${milliseconds(waitMs)}, held ${milliseconds(holdMs)}`,
  ].join(', ');
}

/** The same as data. */
export function chunkFields({ worker, inserted, rejected, again, acquisitions }: ChunkResult) {
  const sum = (of: 'waitMs' | 'holdMs') => Math.round(acquisitions.reduce((total, one) => total + one[of], 0) * 1000) / 1000;
  const retries = acquisitions.reduce((total, one) => total + one.retries.length, 0);
  const { records, relationships } = inserted;
  return {
    worker,
    records,
    relationships,
    rejected: rejected.records,
    again: again.length,
    waitMs: sum('waitMs'),
    holdMs: sum('holdMs'),
    retries,
  };
}

/** What a watch has loaded just now. */
export function roundText({ records, existing, rejects, waiting }: LoadSummary): string {
  return [
    `loaded ${counted(records.inserted, 'record')}`,
    ...existingRow({ existing }).map(([, value]) => `there already: ${value}`),
    ...(rejects.count > 0 ? [`${count(rejects.count)} rejected, see ${rejects.file}`] : []),
    ...(waiting > 0 ? [`${waitText(waiting)} for records that have not come`] : []),
  ].join('; ');
}

/** What was in the store already; nothing when there was none. */
function existingRow({ existing }: Pick<LoadSummary, 'existing'>): string[][] {
  const { skipped, different, replaced, merged, relationships, differing } = existing;
  const more = different > differing.length ? ', …' : '';
  const parts = [
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
    ...(different > 0 ? [`${count(different)} with other content: ${differing.join(', ')}${more}`] : []),
    ...(replaced > 0 ? [`${count(replaced)} replaced`] : []),
    ...(merged > 0 ? [`${count(merged)} merged`] : []),
    ...(relationships > 0 ? [counted(relationships, 'relationship')] : []),
  ];
  return parts.length > 0 ? [['exists', parts.join(', ')]] : [];
}

function lookAtIt(store: string): string[] {
  return [
    'Look at it:',
    `  ${clientCommand(store)} "select type, count(*) from Record group by type"`,
    `  python:  kosh.connect(${JSON.stringify(koshUri(store))})`,
    '',
  ];
}

/** The first few reasons for stderr, and how many there are of each kind. `file` has them all. */
export function reasonsText(first: readonly Reject[], codes: ReadonlyMap<string, number>, file: string | null): string {
  const kinds = [...codes].map(([code, times]) => `${count(times)} ${code}`).join(', ');
  const more = [...codes.values()].reduce((sum, times) => sum + times, 0) - first.length;
  return [
    `kosh-ingest: refused: ${kinds}`,
    ...rejectLines(first),
    ...(more > 0 ? [`  … and ${count(more)} more${file === null ? '' : ` in ${file}`}`] : []),
    '',
  ].join('\n');
}

/** The line for stderr about what was refused, or undefined when nothing was. */
export function rejectsText({ rejects }: LoadSummary): string | undefined {
  if (rejects.count === 0) return undefined;
  const see = rejects.file === null ? '' : `, see ${rejects.file}`;
  return `kosh-ingest: ${count(rejects.count)} rejected${see}\n`;
}

/** What `load` says on stderr about a load that was stopped by what it refused, or undefined. */
export function stoppedText({ stopped, interrupted }: LoadSummary): string | undefined {
  if (!stopped || interrupted) return undefined;
  return `kosh-ingest: ${stopped.message}\n${stopped.hint ? `  hint: ${stopped.hint}\n` : ''}`;
}

/** What `load` says on stderr about what a shard leaves for another one, or undefined. */
export function waitingText({ waiting }: LoadSummary, { shard }: Pick<LoadConfig, 'shard'>): string | undefined {
  if (waiting === 0 || !shard) return undefined;
  return `kosh-ingest: ${waitText(waiting)} for records of other shards: the shard that ends last loads ${waiting === 1 ? 'it' : 'them'}\n`;
}

function waitText(waiting: number): string {
  return `${counted(waiting, 'document')} ${waiting === 1 ? 'waits' : 'wait'}`;
}

/** How to go on with a load that has not come to its end and has `records` in. `words` are those of its command line. */
export function goOnText(records: number, words: readonly string[]): string {
  if (records === 0) return 'nothing was loaded: to load it, give the same command again';
  const again = words.filter((word) => word !== '--restart').map(shellWord);
  return `${counted(records, 'record')} ${records === 1 ? 'is' : 'are'} in. To go on: ${['kosh-ingest', ...again].join(' ')}`;
}

/** What `load` says at last on stderr about a load that was interrupted with `unfinished` records in, or undefined. */
export function interruptedText(
  { interrupted, dryRun, records, resumed }: LoadSummary,
  unfinished: number | undefined,
  words: readonly string[],
): string | undefined {
  const isNothing = records.inserted === 0 && !resumed;
  if (!interrupted || dryRun || (unfinished === undefined && !isNothing)) return undefined;
  return `kosh-ingest: ${goOnText(unfinished ?? 0, words)}\n`;
}

function headline({ interrupted, stopped, records, relationships, ensembles, datasets, store, dryRun }: LoadSummary): string {
  const others = records.inserted - ensembles - datasets;
  const kinds = [
    ...(ensembles > 0 ? [counted(ensembles, 'ensemble')] : []),
    ...(datasets > 0 ? [counted(datasets, 'dataset')] : []),
    ...(others > 0 && others < records.inserted ? [counted(others, 'other')] : []),
  ];
  const detail = kinds.length > 0 ? ` (${kinds.join(', ')})` : '';
  return [
    [...(interrupted ? ['Interrupted.'] : stopped ? ['Stopped.'] : []), dryRun ? 'Would load' : 'Loaded'].join(' '),
    `${counted(records.inserted, 'record')}${detail}`,
    `and ${counted(relationships.inserted, 'relationship')}`,
    `into ${storeName(store)}`,
  ].join(' ');
}

function strategyText({ lockStrategy }: LoadSummary, { lockPath }: Pick<LoadConfig, 'lockPath'>): string {
  return lockStrategy === 'RFileLock' ? `${lockStrategy} at ${lockPath}` : lockStrategy;
}

function retriesText({ retries, retriesByCode }: LoadSummary['lock']): string {
  if (retries === 0) return 'no retries';
  const codes = Object.entries(retriesByCode).map(([code, times]) => `${times} ${code}`);
  return `${counted(retries, 'retry', 'retries')} (${codes.join(', ')})`;
}

function spreadText(spread: Spread): string {
  return (['p50', 'p95', 'p99', 'max'] as const).map((name) => `${name} ${milliseconds(spread[name]).padStart(9)}`).join('   ');
}

/** A command of a shell that runs SQL in the store. */
function clientCommand(store: string): string {
  return storeClient(store).map(shellWord).join(' ');
}
