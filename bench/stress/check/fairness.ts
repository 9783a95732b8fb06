import { below } from './counter-timeline.js';
import { type Break, type Check, count, notChecked, verdictOf } from './finding.js';
import { type HistoryIndex, slotOf } from './history-index.js';

/** Whoever had nothing while each of the others had so much on average starves. */
const plenty = 100;

/** From the opening of the store to the end of a thread, or of all when that is not known. */
interface Life {
  readonly name: string;
  readonly p: number;
  readonly from: number;
  readonly to: number;
  readonly acknowledged: number;
}

/** Nobody waits for ever while others get on. */
export const nobodyStarves: Check = {
  name: 'nobody starves',
  look: (history) => {
    const { run } = history;
    if (!run.promises.fairness) return notChecked(`${run.strategy} does not promise it`);
    const ends = history.operations.flatMap(({ outcome, endedAt }) => (outcome === 'ok' ? [endedAt] : [])).sort((a, b) => a - b);
    const others = Math.max(1, run.processes * run.workers - 1);
    const lives = livesIn(history);
    const breaks: Break[] = [];
    for (const life of lives) {
      if (life.acknowledged > 0) continue;
      const during = [[life.from, life.to] as const].flatMap((time) => without(time, silencesOf(history, life.p)));
      const done = during.reduce((sum, [from, to]) => sum + below(ends, to) - below(ends, from), 0) / others;
      if (done > plenty)
        breaks.push({ what: `thread ${life.name} had no turn while each of the others had ${Math.round(done)}` });
    }
    return verdictOf(breaks, `${count(lives.length, 'thread')} had their turns`);
  },
};

function livesIn({ threads, operations, faults, lastAt }: HistoryIndex): Life[] {
  const acknowledged = new Map<string, number>();
  const nameOf = ({ p, i, w, g }: { p: number; i: number; w: number; g: number }) => `${p}.${i}.${w}.${g}`;
  for (const { start, outcome } of operations) {
    if (outcome === 'ok') acknowledged.set(nameOf(start), (acknowledged.get(nameOf(start)) ?? 0) + 1);
  }
  return threads.flatMap((thread) => {
    if (thread.phase !== 'open') return [];
    const { p, i, w } = thread;
    const next = threads.find((other) => slotOf(other) === slotOf(thread) && other.t > thread.t);
    const death = faults.find(
      ({ fault, t, target }) =>
        t > thread.t && target?.p === p && target.i === i && (fault === 'kill' || (fault === 'terminate' && target.w === w)),
    );
    const to = Math.min(next?.t ?? lastAt, death?.t ?? lastAt);
    return [{ name: nameOf(thread), p, from: thread.t, to, acknowledged: acknowledged.get(nameOf(thread)) ?? 0 }];
  });
}

type Time = readonly [from: number, to: number];

/** When a process could not have had a turn: it was stopped or blocked. */
function silencesOf({ faults, lastAt }: HistoryIndex, process: number): Time[] {
  return faults.flatMap(({ fault, phase, target, t }) => {
    if (phase !== 'begin' || target?.p !== process) return [];
    const end = faults.find(
      (other) => other.fault === fault && other.phase === 'end' && other.target?.p === process && other.t >= t,
    );
    return [[t, end?.t ?? lastAt] as const];
  });
}

/** What is left of a time. */
function without(time: Time, gaps: readonly Time[]): Time[] {
  let left: Time[] = [time];
  for (const [from, to] of gaps) {
    left = left.flatMap(([a, b]): Time[] =>
      to <= a || from >= b
        ? [[a, b]]
        : [
            [a, Math.max(a, from)],
            [Math.min(b, to), b],
          ],
    );
  }
  return left;
}

/** Jain's index: 1 when all have the same, 1/n when one has everything. */
export function jain(values: readonly number[]): number | undefined {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return values.length === 0 || squares === 0 ? undefined : (sum * sum) / (values.length * squares);
}
