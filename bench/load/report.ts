import type { Measure, TrialResult } from '../support/measure.js';
import { capital, machineText, megabytes, number, othersText, table, times } from '../support/report.js';
import { spreadOf } from '../support/statistics.js';
import type { GroupResult, MillionResult, Results } from './results.js';
import { isMet, speedOf, type Target, targets } from './targets.js';

/** The results as a page of Markdown, with tables that are readable as text too. */
export function reportOf(results: Results): string {
  const { command, repeats, machine, groups, million } = results;
  const parts = [
    '# What a load takes',
    machineText(machine),
    ['```', command, '```'].join('\n'),
    ...(groups.length > 0 ? [howToRead(repeats)] : []),
    ...groups.flatMap((group) => [
      `## ${capital(group.name)}`,
      `${capital(group.title)}: ${number(group.rows)} rows.`,
      groupTable(group),
      othersText([group.floor, ...group.trials]),
    ]),
    ...(million ? ['## Many datasets', `${capital(million.title)}.`, ...millionTables(million)] : []),
    '## Targets',
    table(
      ['target', 'wanted', 'measured', ''],
      targets.flatMap((target) => targetRow(target, results)),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function howToRead(repeats: number): string {
  return [
    'The floor is `bench/floor.ts`: one thread, one transaction, one prepared single-row `INSERT` a table, the same rows, journal mode (DELETE) and',
    'synchronous setting (FULL). *Process* is the time from starting a process to its end; *own* is what it reports itself (`seconds`): the',
    "floor's loop with its COMMIT, and the whole of `load` with its threads, locks and the creation of the store. *Speed* is the floor's",
    `time divided by that of the trial. Medians (and min to max) of ${repeats} rounds in which all trials take turns, after one to warm up.`,
    'Every store was checked against that of the floor: rows and soundness each time, content in the first round.',
  ].join('\n');
}

function groupTable(group: GroupResult): string {
  const header = ['', 'process, s', '', 'speed', 'own, s', '', 'speed', 'CPU, s', 'peak, MB'];
  return table(
    header,
    [group.floor, ...group.trials].map((trial) => trialRow(group, trial)),
  );
}

function trialRow(group: GroupResult, trial: TrialResult): string[] {
  const { name, runs, faults } = trial;
  if (faults.length > 0) return [name, 'FAILED', `${faults.length} of ${runs.length + faults.length}`, '', faults[0] ?? ''];
  const of = (key: keyof Measure) => spreadOf(runs.map((run) => run[key]));
  const timed = (key: keyof Measure) => {
    const { median, min, max } = of(key);
    return [median.toFixed(3), `${min.toFixed(3)} to ${max.toFixed(3)}`, times(speedOf(group, trial, key))];
  };
  return [
    name,
    ...timed('processSeconds'),
    ...timed('ownSeconds'),
    of('cpuSeconds').median.toFixed(2),
    megabytes(of('peakBytes').max),
  ];
}

function millionTables(million: MillionResult): string[] {
  const { records, processSeconds, ownSeconds, cpuSeconds, peakBytes, storeBytes, otherCores, tenths, faults } = million;
  if (faults.length > 0) return [`FAILED: ${faults.join('; ')}`];
  const header = ['records', 'process, s', 'own, s', 'records/s', 'CPU, s', 'peak, MB', 'store, MB', 'other cores'];
  const figures = [
    number(records),
    processSeconds.toFixed(1),
    ownSeconds.toFixed(1),
    number(Math.round(records / ownSeconds)),
    cpuSeconds.toFixed(1),
    megabytes(peakBytes),
    megabytes(storeBytes),
    otherCores.toFixed(2),
  ];
  const places = tenths.map((_, i) => `${i * 10} to ${i * 10 + 10} %`);
  return [
    table(header, [figures]),
    'Microseconds a record in each tenth of the load:',
    table(places, [tenths.map((microseconds) => microseconds.toFixed(1))]),
  ];
}

function targetRow({ text, bound, unit, value }: Target, results: Results): string[][] {
  const measured = value(results);
  const wanted = 'atLeast' in bound ? `at least ${bound.atLeast}${unit}` : `at most ${bound.atMost}${unit}`;
  if (measured === undefined) return [[text, wanted, 'not measured', '']];
  return [[text, wanted, `${measured.toFixed(2)}${unit}`, isMet(measured, bound) ? 'met' : 'MISSED']];
}
