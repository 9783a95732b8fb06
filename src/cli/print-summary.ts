import { shellWord } from '../config/command-words.js';
import type { LoadConfig } from '../config/load-options.js';
import type { LoadSummary, Spread } from '../ingest/summary.js';
import { koshUri, storeClient, storeName } from '../stores/store-location.js';
import { count, counted, duration, milliseconds } from './format.js';

/** What `load` says at its end on stdout, when it does not speak JSON. */
export function summaryText(summary: LoadSummary, config: Pick<LoadConfig, 'lockPath'>): string {
  const { lock, rejects } = summary;
  const rows = [
    [
      'time',
      `${duration(summary.seconds)}, ${count(summary.recordsPerSecond)} records/s with ${counted(summary.workers, 'worker')}`,
    ],
    ['lock', [strategyText(summary, config), counted(lock.acquisitions, 'transaction'), retriesText(lock)].join(', ')],
    ['wait', spreadText(lock.waitMs)],
    ['hold', spreadText(lock.holdMs)],
    ...(rejects.count > 0 ? [['rejects', `${count(rejects.count)} in ${rejects.file}`]] : []),
  ];
  return [
    headline(summary),
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(8)} ${value}`),
    '',
    // Interrupted before anything was written, there may be no store.
    ...(summary.interrupted && summary.records.inserted === 0 ? [] : lookAtIt(summary.store)),
  ].join('\n');
}

function lookAtIt(store: string): string[] {
  return [
    'Look at it:',
    `  ${clientCommand(store)} "select type, count(*) from Record group by type"`,
    `  python:  kosh.connect(${JSON.stringify(koshUri(store))})`,
    '',
  ];
}

/** The line for stderr about what was refused, or undefined when nothing was. */
export function rejectsText({ rejects }: LoadSummary): string | undefined {
  return rejects.count > 0 ? `kosh-ingest: ${count(rejects.count)} rejected, see ${rejects.file}\n` : undefined;
}

function headline({ interrupted, records, relationships, ensembles, datasets, store }: LoadSummary): string {
  const others = records.inserted - ensembles - datasets;
  const kinds = [
    ...(ensembles > 0 ? [counted(ensembles, 'ensemble')] : []),
    ...(datasets > 0 ? [counted(datasets, 'dataset')] : []),
    ...(others > 0 && others < records.inserted ? [counted(others, 'other')] : []),
  ];
  const detail = kinds.length > 0 ? ` (${kinds.join(', ')})` : '';
  return [
    interrupted ? 'Interrupted. Loaded' : 'Loaded',
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
