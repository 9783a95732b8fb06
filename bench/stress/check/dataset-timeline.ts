import { firstDatasetIds, firstEnsembleOf } from '../workload/records.js';
import { below } from './counter-timeline.js';
import { type Operation, oncePerHistory } from './history-index.js';

/** An operation that has put a dataset into an ensemble, or may have; the beginning of the run has none. */
interface Placement {
  readonly ensemble: string;
  readonly from: number;
  readonly to: number;
  readonly operation: Operation | undefined;
}

/** Why what was seen of a dataset cannot have been. */
export interface Impossible {
  readonly about: 'existence' | 'place' | 'failure';
  readonly what: string;
  readonly operations: readonly Operation[];
}

/** What was seen of a dataset, at a moment between `from` and `to`. */
export interface Sight {
  readonly there: boolean;
  readonly own?: string | undefined;
  readonly from: number;
  readonly to: number;
  /** Who has seen it: does not explain what it has seen itself. */
  readonly by?: Operation | undefined;
}

/** What is known of one dataset. */
export class DatasetTimeline {
  readonly id: string;
  readonly #isFirst: boolean;
  readonly insert: Operation | undefined;
  /** Since when it is certainly there, and who says so: its insert, or a move of one whose insert was never answered. */
  readonly #proof: Operation | undefined;
  /** Those that have deleted it, or may have. */
  readonly #deletes: readonly Operation[];
  /** By ensemble, in order of their beginning. */
  readonly #placements = new Map<string, Placement[]>();
  /** Acknowledged placements in order of their end, with the one that was begun last of all until then. */
  readonly #ends: readonly number[];
  readonly #newest: readonly Placement[];

  constructor(id: string, operations: readonly Operation[], first: string | undefined) {
    this.id = id;
    this.#isFirst = first !== undefined;
    this.insert = operations.find(({ start }) => start.kind === 'insert');
    const possible = operations.filter(({ outcome, result }) => outcome !== 'failed' && result.there !== false);
    this.#deletes = possible.filter(({ start }) => start.kind === 'delete').sort((a, b) => a.endedAt - b.endedAt);
    const placing = possible.filter(({ start }) => start.kind !== 'delete');
    this.#proof = placing.filter(({ outcome }) => outcome === 'ok').sort((a, b) => a.endedAt - b.endedAt)[0];
    const placements = placing.map(placementOf);
    const [start, end] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (first !== undefined) placements.push({ ensemble: first, from: start, to: end, operation: undefined });
    for (const placement of placements.sort((a, b) => a.from - b.from)) {
      const some = this.#placements.get(placement.ensemble);
      if (some) some.push(placement);
      else this.#placements.set(placement.ensemble, [placement]);
    }
    const ended = placements.filter(({ to }) => to < Number.POSITIVE_INFINITY).sort((a, b) => a.to - b.to);
    this.#ends = ended.map(({ to }) => to);
    let newest = ended[0];
    this.#newest = ended.map((one) => (newest = newest && newest.from > one.from ? newest : one));
  }

  /** Undefined when it can have been so. */
  impossible(sight: Sight): Impossible | undefined {
    return sight.there ? (this.#cannotBeThere(sight) ?? this.#cannotBeIn(sight)) : this.#cannotBeGone(sight);
  }

  #cannotBeThere({ from, to, by }: Sight): Impossible | undefined {
    const { id, insert } = this;
    if (!this.#isFirst && !insert)
      return { about: 'failure', what: `dataset ${id} is there, and nobody has inserted it`, operations: [] };
    if (insert?.outcome === 'failed') {
      const what = `dataset ${id} is there, and its insert ${insert.start.op} has failed`;
      return { about: 'failure', what, operations: [insert] };
    }
    if (insert && insert.begunAt >= to) {
      return { about: 'existence', what: `dataset ${id} was seen before it was inserted`, operations: [insert] };
    }
    const gone = this.#deletes.find((one) => one.endedAt < from && one !== by);
    if (!gone) return undefined;
    const what = `dataset ${id} is there after its delete ${gone.start.op} was acknowledged`;
    return { about: 'existence', what, operations: [...(insert ? [insert] : []), gone] };
  }

  #cannotBeGone({ from, to, by }: Sight): Impossible | undefined {
    const { id } = this;
    const proof = this.#proof;
    if (this.#deletes.some((one) => one.begunAt < to && one !== by)) return undefined;
    if (!this.#isFirst && (proof === undefined || proof.endedAt >= from)) return undefined;
    const what = proof
      ? `dataset ${id} is gone, whose ${proof.start.kind} ${proof.start.op} was acknowledged, and nobody has deleted it`
      : `dataset ${id} is gone, and nobody deletes it`;
    return { about: 'existence', what, operations: proof ? [proof] : [] };
  }

  #cannotBeIn({ own, from, to, by }: Sight): Impossible | undefined {
    if (own === undefined) return undefined;
    // Everything that was over before this one began is out of date.
    const newest = this.#newest[below(this.#ends, from) - 1];
    const oldest = newest?.from ?? Number.NEGATIVE_INFINITY;
    const there = this.#placements.get(own) ?? [];
    let last: Placement | undefined;
    for (let at = there.length - 1; at >= 0; at--) {
      const placement = there[at] as Placement;
      if (placement.from >= to || (by && placement.operation === by)) continue;
      if (placement.to >= oldest) return undefined;
      last ??= placement;
    }
    const latest = newest?.operation;
    const what = last
      ? `dataset ${this.id} is in ${own}, though ${latest?.start.op} had put it into ${newest?.ensemble} since`
      : `dataset ${this.id} is in ${own}, and nobody has put it there`;
    return { about: 'place', what, operations: [last?.operation, latest].filter((one) => one !== undefined) };
  }
}

function placementOf(operation: Operation): Placement {
  const [, ensemble = ''] = operation.start.on;
  return { ensemble, from: operation.begunAt, to: operation.endedAt, operation };
}

/** All datasets that a run has had. */
export const datasetTimelines = oncePerHistory(({ run, operations }): ReadonlyMap<string, DatasetTimeline> => {
  const firsts = firstDatasetIds(run.sizes);
  const byId = new Map<string, Operation[]>(firsts.map((id) => [id, []]));
  for (const operation of operations) {
    const { kind, on } = operation.start;
    if (kind !== 'insert' && kind !== 'move' && kind !== 'delete') continue;
    const id = on[0] ?? '';
    const some = byId.get(id);
    if (some) some.push(operation);
    else byId.set(id, [operation]);
  }
  const isFirst = new Set(firsts);
  const firstOf = (id: string) => (isFirst.has(id) ? firstEnsembleOf(id, run.sizes) : undefined);
  return new Map([...byId].map(([id, some]) => [id, new DatasetTimeline(id, some, firstOf(id))]));
});
