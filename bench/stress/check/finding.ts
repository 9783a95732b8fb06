import type { StressEvent } from '../events.js';
import type { Finding } from '../verdict.js';
import type { HistoryIndex, Operation } from './history-index.js';

/** One invariant. */
export interface Check {
  readonly name: string;
  /** Nothing can be said without a look at the store at the end. */
  readonly needsFinal?: boolean;
  look(history: HistoryIndex): Omit<Finding, 'name'>;
}

/** One break of an invariant. */
export interface Break {
  readonly what: string;
  /** That show it. */
  readonly operations?: readonly Operation[] | undefined;
  readonly events?: readonly StressEvent[] | undefined;
}

/** The most events that a window has. */
const windowEvents = 20;

/** Of so many breaks the smallest is looked for: a store that is quite broken has a hundred thousand. */
export const comparedBreaks = 100;

/** The verdict over one invariant: it holds unless there is a break. Of several the one with the smallest window is told. */
export function verdictOf(breaks: readonly Break[], evidence: string): Omit<Finding, 'name'> {
  let smallest: { readonly what: string; readonly window: StressEvent[] } | undefined;
  for (const { what, operations = [], events = [] } of breaks.slice(0, comparedBreaks)) {
    const window = windowOf(operations, events);
    if (smallest === undefined || window.length < smallest.window.length) smallest = { what, window };
  }
  if (!smallest) return { held: true, evidence };
  const more = breaks.length > 1 ? ` (and ${breaks.length - 1} more)` : '';
  return { held: false, evidence: `${smallest.what}${more}`, window: smallest.window };
}

export function notChecked(evidence: string): Omit<Finding, 'name'> {
  return { held: 'not checked', evidence };
}

function windowOf(operations: readonly Operation[], events: readonly StressEvent[]): StressEvent[] {
  const all = new Set<StressEvent>(events);
  for (const { start, held, fences, end } of operations) {
    const last = held.at(-1);
    // Of many runs the last one is told, and how long it held.
    for (const event of [start, last, fences.filter(({ run }) => run === last?.run).at(-1), end]) if (event) all.add(event);
  }
  const sorted = [...all].sort((a, b) => a.t - b.t);
  return sorted.length <= windowEvents ? sorted : [...sorted.slice(0, windowEvents / 2), ...sorted.slice(-windowEvents / 2)];
}

/** `3 operations`, `1 operation`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
