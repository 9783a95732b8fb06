import { type Existing, noneExisting } from '../src/kosh/unit-fate.js';
import type { Chunk, Reject } from '../src/sources/source.js';
import type { Counts } from './protocol.js';

/** What was loaded. */
export interface Loaded extends Counts {
  readonly ensembles: number;
  readonly datasets: number;
}

/** What the journal says of a place, as JSON. What is nought or empty is left out. */
export interface PlaceText {
  /** Of the content; left out when empty. */
  readonly digest?: string;
  readonly loaded?: Partial<Loaded>;
  readonly existing?: Partial<Existing>;
  /** Of units of the place that were refused while others were written. */
  readonly rejects?: readonly Reject[];
  /** Chunks of units that lacked a record. */
  readonly left?: readonly Chunk[];
}

/** The text of a line. */
export function placeText({ digest, loaded, existing, rejects, left }: PlaceText): string {
  return JSON.stringify({
    digest: digest || undefined,
    loaded: some(loaded),
    existing: some(existing),
    rejects: rejects?.length ? rejects : undefined,
    left: left?.length ? left : undefined,
  });
}

/** The counts that are not nought; undefined when all are. */
function some(counts: Readonly<Record<string, unknown>> = {}): object | undefined {
  if (counts === noneExisting) return undefined;
  let found: Record<string, number> | undefined;
  // With Object.entries the text takes three times as long, and there is one for each document.
  for (const key in counts) {
    const count = counts[key];
    if (typeof count !== 'number' || count === 0) continue;
    found ??= {};
    found[key] = count;
  }
  return found;
}
