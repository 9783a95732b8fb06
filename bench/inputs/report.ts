import type { Machine } from '../support/machine.js';
import { capital, machineText, megabytes, number, othersText, table } from '../support/report.js';
import { spreadOf } from '../support/statistics.js';
import type { JobResult, Trial } from './run.js';

export interface Results {
  readonly command: string;
  readonly repeats: number;
  readonly machine: Machine;
  readonly jobs: readonly JobResult[];
}

/** The journal is to cost less than this share of the load. */
const journalBound = 0.05;

/** The results as a page of Markdown. */
export function reportOf({ command, repeats, machine, jobs }: Results): string {
  const parts = [
    '# What inputs take',
    machineText(machine),
    ['```', command, '```'].join('\n'),
    [
      'Each trial is a process of its own that loads into a new store through `RFileLock` (journal mode DELETE, `synchronous` FULL); the number of records and the',
      `soundness of every store were checked. *s* is what \`load\` reports of itself, median (and min to max) of ${repeats} rounds (a third of that for 300 MB) in which the trials of a job take turns. *MB/s* are`,
      'those of the input. *Peak* is the largest resident set of the process, all threads together.',
    ].join('\n'),
    ...jobs.flatMap((job) => [
      `## ${capital(job.name)}`,
      `${capital(job.title)}: ${number(job.records)} records.`,
      jobTable(job),
      othersText(job.trials),
    ]),
    '## The journal',
    'What it costs that a load can be resumed: the median, over the rounds, of the time with the journal divided by that without it in the same round.',
    journalTable(jobs),
  ];
  return `${parts.join('\n\n')}\n`;
}

function jobTable({ records, bytes, trials }: JobResult): string {
  return table(
    ['', 's', '', 'MB/s', 'records/s', 'CPU, s', 'peak, MB'],
    trials.map((trial) => {
      const name = `${trial.workers} ${trial.workers === 1 ? 'worker' : 'workers'}${trial.journal ? '' : ', no journal'}`;
      const [fault] = trial.faults;
      if (fault !== undefined) return [name, 'FAILED', fault];
      const { median, min, max } = spreadOf(trial.runs.map(({ ownSeconds }) => ownSeconds));
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
      const cost = without && trial.journal ? costOf(trial, without) : undefined;
      if (cost === undefined) return [];
      const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
      return [
        [
          `${name}, ${trial.workers} ${trial.workers === 1 ? 'worker' : 'workers'}`,
          percent(cost.median),
          `${percent(cost.min)} to ${percent(cost.max)}`,
          cost.median < journalBound ? 'met' : 'MISSED',
        ],
      ];
    }),
  );
  return table(['', 'cost', 'rounds', `under ${journalBound * 100} %`], rows);
}

function costOf(on: Trial, off: Trial) {
  const ratios = on.runs.flatMap(({ ownSeconds }, round) => {
    const other = off.runs[round];
    return other ? [ownSeconds / other.ownSeconds - 1] : [];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}
