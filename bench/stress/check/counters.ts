import type { CounterTimeline } from './counter-timeline.js';
import { counterTimelines } from './counter-timeline.js';
import { type Break, type Check, verdictOf } from './finding.js';
import type { HistoryIndex, Operation } from './history-index.js';

const ever = Number.POSITIVE_INFINITY;

/** Acknowledged increments that are not in the counter: two with one value, or a counter that has too little at the end. */
export function lostIncrements(history: HistoryIndex): Break[] {
  const breaks: Break[] = [];
  for (const counter of counterTimelines(history).values()) {
    breaks.push(...twins(counter));
    const least = counter.lowest(ever);
    for (const final of history.finals) {
      const value = final.counters[counter.id];
      if (final.unreadable !== undefined || (value !== undefined && value >= least)) continue;
      const what = `${counter.id} is ${value ?? 'gone'} at the end, and ${counter.acknowledged.length} increments up to ${least} were acknowledged`;
      breaks.push({ what, operations: counter.acknowledged.slice(-3) });
    }
  }
  return breaks;
}

function twins({ id, acknowledged }: CounterTimeline): Break[] {
  const byValue = new Map<number, Operation>();
  return acknowledged.flatMap((operation) => {
    const { value = Number.NaN } = operation.result;
    const twin = byValue.get(value);
    byValue.set(value, operation);
    if (!twin) return [];
    return [
      {
        what: `${twin.start.op} and ${operation.start.op} both made ${id} ${value}: one of them is lost`,
        operations: [twin, operation],
      },
    ];
  });
}

/** Increments that are in a counter more than once, or though they failed. */
export function doubleIncrements(history: HistoryIndex): Break[] {
  const breaks: Break[] = [];
  for (const { id, acknowledged, unknown } of counterTimelines(history).values()) {
    const most = acknowledged.length + unknown.length;
    for (const final of history.finals) {
      const value = final.counters[id] ?? 0;
      if (value <= most) continue;
      const what = `${id} is ${value} at the end, with ${acknowledged.length} acknowledged increments and ${unknown.length} of which nobody knows`;
      breaks.push({ what, operations: jumpsIn(acknowledged) });
    }
  }
  return breaks;
}

/** Where the value went up by more than one: the first such place. */
function jumpsIn(acknowledged: readonly Operation[]): Operation[] {
  const sorted = [...acknowledged].sort((a, b) => (a.result.value ?? 0) - (b.result.value ?? 0));
  const at = sorted.findIndex(({ result }, n) => (result.value ?? 0) > (sorted[n - 1]?.result.value ?? 0) + 1);
  return sorted.slice(Math.max(0, at - 1), at + 1);
}

/** Each increment answers a value that the counter can have had then. */
export const countersAddUp: Check = {
  name: 'counters add up',
  needsFinal: true,
  look: (history) => {
    const breaks: Break[] = [];
    const sums: string[] = [];
    for (const counter of counterTimelines(history).values()) {
      const { id, acknowledged, unknown } = counter;
      for (const operation of acknowledged) {
        const why = impossibleValue(counter, operation);
        const before = counter.highestBefore(operation.begunAt);
        if (why !== undefined) breaks.push({ what: why, operations: [...(before ? [before] : []), operation] });
      }
      const values = history.finals.map(({ counters }) => counters[id] ?? 'gone').join(', ');
      sums.push(`${id} is ${values}: ${acknowledged.length} acknowledged, ${unknown.length} unknown`);
    }
    return verdictOf(breaks, sums.join('; '));
  },
};

function impossibleValue(counter: CounterTimeline, { start, result, begunAt, endedAt }: Operation): string | undefined {
  const { value, torn } = result;
  if (value === undefined) return `${start.op}: ${torn ?? `an increment of ${counter.id} answered no value`}`;
  const [lowest, highest] = [counter.lowest(begunAt), counter.highest(endedAt)];
  if (value <= lowest) return `${start.op} made ${counter.id} ${value}, which it had been before it began (${lowest})`;
  return value > highest ? `${start.op} made ${counter.id} ${value}, and only ${highest} increments had been begun` : undefined;
}
