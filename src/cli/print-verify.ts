import type { VerifyProgress, VerifySummary } from '../ingest/verify-summary.js';
import type { Difference } from '../kosh/verify-findings.js';
import { storeName } from '../stores/store-location.js';
import { count, counted, duration } from './format.js';

/** Differences that are shown; `--json` has more. */
const shownDifferences = 50;

/** ` 45%  45,200 records  2 differences`. */
export function verifyProgressText({ fraction, recordsDone, differences }: VerifyProgress): string {
  const share = fraction === undefined ? 'checking the store' : `${String(Math.floor(fraction * 100)).padStart(3)}%`;
  const parts = [share, counted(recordsDone, 'record')];
  return [...parts, ...(differences > 0 ? [counted(differences, 'difference')] : [])].join('  ');
}

/** What `verify` says at its end on stdout, when it does not speak JSON. */
export function verifyText(summary: VerifySummary): string {
  const { store, workers, seconds, differences } = summary;
  const shown = differences.slice(0, shownDifferences);
  const rows = [
    ['store', storeName(store)],
    ['inputs', inputsText(summary)],
    ['time', `${duration(seconds)} with ${counted(workers, 'worker')}`],
    ...notesOf(summary).map((note) => ['note', note]),
  ];
  const more = totalOf(summary) - shown.length;
  return [
    headline(summary),
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(8)} ${value}`),
    ...(shown.length > 0 ? ['', ...shown.flatMap(differenceLines)] : []),
    ...(more > 0 ? [`  and ${count(more)} more (--json lists the first 1,000)`] : []),
    '',
  ].join('\n');
}

function totalOf({ differences, moreDifferences }: VerifySummary): number {
  return differences.length + moreDifferences;
}

function headline(summary: VerifySummary): string {
  const { records, koshRecords, relationships, rows, interrupted } = summary;
  const found = totalOf(summary) === 0 ? 'no differences' : counted(totalOf(summary), 'difference');
  const tables = Object.keys(rows).length;
  if (tables === 0 && !interrupted) return `The check of the database itself failed, nothing else was compared: ${found}`;
  const what = [
    counted(records, 'record'),
    ...(koshRecords > 0 ? [`${count(koshRecords)} of Kosh's own`] : []),
    counted(relationships, 'relationship'),
  ].join(', ');
  return `${interrupted ? 'Interrupted. Was verifying' : 'Verified'} ${what} in ${counted(tables, 'table')}: ${found}`;
}

function inputsText({ inputs }: VerifySummary): string {
  if (!inputs) return 'none: the store was compared with itself';
  return `${counted(inputs.records, 'record')}, ${counted(inputs.relationships, 'relationship')}`;
}

function notesOf({ notes }: VerifySummary): string[] {
  const { siblingLibraries, notLoadable, leftOut, notInInputs } = notes;
  return [
    ...(notInInputs > 0 ? [`${counted(notInInputs, 'record')} of the store ${are(notInInputs)} not in the inputs`] : []),
    ...(notLoadable > 0 ? [`${counted(notLoadable, 'input')} cannot be loaded, and ${are(notLoadable)} not expected`] : []),
    ...(leftOut > 0 ? [`${counted(leftOut, 'input')} refused by the load ${are(leftOut)} not expected`] : []),
    ...(siblingLibraries > 0
      ? [`${counted(siblingLibraries, 'record')} with library names as Sina 1.15 adds them up (a/b/x for b/x)`]
      : []),
  ];
}

function are(number: number): string {
  return number === 1 ? 'is' : 'are';
}

function differenceLines({ kind, table, id, pointer, found, expected, file }: Difference): string[] {
  const where = [
    kind,
    ...(table === null || kind === 'record' || kind === 'relationship' ? [] : [table]),
    ...(id === null ? [] : [JSON.stringify(id)]),
    ...(pointer === '' ? [] : [`at ${pointer}`]),
    ...(file ? [`of ${file}`] : []),
  ].join(' ');
  const values = [`found ${found ?? 'nothing'}`, ...(kind === 'integrity' ? [] : [`expected ${expected ?? 'nothing'}`])];
  return [`  ${where}`, ...values.map((value) => `    ${value}`)];
}
