import { describedRejects } from '../src/kosh/described-rejects.js';
import { addExisting, type ExistingCounts, emptyExisting, noneExisting, type Outcome, recordsOf } from '../src/kosh/unit-fate.js';
import type { StoreInfo } from '../src/records/kosh.js';
import type { Chunk, Reject, Unit } from '../src/sources/source.js';
import type { Loaded } from './journal-text.js';
import type { ChunkResult } from './protocol.js';

/** Counts what became of the units of a chunk, or of a place. */
export class ChunkTally {
  readonly #info: StoreInfo;
  readonly #final: boolean;
  readonly #loaded = { records: 0, relationships: 0, ensembles: 0, datasets: 0 };
  readonly #rejected = { records: 0, relationships: 0 };
  readonly #elsewhere = { records: 0, relationships: 0 };
  /** Most units meet nothing, and there is a tally for each document. */
  #existing: ExistingCounts | undefined;
  /** Units that are refused, until {@link describe} has looked at them. */
  #refused: { readonly unit: Unit; readonly rejects: readonly Reject[] }[] = [];
  readonly #rejects: Reject[] = [];
  readonly #again: Chunk[] = [];
  #written = 0;

  /** `final`: a unit that lacks a record is refused, not planned again. */
  constructor(info: StoreInfo, final: boolean) {
    this.#info = info;
    this.#final = final;
  }

  add(unit: Unit, { contents: { read, types }, existing, fate }: Outcome): void {
    if (fate?.lacksRecord && unit.again && !this.#final) this.#again.push(unit.again);
    else if (fate) {
      this.#rejected.records += read.records;
      this.#rejected.relationships += read.relationships;
      this.#refused.push({ unit, rejects: fate.rejects });
    } else {
      this.#written++;
      this.#loaded.records += read.records - recordsOf(existing);
      this.#loaded.relationships += read.relationships - existing.relationships;
      for (const [type, count] of types) this.#count(type, count - (existing.types.get(type) ?? 0));
      if (existing !== noneExisting) this.#existing = addExisting(this.#existing ?? emptyExisting(), existing);
    }
  }

  /** A unit that another process has written: it counts as nothing else. */
  addElsewhere({ read }: Outcome['contents']): void {
    this.#elsewhere.records += read.records;
    this.#elsewhere.relationships += read.relationships;
  }

  /** What another process has refused of places that it has written, and left for later. */
  addRemains({ rejects, left }: { readonly rejects: readonly Reject[]; readonly left: readonly Chunk[] }): void {
    for (const reject of rejects) this.#rejects.push(reject);
    if (!this.#final) for (const chunk of left) this.#again.push(chunk);
  }

  #count(type: string, count: number): void {
    if (type === this.#info.ensemblesType) this.#loaded.ensembles += count;
    else if (!this.#info.reservedTypes.includes(type)) this.#loaded.datasets += count;
  }

  /** Units that are in the store now. */
  get written(): number {
    return this.#written;
  }

  /** Whether units are refused that {@link describe} has not looked at. */
  get isRefusing(): boolean {
    return this.#refused.length > 0;
  }

  get loaded(): Loaded {
    return this.#loaded;
  }

  /** Adds to what is refused its place and its text, for which the input may be read again. To be called before {@link result}. */
  async describe(): Promise<void> {
    const refused = this.#refused;
    this.#refused = [];
    for (const { unit, rejects } of refused) this.#rejects.push(...(await describedRejects(unit, rejects)));
  }

  result(): Omit<ChunkResult, 'acquisitions' | 'worker'> {
    const { records, relationships, ensembles, datasets } = this.#loaded;
    return {
      inserted: { records, relationships },
      rejected: this.#rejected,
      elsewhere: this.#elsewhere,
      existing: this.#existing ?? noneExisting,
      ensembles,
      datasets,
      rejects: this.#rejects,
      again: this.#again,
    };
  }
}
