import type { FinalEvent } from '../events.js';
import { type Check, count, notChecked, verdictOf } from './finding.js';
import type { HistoryIndex } from './history-index.js';

/** Faults that end a process or a thread without a chance to tidy up. */
const deadly: ReadonlySet<string> = new Set(['kill', 'terminate']);

/** An invariant of what was found at the end: what is wrong, in words. */
function ofTheStore(
  name: string,
  complaints: (final: FinalEvent) => readonly string[],
  { evidence, needsFinal = false }: { readonly evidence: string; readonly needsFinal?: boolean },
): Check {
  return {
    name,
    needsFinal,
    look: ({ finals }) => {
      if (finals.length === 0) return notChecked('nobody has looked at the store at the end');
      const breaks = finals.flatMap((final) => {
        const where = final.node === undefined ? '' : `${final.node}: `;
        return complaints(final).map((what) => ({ what: `${where}${what}` }));
      });
      return verdictOf(breaks, evidence);
    },
  };
}

/** What the engine and the records say about the store. */
export const storeChecks: readonly Check[] = [
  ofTheStore('the store can be read', ({ unreadable }) => (unreadable === undefined ? [] : [unreadable]), {
    evidence: 'all tables were read',
  }),
  ofTheStore('integrity_check', ({ integrity }) => integrity, { evidence: 'ok' }),
  ofTheStore('foreign_key_check', ({ foreignKeys }) => foreignKeys, { evidence: 'no row without its record', needsFinal: true }),
  ofTheStore('raw against rows', ({ torn }) => torn, {
    evidence: 'every row follows from the text of its record, and none is missing',
    needsFinal: true,
  }),
];

/** No lock, nothing beside it, and no mark of a commit is left. */
export const locksReleased: Check = {
  name: 'locks are released',
  look: (history) => {
    const { finals } = history;
    if (finals.length === 0) return notChecked('nobody has looked at the end');
    const left = [...new Set(finals.flatMap(({ locksLeft }) => locksLeft))];
    const killer = history.faults.filter(({ fault }) => deadly.has(fault)).at(-1);
    const takers = history.operations.filter(({ held }) => held.some(({ t }) => killer && t > killer.t));
    if (left.length > 0 && killer && takers.length === 0) {
      return notChecked(`${left.join(', ')}: left by who was killed, and nobody wanted the lock after that`);
    }
    const marks = Math.max(...finals.map(({ marksLeft }) => marksLeft));
    const most = marksExplained(history);
    const breaks = left.map((name) => ({ what: `${name} is left`, events: history.faults.slice(-3) }));
    if (marks > most)
      breaks.push({ what: `${marks} marks of commits are left, and ${most} can be of threads that were killed`, events: [] });
    return verdictOf(
      breaks,
      `no lock is left${marks > 0 ? `; ${count(marks, 'mark')} of commits, of ${most} that killed threads may leave` : ''}`,
    );
  },
};

/** A thread that did not close its connection leaves the mark of its last transaction, and a COMMIT that was never answered leaves one. */
function marksExplained({ threads, operations, faults }: HistoryIndex): number {
  const opened = threads.filter(({ phase }) => phase === 'open').length;
  const closed = threads.filter(({ phase }) => phase === 'closed').length;
  const unanswered = operations.filter(({ end }) => end?.e === 'fail' && !end.known).length;
  // A connection that is lost is noticed by the next transaction. There may be none.
  const lost = faults.some(({ fault }) => fault.includes('server') || fault.includes('node') || fault === 'kill-connection');
  return opened - Math.min(opened, closed) + unanswered + (lost ? closed : 0);
}
