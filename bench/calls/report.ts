import { machineText, number, othersText, table, times } from '../support/report.js';
import { type Spread, spreadOf } from '../support/statistics.js';
import { type CallName, callNames, datasetCount } from './call-names.js';
import type { CallsResults, CostTrialResult, LoopTrialResult } from './results.js';

/** The results as a page of Markdown, with tables that are readable as text too. */
export function reportOf(results: CallsResults): string {
  const { command, machine, sizes, records, loops } = results;
  const { ensembles, datasets, attributes } = sizes;
  const parts = [
    '# What single calls take',
    machineText(machine),
    ['```', command, '```'].join('\n'),
    "## The notebook's loop",
    `\`createEnsemble\` and \`ensemble.create\`: ${ensembles} ensembles x ${datasets} datasets x ${attributes} attributes, ${number(records)} transactions.`,
    howToRead(results),
    loopTable(results),
    othersText(loops),
    '## Calls one by one',
    howCostsAreMeasured,
    costTable(results.costs),
  ];
  return `${parts.join('\n\n')}\n`;
}

function howToRead({ repeats }: CallsResults): string {
  return [
    'The floor is `bench/calls/bare-calls.ts`: one thread, one transaction a record, one prepared single-row `INSERT` a table, the same rows, journal mode',
    'and synchronous setting (FULL). The time is that of the loop; the store is open before. *Speed* is measured against the floor of the same',
    `journal mode. Medians (and min to max) of ${repeats} rounds in which all trials take turns, each a process with a new store, after one to warm up.`,
    'Every store was checked against that of the floor: rows and soundness each time, content in the first round.',
    "TRUNCATE is a setting of a connection that a store's file does not keep: the benchmark gives it to the library's connection, which else has DELETE.",
  ].join('\n');
}

const howCostsAreMeasured = [
  `Microseconds a call, the mean of one process, on a store of ${number(datasetCount)} datasets in the journal mode of a new store (DELETE): medians (and min to max)`,
  'of the same rounds. `createMany` and `ensemble.attributes.set` are one call and one transaction each, however many records they write.',
].join('\n');

function loopTable({ loops, records }: CallsResults): string {
  const header = ['', 'records/s', '', 'us a record', 'speed'];
  return table(
    header,
    loops.map((trial) => {
      const { name, runs, faults } = trial;
      if (faults.length > 0) return [name, 'FAILED', faults[0] ?? '', '', ''];
      const speed = spreadOf(runs.map((run) => records / run.ownSeconds));
      return [name, ...rounded(speed), number(Math.round(1e6 / speed.median)), times(speedOf(trial, loops))];
    }),
  );
}

/** Speed of a trial, that of the floor of its journal mode being 1. */
function speedOf(trial: LoopTrialResult, loops: readonly LoopTrialResult[]): number | undefined {
  const floor = loops.find(({ strategy, journalMode }) => !strategy && journalMode === trial.journalMode);
  return floor && medianSeconds(floor) / medianSeconds(trial);
}

function medianSeconds({ runs }: LoopTrialResult): number {
  return spreadOf(runs.map((run) => run.ownSeconds)).median;
}

function costTable(costs: readonly CostTrialResult[]): string {
  const header = ['', ...costs.flatMap(({ strategy }) => [strategy, ''])];
  const rows = Object.entries(callNames).map(([call, name]) => [
    name,
    ...costs.flatMap((trial) => costOf(trial, call as CallName)),
  ]);
  return table(header, rows);
}

function costOf({ runs, faults }: CostTrialResult, call: CallName): string[] {
  return faults.length > 0 ? ['FAILED', faults[0] ?? ''] : rounded(spreadOf(runs.map((run) => run[call])));
}

function rounded({ median, min, max }: Spread): [median: string, range: string] {
  const [middle, least, most] = [median, min, max].map((value) => number(Math.round(value)));
  return [middle ?? '', `${least} to ${most}`];
}
