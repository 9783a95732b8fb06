import { type Kind, kinds } from '../support/peers.js';
import { machineText, number, othersText, wrapped } from '../support/report.js';
import type { LocksResults } from './results.js';
import { contentionTable, costTable, storeTable, targetTable } from './tables.js';
import { leastHandedOn } from './targets.js';
import { apartMs, holdMs, rowsATransaction, thinkMs } from './trials.js';

/** The results as a page of Markdown, with tables that are readable as text too. */
export function reportOf(results: LocksResults): string {
  const { command, machine, costs, contentions, stores, targets } = results;
  const parts = [
    '# What a lock takes',
    machineText(machine),
    ['```', command, '```'].join('\n'),
    wrapped(howToRead(results)),
    '## A run that nobody else is in the way of',
    wrapped(howCostsAreMeasured),
    costTable(costs),
    othersText(costs),
    ...kinds.flatMap((kind) => {
      const trials = contentions.filter((trial) => trial.kind === kind);
      return [`## Hand-over between ${kind}`, wrapped(howHandOverIsMeasured[kind]), contentionTable(trials), othersText(trials)];
    }),
    '## Processes that write one store',
    wrapped(howStoresAreWritten),
    storeTable(stores),
    othersText(stores),
    '## Targets',
    wrapped(howTargetsAreMet),
    targetTable(targets),
  ];
  return `${parts.join('\n\n')}\n`;
}

function howToRead({ repeats, sizes }: LocksResults): string {
  const { windowMs, warmUpMs } = sizes;
  return (
    `${repeats === 1 ? 'One round' : `Medians of ${repeats} rounds (and min to max; *max* and *longest wait* are those of all rounds)`} in which all trials take ` +
    `turns, each a process with a new folder. Where several compete, they begin at the same time, run ${number(warmUpMs)} ms unmeasured and then ` +
    `${number(windowMs)} ms measured (with a poll of 1 s twice that). *Jain* is 1 when all have the same share, 1/n when one has everything. *Longest wait*: from ` +
    'asking to the begin of the work, also when it ends after the window. Every trial was checked: no two under the lock at once, every row that was ' +
    'committed is in a sound store, no lock left behind.'
  );
}

const howCostsAreMeasured =
  'Microseconds of one `run` with empty work, each timed by itself; one thread, one after the other at once unless it says otherwise ' +
  `(${apartMs} ms apart: a timer between them, which lets the processor cool). *mkdir and rmdir* is the floor of a lock in the file system: ` +
  '`mkdirSync` and `rmdirSync`. *proper-lockfile* is its plain `lock` and `unlock`.';

const howHandOverIsMeasured: Readonly<Record<Kind, string>> = {
  threads:
    `Worker threads of one process that want the same lock. The work keeps the thread busy for ${holdMs} ms; in the hot loop each asks again at once, else ` +
    `after ${thinkMs} ms. *Hand-over*: milliseconds from the end of the work of one to the begin of the work of the next, where that is another thread which was ` +
    'waiting. *Handed on*: of the works that ended while another thread was waiting, the part after which a waiting one came next, not the same one again or ' +
    'one that had just come. *Served*: the median time from the end of every such work to the begin of the first that was waiting, whoever came in between. ' +
    '*Busy*: the part of the time in which the work ran. proper-lockfile is the plain one, which looks again every 10 ms or every second.',
  processes: 'The same with processes of one thread each.',
};

const howStoresAreWritten =
  `One new SQLite store (journal mode DELETE, synchronous FULL), one connection a process, transactions of ${rowsATransaction} rows one after the other through ` +
  "the library's `transact`. *Ratio*: transactions per second of all processes together, those of one process with the same strategy in the same round being 1. *Wait*: " +
  'milliseconds from the call to the begun transaction; a transaction that was given up counts with all its time. *Retries* and *gave up* are those of all rounds.';

const howTargetsAreMet =
  `A hand-over counts as met only when at least ${leastHandedOn * 100} % were handed on (the least of all numbers of threads or processes): a lock that the same ` +
  'one takes again and again hardly ever shows a hand-over, and a short one then says nothing of who waits. Not in the hot loop of processes, where the lock stays ' +
  'with one process for a slice of 64 turns or 50 ms: *served* says how long the others wait for it.';
