import type { LoadSummary, Spread as Percentiles } from '../../src/ingest/summary.js';
import { capital, hostText, megabytes, number, othersText, table, wrapped } from '../support/report.js';
import { spreadOf } from '../support/statistics.js';
import type { MariadbGroupResult, MariadbResults, MariadbTrialResult } from './results.js';
import { medianOf, retriesOf, shownSpeed, speedIn, targetRows, transactionsOf, wantedSpeed } from './targets.js';
import { verdictOf } from './verdict.js';

/** The results as a page of Markdown, with tables that are readable as text too. */
export function reportOf(results: MariadbResults): string {
  const { command, repeats, host, connector, groups } = results;
  const places = [...new Set(groups.map(({ place }) => place))].join('; ');
  const parts = [
    '# What a load into MariaDB takes',
    hostText(host, `connector ${connector}, ${places}`),
    ['```', command, '```'].join('\n'),
    '## Verdict',
    wrapped(verdictOf(results)),
    '## How to read the tables',
    howToRead(repeats),
    ...groups.flatMap(groupText),
    '## Target',
    table(
      ['one server', 'wanted', 'measured', ''],
      targetRows(results).map(({ trial, speed }) => [trial, `at least ${wantedSpeed} x`, ...measured(speed)]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function measured(speed: number | undefined): [string, string] {
  return speed === undefined ? ['not measured', ''] : [`${shownSpeed(speed)} x`, speed >= wantedSpeed ? 'met' : 'MISSED'];
}

function howToRead(repeats: number): string {
  return [
    'The floor is `LOAD DATA INFILE` (`bench/mariadb/load-data.ts`): the server itself reads the same rows from files, table after table, in one session and',
    'one transaction, foreign keys checked, into the tables that the product creates, in the order in which a loop makes the records. Its time is that from the',
    'first LOAD DATA to the end of COMMIT; the tables are there. That of a load is what it reports itself (`seconds`): the whole of `load` with its threads, connections,',
    'locks and the creation of the store. *Speed* is the time of the floor divided by that of the trial. Servers are private ones on this machine with',
    'innodb_flush_log_at_trx_commit=1 and innodb_buffer_pool_size=512M; they and the load share its cores. *Server* is the CPU time of all servers, *client* that of',
    `the load. Medians (and min to max) of ${repeats} rounds in which all trials take turns, each a process with a new database, after one to warm up.`,
    'Every database was checked against that of the floor: rows and soundness each time, content in the first round, and both on every node.',
  ].join('\n');
}

function groupText(group: MariadbGroupResult): string[] {
  const { name, title, place, records, rows, floor, trials, schemaSeconds } = group;
  const all = [floor, ...trials];
  const loads = trials.filter(({ runs }) => runs.some(({ lock }) => lock !== undefined));
  return [
    `## ${capital(name)}`,
    `${place}. ${capital(title)}: ${number(records)} records, ${number(rows)} rows. Creating the tables takes ${schemaSeconds.toFixed(2)} s.`,
    timeTable(group),
    ...(loads.length > 0
      ? ['Locks, in milliseconds: medians of the rounds; retries are those of all rounds together.', lockTable(loads)]
      : []),
    othersText(all),
  ];
}

function timeTable(group: MariadbGroupResult): string {
  const { floor, trials, records } = group;
  const row = (trial: MariadbTrialResult): string[] => {
    const { name, runs, faults } = trial;
    if (faults.length > 0) return [name, 'FAILED', `${faults.length} of ${runs.length + faults.length}`, '', faults[0] ?? ''];
    const { median, min, max } = spreadOf(runs.map((run) => run.ownSeconds));
    return [
      name,
      median.toFixed(3),
      `${min.toFixed(3)} to ${max.toFixed(3)}`,
      `${trial === floor ? '1.00' : shownSpeed(speedIn(group, name) ?? Number.NaN)} x`,
      number(Math.round(records / median)),
      medianOf(trial, 'processSeconds').toFixed(3),
      medianOf(trial, 'cpuSeconds').toFixed(2),
      medianOf(trial, 'serverSeconds').toFixed(2),
      megabytes(Math.max(...runs.map((run) => run.peakBytes))),
    ];
  };
  const header = ['', 'own, s', '', 'speed', 'records/s', 'process, s', 'client, s', 'server, s', 'peak, MB'];
  return table(header, [floor, ...trials].map(row));
}

function lockTable(trials: readonly MariadbTrialResult[]): string {
  const header = ['', 'transactions', 'wait p50', 'p99', 'max', 'hold p50', 'p99', 'max', 'retries', 'by code'];
  return table(
    header,
    trials.map((trial) => {
      const retries = [...retriesOf(trial)].sort(([a], [b]) => (a < b ? -1 : 1));
      const sum = retries.reduce((total, [, count]) => total + count, 0);
      const codes = retries.map(([code, count]) => `${count} ${code}`).join(', ');
      return [
        trial.name,
        number(transactionsOf(trial)),
        ...percentiles(trial, 'waitMs'),
        ...percentiles(trial, 'holdMs'),
        number(sum),
        codes || '-',
      ];
    }),
  );
}

function percentiles({ runs }: MariadbTrialResult, of: 'waitMs' | 'holdMs'): string[] {
  const locks = runs.flatMap(({ lock }): LoadSummary['lock'][] => (lock ? [lock] : []));
  const middle = (percentile: keyof Percentiles) => spreadOf(locks.map((lock) => lock[of][percentile])).median.toFixed(1);
  return [middle('p50'), middle('p99'), middle('max')];
}
