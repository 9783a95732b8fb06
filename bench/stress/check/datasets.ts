import { tornIn } from '../workload/look.js';
import { doubleIncrements, lostIncrements } from './counters.js';
import { datasetTimelines, type Impossible } from './dataset-timeline.js';
import { type Break, type Check, comparedBreaks, count, verdictOf } from './finding.js';
import type { HistoryIndex, Operation } from './history-index.js';

const atTheEnd = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** What cannot be of what was found at the end, of one sort. */
function impossibleAtTheEnd(history: HistoryIndex, about: Impossible['about']): Break[] {
  const timelines = datasetTimelines(history);
  const breaks: Break[] = [];
  for (const final of history.finals.filter(({ unreadable }) => unreadable === undefined)) {
    const found = new Map(final.datasets.map((seen) => [seen.id, seen]));
    for (const id of new Set([...timelines.keys(), ...found.keys()])) {
      const { there = false, own } = found.get(id) ?? {};
      const impossible =
        timelines.get(id)?.impossible({ there, own, ...atTheEnd }) ?? unknownDataset(timelines.has(id), there, id);
      if (impossible?.about === about) breaks.push(impossible);
    }
  }
  return breaks;
}

function unknownDataset(isKnown: boolean, there: boolean, id: string): Impossible | undefined {
  if (isKnown || !there) return undefined;
  return { about: 'failure', what: `dataset ${id} is there, and nobody has inserted it`, operations: [] };
}

function writes({ operations }: HistoryIndex): number {
  return operations.filter(({ start, outcome }) => start.kind !== 'read' && outcome === 'ok').length;
}

/** Inserts, deletes and increments that were acknowledged are in the store. */
export const noLostWrite: Check = {
  name: 'no acknowledged write is lost',
  needsFinal: true,
  look: (history) => {
    const breaks = [...lostIncrements(history), ...impossibleAtTheEnd(history, 'existence')];
    return verdictOf(breaks, `all of ${count(writes(history), 'acknowledged write')} found at the end`);
  },
};

/** Nothing is there more than once, and nothing that failed. */
export const noDoubleWrite: Check = {
  name: 'no write is applied twice, or though it failed',
  needsFinal: true,
  look: (history) => {
    const breaks = [...doubleIncrements(history), ...impossibleAtTheEnd(history, 'failure')];
    const failed = history.operations.filter(({ outcome }) => outcome === 'failed').length;
    const unknown = history.operations.filter(({ outcome }) => outcome === 'unknown').length;
    return verdictOf(
      breaks,
      `${failed} failed and ${unknown} of unknown outcome, and none is in the store more often than it may be`,
    );
  },
};

/** The last move that was acknowledged says where a dataset is. */
export const lastMoveWins: Check = {
  name: 'the last acknowledged move wins',
  needsFinal: true,
  look: (history) => {
    const moves = history.operations.filter(({ start, outcome }) => start.kind === 'move' && outcome === 'ok').length;
    return verdictOf(impossibleAtTheEnd(history, 'place'), `${count(moves, 'move')}, as far as time orders them`);
  },
};

/** Each dataset is whole, in one ensemble, and says so itself. */
export const noTornDataset: Check = {
  name: 'no torn dataset or membership',
  needsFinal: true,
  look: (history) => {
    const breaks: Break[] = [];
    let whole = 0;
    for (const seen of history.finals.flatMap(({ datasets }) => datasets)) {
      whole++;
      const torn = tornIn(seen);
      if (torn === undefined) continue;
      const operations = breaks.length < comparedBreaks ? lastWrites(history, seen.id) : [];
      breaks.push({ what: `${torn}, at the end`, operations });
    }
    return verdictOf(breaks, `${count(whole, 'dataset')} whole, each in the one ensemble that it names`);
  },
};

function lastWrites({ operations }: HistoryIndex, id: string): Operation[] {
  return operations.filter(({ start }) => start.kind !== 'read' && start.on[0] === id).slice(-4);
}
