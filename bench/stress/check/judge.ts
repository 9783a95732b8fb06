import type { StressEvent, Verdict } from '../protocol.js';
import { countersAddUp } from './counters.js';
import { lastMoveWins, noDoubleWrite, noLostWrite, noTornDataset } from './datasets.js';
import { exclusion } from './exclusion.js';
import { nobodyStarves } from './fairness.js';
import { figuresOf } from './figures.js';
import { type Check, notChecked } from './finding.js';
import { indexHistory } from './history-index.js';
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

/** Judges a history. Nothing but the history is looked at, so that a saved one can be judged again. Throws for events without a head. */
export function judge(events: readonly StressEvent[]): Verdict {
  const history = indexHistory(events);
  const invariants = checks.map(({ name, needsFinal, look }) => {
    const isBlind = needsFinal && history.finals.length === 0;
    return { name, ...(isBlind ? notChecked('nobody has looked at the store at the end') : look(history)) };
  });
  return {
    invariants,
    figures: figuresOf(history),
    broken: invariants.some(({ held }) => held === false),
    provesNothing: shortcomings(history),
  };
}
