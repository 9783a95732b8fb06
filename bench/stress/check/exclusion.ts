import { type Break, type Check, count, notChecked, verdictOf } from './finding.js';
import type { HistoryIndex, Operation } from './history-index.js';

/** A time in which a lock was certainly held: from the call of the work to the last time that the lease said so. */
interface Holding {
  readonly operation: Operation;
  readonly from: number;
  readonly to: number;
}

/** Sweeps over what is proven to have been held: who begins before another has ended is a second holder. */
export const exclusion: Check = {
  name: 'never two holders',
  look: ({ run, operations }: HistoryIndex) => {
    if (!run.promises.exclusion) return notChecked(`${run.strategy} does not promise it`);
    const holdings = operations.flatMap(holdingsOf).sort((a, b) => a.from - b.from);
    const breaks: Break[] = [];
    let longest: Holding | undefined;
    for (const holding of holdings) {
      if (longest && holding.from < longest.to) breaks.push(overlap(longest, holding));
      if (!longest || holding.to > longest.to) longest = holding;
    }
    return verdictOf(breaks, `${count(holdings.length, 'proven holding')}, no two at a time`);
  },
};

function holdingsOf(operation: Operation): Holding[] {
  return operation.held.flatMap(({ run, t }) => {
    const to = operation.fences.reduce(
      (last, fence) => (fence.run === run ? Math.max(last, fence.t) : last),
      Number.NEGATIVE_INFINITY,
    );
    return to >= t ? [{ operation, from: t, to }] : [];
  });
}

function overlap(one: Holding, other: Holding): Break {
  const ms = (Math.min(one.to, other.to) - other.from) / 1000;
  const [a, b] = [one, other].map(({ operation }) => `${operation.start.op} (${operation.start.kind})`);
  // Only what shows it: a long operation may have had many runs.
  const events = [one, other].flatMap(({ operation, from, to }) => [
    operation.start,
    ...operation.held.filter(({ t }) => t === from),
    ...operation.fences.filter(({ t }) => t === to).slice(-1),
    ...(operation.end ? [operation.end] : []),
  ]);
  return { what: `${a} and ${b} held the lock at the same time, for ${ms.toFixed(3)} ms at least`, events };
}
