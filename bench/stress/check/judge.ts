import type { StressEvent } from '../events.js';
import type { Verdict } from '../verdict.js';
import { countersAddUp } from './counters.js';
import { lastMoveWins, noDoubleWrite, noLostWrite, noTornDataset } from './datasets.js';
import { exclusion } from './exclusion.js';
import { nobodyStarves } from './fairness.js';
import { figuresOf } from './figures.js';
import { type Check, notChecked } from './finding.js';
import { type HistoryIndex, indexHistory } from './history-index.js';
import { noImpossibleRead } from './reads.js';
import { endedInTime, explainedFailures, noSham, shortcomings } from './run.js';
import { locksReleased, storeChecks } from './store.js';

/** Everything that has to be true, in the order in which it is told. */
export const checks: readonly Check[] = [
  exclusion,
  noLostWrite,
  noDoubleWrite,
  countersAddUp,
  lastMoveWins,
  noTornDataset,
  noImpossibleRead,
  ...storeChecks,
  locksReleased,
  nobodyStarves,
  explainedFailures,
  endedInTime,
  noSham,
];

/** Why nothing can be said of the store at the end. */
function blindness({ finals }: HistoryIndex) {
  if (finals.length === 0) return notChecked('nobody has looked at the store at the end');
  return finals.some(({ unreadable }) => unreadable !== undefined) ? notChecked('the store could not be read') : undefined;
}

/** Judges a history. Nothing but the history is looked at, so that a saved one can be judged again. Throws for events without a head. */
export function judge(events: readonly StressEvent[]): Verdict {
  const history = indexHistory(events);
  const invariants = checks.map(({ name, needsFinal, look }) => {
    return { name, ...(needsFinal ? (blindness(history) ?? look(history)) : look(history)) };
  });
  return {
    invariants,
    figures: figuresOf(history),
    broken: invariants.some(({ held }) => held === false),
    provesNothing: shortcomings(history),
  };
}
