import type { EndedEvent, FaultEvent } from '../events.js';
import { explained } from '../failures.js';
import { type Break, type Check, count, notChecked, verdictOf } from './finding.js';
import { type HistoryIndex, type Operation, oncePerHistory, slotOf } from './history-index.js';

/** All processes have ended when they were told to, as they should. */
export const endedInTime: Check = {
  name: 'everybody ended in time',
  look: ({ ended, faults }) => {
    const problems = ended.filter(({ problem }) => problem !== undefined);
    const aborted = problems.filter((event) => isAbortOfLibrary(event, faults));
    const breaks = problems
      .filter((event) => !aborted.includes(event))
      .map((event) => ({ what: `process ${event.p}.${event.i}: ${event.problem}`, events: [event] }));
    const said = aborted.length > 0 ? `; ${aborted.length} aborted by better-sqlite3 when a thread was terminated` : '';
    return verdictOf(breaks, `${count(ended.length, 'process', 'processes')}${said}`);
  },
};

/**
 * better-sqlite3 12.11.1 ends the whole process when a thread is terminated while SQLite is about to report an error, such as a busy one
 * (`ThrowSqliteError`, ToLocalChecked). No strategy can help it, and the store has to bear it as it bears a kill.
 */
function isAbortOfLibrary({ p, i, t, signal }: EndedEvent, faults: readonly FaultEvent[]): boolean {
  const isNear = (fault: FaultEvent) => t >= fault.t && t - fault.t < 5_000_000;
  return (
    signal === 'SIGABRT' &&
    faults.some((fault) => fault.fault === 'terminate' && fault.target?.p === p && fault.target.i === i && isNear(fault))
  );
}

/** No operation fails in a way that neither the strategy nor a fault explains. */
export const explainedFailures: Check = {
  name: 'every failure is one that can happen',
  look: ({ operations, faults }) => {
    const happened = new Set(faults.map(({ fault }) => fault));
    const failed = operations.filter(({ end }) => end?.e === 'fail');
    const breaks: Break[] = [];
    for (const operation of failed) {
      const { end } = operation;
      if (end?.e !== 'fail' || isExplained(end.code, happened)) continue;
      breaks.push({
        what: `${operation.start.op} (${operation.start.kind}) failed with ${end.code}: ${end.message}`,
        operations: [operation],
      });
    }
    return verdictOf(breaks, `${failed.length} of ${count(operations.length, 'operation')} failed`);
  },
};

function isExplained(code: string, happened: ReadonlySet<string>): boolean {
  const needed = Object.hasOwn(explained, code) ? explained[code as keyof typeof explained] : [];
  return needed === 'any' || needed.some((fault) => happened.has(fault));
}

/** The least that a run has to have done to say anything. */
const leastOperations = 50;
const leastContention = 0.1;

/** Why a run proves less than it seems to. Empty when it does not. */
export function shortcomings(history: HistoryIndex): string[] {
  const { run, operations, faults } = history;
  const found: string[] = [];
  const done = operations.filter(({ outcome }) => outcome === 'ok').length;
  if (done < leastOperations) found.push(`only ${count(done, 'operation')} succeeded`);
  if (done * 2 < operations.length) found.push(`${operations.length - done} of ${operations.length} operations did not succeed`);
  const contention = contentionOf(history);
  if (contention < leastContention) found.push(`${(contention * 100).toFixed(1)} % of the operations met another one`);
  const happened = new Set(faults.map(({ fault }) => fault));
  const missing = run.faults.filter((fault) => !happened.has(fault));
  if (missing.length > 0) found.push(`did not happen: ${missing.join(', ')}`);
  const refused = (run.asked ?? []).filter((fault) => Object.hasOwn(run.notAvailable, fault));
  if (refused.length > 0) found.push(`cannot happen here: ${refused.join(', ')}`);
  return found;
}

/** The share of operations that were begun while that of another thread was running. */
const contentionOf = oncePerHistory(({ operations }): number => {
  const running = new Map<string, Operation>();
  let met = 0;
  for (const operation of [...operations].sort((a, b) => a.begunAt - b.begunAt)) {
    const slot = slotOf(operation.start);
    for (const [other, { end }] of running) if (other === slot || (end && end.t < operation.begunAt)) running.delete(other);
    if (running.size > 0) met++;
    running.set(slot, operation);
  }
  return operations.length === 0 ? 0 : met / operations.length;
});

/** There was something to quarrel about, and what was asked for happened. */
export const noSham: Check = {
  name: 'the run was no sham',
  look: (history) => {
    const found = shortcomings(history);
    if (found.length > 0) return notChecked(`what was held means less than it seems to: ${found.join('; ')}`);
    const contention = (contentionOf(history) * 100).toFixed(0);
    return {
      held: true,
      evidence: `${contention} % of ${count(history.operations.length, 'operation')} met another one, and every fault of the run happened`,
    };
  },
};
