import { type Operation, oncePerHistory } from './history-index.js';

/** What is known of one counter: what its value can have been at a time. */
export class CounterTimeline {
  readonly id: string;
  readonly acknowledged: readonly Operation[];
  readonly unknown: readonly Operation[];
  /** Ends of the acknowledged ones, and for each the one with the highest value until then. */
  readonly #ends: readonly number[];
  readonly #highest: readonly Operation[];
  /** When those that may have been applied were begun. */
  readonly #starts: readonly number[];

  constructor(id: string, increments: readonly Operation[]) {
    this.id = id;
    this.acknowledged = increments.filter(({ outcome }) => outcome === 'ok').sort((a, b) => a.endedAt - b.endedAt);
    this.unknown = increments.filter(({ outcome }) => outcome === 'unknown');
    this.#ends = this.acknowledged.map(({ endedAt }) => endedAt);
    let highest = this.acknowledged[0];
    this.#highest = this.acknowledged.map((one) => (highest = highest && valueIn(highest) > valueIn(one) ? highest : one));
    this.#starts = [...this.acknowledged, ...this.unknown].map(({ begunAt }) => begunAt).sort((a, b) => a - b);
  }

  /** The least that it can have been at `t`: whatever was acknowledged before is in it. */
  lowest(t: number): number {
    const highest = this.highestBefore(t);
    return highest ? Math.max(below(this.#ends, t), valueIn(highest)) : 0;
  }

  /** Of those that were acknowledged before `t` the one with the highest value. */
  highestBefore(t: number): Operation | undefined {
    return this.#highest[below(this.#ends, t) - 1];
  }

  /** The most that it can have been at `t`. */
  highest(t: number): number {
    return below(this.#starts, t);
  }
}

function valueIn({ result }: Operation): number {
  return result.value ?? 0;
}

/** All counters of a run. */
export const counterTimelines = oncePerHistory(({ run, operations }): ReadonlyMap<string, CounterTimeline> => {
  const ids = Array.from({ length: run.sizes.counters }, (_, n) => `counter-${n}`);
  const byId = new Map<string, Operation[]>(ids.map((id) => [id, []]));
  for (const operation of operations) {
    if (operation.start.kind === 'increment') byId.get(operation.start.on[0] ?? '')?.push(operation);
  }
  return new Map([...byId].map(([id, increments]) => [id, new CounterTimeline(id, increments)]));
});

/** How many of the sorted numbers are below `limit`. */
export function below(sorted: readonly number[], limit: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as number) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
