import type { Machine } from '../support/machine.js';
import type { Measure } from '../support/measure.js';
import { capital, machineText, megabytes, number, othersText, table } from '../support/report.js';
import { spreadOf } from '../support/statistics.js';
import type { JobResult, Trial } from './run.js';

export interface Results {
  readonly command: string;
  readonly machine: Machine;
  readonly jobs: readonly JobResult[];
}

/** The journal is to cost less than this share of the load. */
const journalBound = 0.05;

/** The results as a page of Markdown. */
export function reportOf({ command, machine, jobs }: Results): string {
  const parts = [
    '# What inputs take',
    machineText(machine),
    ['```', command, '```'].join('\n'),
    [
      'Each trial is a process of its own that loads into a new store through `RFileLock` (journal mode DELETE, `synchronous` FULL); the number of records and the',
      'soundness of every store were checked. *s* is what `load` reports of itself, median (and min to max) of the rounds in which the trials of a job take turns.',
      '*MB/s* are those of the input. *Peak* is the largest resident set of the process, all threads together.',
    ].join('\n'),
    ...jobs.flatMap((job) => [
      `## ${capital(job.name)}`,
      `${capital(job.title)}: ${number(job.records)} records. ${roundsText(job)}.`,
      jobTable(job),
      othersText(job.trials),
    ]),
    '## The journal',
    [
      'What it costs that a load can be resumed: the median, over the rounds, of what it adds to the time, and to the CPU time, of the load without it in the same round.',
      '*Least* is what it adds to the least time of all rounds, which what else a machine does has the least part in.',
    ].join('\n'),
    journalTable(jobs),
  ];
  return `${parts.join('\n\n')}\n`;
}

function roundsText({ trials }: JobResult): string {
  const rounds = Math.max(...trials.map(({ runs, faults }) => runs.length + faults.length));
  return rounds === 1 ? 'One round' : `${rounds} rounds`;
}

function jobTable({ records, bytes, trials }: JobResult): string {
  return table(
    ['', 's', '', 'MB/s', 'records/s', 'CPU, s', 'peak, MB'],
    trials.map((trial) => {
      const name = `${trial.workers} ${trial.workers === 1 ? 'worker' : 'workers'}${trial.journal ? '' : ', no journal'}`;
      const [fault] = trial.faults;
      if (fault !== undefined) return [name, 'FAILED', fault];
      const { median, min, max } = secondsOf(trial);
      return [
        name,
        median.toFixed(2),
        `${min.toFixed(2)} to ${max.toFixed(2)}`,
        bytes === undefined ? '' : (bytes / 1e6 / median).toFixed(1),
        number(Math.round(records / median)),
        spreadOf(trial.runs.map(({ cpuSeconds }) => cpuSeconds)).median.toFixed(1),
        megabytes(spreadOf(trial.runs.map(({ peakBytes }) => peakBytes)).max),
      ];
    }),
  );
}

function journalTable(jobs: readonly JobResult[]): string {
  const rows = jobs.flatMap(({ name, trials }) =>
    trials.flatMap((trial) => {
      const without = trials.find(({ workers, journal }) => !journal && workers === trial.workers);
      if (!without || !trial.journal) return [];
      const time = costsOf(trial, without, ({ ownSeconds }) => ownSeconds);
      if (time.length === 0) return [];
      const { median, min, max } = spreadOf(time);
      return [
        [
          `${name}, ${trial.workers} ${trial.workers === 1 ? 'worker' : 'workers'}`,
          percent(median),
          `${percent(min)} to ${percent(max)}`,
          percent(secondsOf(trial).min / secondsOf(without).min - 1),
          percent(spreadOf(costsOf(trial, without, ({ cpuSeconds }) => cpuSeconds)).median),
          median < journalBound ? 'met' : 'MISSED',
        ],
      ];
    }),
  );
  return table(['', 'time', 'rounds', 'least', 'CPU', `time under ${journalBound * 100} %`], rows);
}

function secondsOf({ runs }: Trial) {
  return spreadOf(runs.map(({ ownSeconds }) => ownSeconds));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** What the journal adds in each round, as a share of what is measured without it. */
function costsOf(on: Trial, off: Trial, measured: (run: Measure) => number): number[] {
  return on.runs.flatMap((run, round) => {
    const other = off.runs[round];
    return other ? [measured(run) / measured(other) - 1] : [];
  });
}
