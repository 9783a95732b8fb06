import { tornIn } from '../workload/look.js';
import { type CounterTimeline, counterTimelines } from './counter-timeline.js';
import { type DatasetTimeline, datasetTimelines } from './dataset-timeline.js';
import { type Break, type Check, count, verdictOf } from './finding.js';
import type { Operation } from './history-index.js';

/** Whatever was read, also by those who read to write, is what the store can have been then. */
export const noImpossibleRead: Check = {
  name: 'no read of a state that never was',
  look: (history) => {
    const counters = counterTimelines(history);
    const datasets = datasetTimelines(history);
    const acknowledged = history.operations.filter(({ outcome }) => outcome === 'ok');
    const reads = acknowledged.filter(({ start }) => start.kind === 'read');
    const breaks = [
      ...acknowledged.flatMap((operation) => tornInResult(operation)),
      ...acknowledged.flatMap((operation) => impossibleDatasets(operation, datasets)),
      ...reads.flatMap((read) => impossibleCounters(read, counters)),
      ...outOfOrder(reads),
    ];
    return verdictOf(
      breaks,
      `${count(reads.length, 'read')}, and what ${count(acknowledged.length - reads.length, 'write')} read first`,
    );
  },
};

function tornInResult(operation: Operation): Break[] {
  const { start, result } = operation;
  const torn = result.torn ?? (result.datasets ?? []).map(tornIn).find((what) => what !== undefined);
  return torn === undefined ? [] : [{ what: `${start.op} (${start.kind}) read: ${torn}`, operations: [operation] }];
}

function impossibleDatasets(operation: Operation, timelines: ReadonlyMap<string, DatasetTimeline>): Break[] {
  const { start, result, begunAt: from, endedAt: to } = operation;
  const [id = ''] = start.on;
  // Who deletes or moves a dataset has looked at it, too.
  const seen = result.there === undefined ? (result.datasets ?? []) : [{ id, there: result.there, own: result.from }];
  return seen.flatMap((one) => {
    const why = timelines.get(one.id)?.impossible({ there: one.there, own: one.own, from, to, by: operation });
    return why ? [{ what: `${start.op} (${start.kind}) read: ${why.what}`, operations: [...why.operations, operation] }] : [];
  });
}

function impossibleCounters(read: Operation, timelines: ReadonlyMap<string, CounterTimeline>): Break[] {
  return [...timelines.values()].flatMap((counter) => {
    const value = read.result.counters?.[counter.id];
    const lowest = counter.lowest(read.begunAt);
    const highest = counter.highest(read.endedAt);
    if (value !== undefined && value >= lowest && value <= highest) return [];
    const bounds = `it was ${lowest} at least and ${highest} at most`;
    const before = counter.highestBefore(read.begunAt);
    return [
      {
        what: `${read.start.op} read ${counter.id} as ${value ?? 'gone'}: ${bounds}`,
        operations: [...(before ? [before] : []), read],
      },
    ];
  });
}

/** Counters only go up, so the states that were read are in one order: of two reads one is behind the other in all counters. */
function outOfOrder(reads: readonly Operation[]): Break[] {
  const sumOf = ({ result }: Operation) => Object.values(result.counters ?? {}).reduce((sum, value) => sum + value, 0);
  const sorted = reads.map((read) => ({ read, sum: sumOf(read) })).sort((a, b) => a.sum - b.sum);
  const breaks: Break[] = [];
  for (const [at, { read }] of sorted.entries()) {
    const before = sorted[at - 1]?.read;
    if (!before) continue;
    const back = Object.entries(before.result.counters ?? {}).find(
      ([id, value]) => value > (read.result.counters?.[id] ?? value),
    );
    if (!back) continue;
    const what = `${before.start.op} and ${read.start.op} read states that cannot both have been: ${back[0]} is older in one, another counter in the other`;
    breaks.push({ what, operations: [before, read] });
  }
  return breaks;
}
