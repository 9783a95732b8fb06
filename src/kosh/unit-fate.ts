import type { StoreInfo } from '../records/kosh.js';
import type { Part, Reject, Unit } from '../sources/source.js';
import type { Awaitable, Transaction } from '../stores/connection.js';

/** A unit that has been read whole. */
export type WholeUnit = Unit & { readonly content: Part };

/** Why a unit was not inserted. */
export interface Fate {
  readonly rejects: readonly Reject[];
  /** Nothing is wrong but that a record it refers to is not in the store (yet). */
  readonly lacksRecord: boolean;
}

/** Units that are refused. */
export type Fates = Map<WholeUnit, Fate>;

/** What became of a unit. */
export interface Outcome {
  /** Why it was not inserted; undefined when it was. */
  readonly fate?: Fate | undefined;
  /** What was read of it. */
  readonly contents: Contents;
  /** Records and relationships of it that were there already and are not inserted, for the way of `ifExists` that was asked for. */
  readonly existing: Existing;
}

/** What became of records that were in the store already. */
export interface Existing extends Readonly<ExistingCounts> {}

/** The same, as it is counted. */
export interface ExistingCounts {
  /** Left as they are; `different` of them have another content than the input. */
  skipped: number;
  different: number;
  replaced: number;
  /** Given what they lacked, or found to lack nothing. */
  merged: number;
  /** Relationships that were there. */
  relationships: number;
  /** Records of these by type: neither inserted nor refused. */
  types: Map<string, number>;
  /** Ids of the first few that are different. */
  differing: string[];
}

export function emptyExisting(): ExistingCounts {
  return { skipped: 0, different: 0, replaced: 0, merged: 0, relationships: 0, types: new Map(), differing: [] };
}

export const noneExisting: Existing = emptyExisting();

/** Ids of different records that are kept. */
export const listedIds = 5;

export function addExisting(sum: ExistingCounts, { types, differing, ...counts }: Existing): ExistingCounts {
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) sum[key] += counts[key];
  for (const [type, count] of types) sum.types.set(type, (sum.types.get(type) ?? 0) + count);
  sum.differing.push(...differing.slice(0, listedIds - sum.differing.length));
  return sum;
}

/** How many records were there. */
export function recordsOf({ skipped, replaced, merged }: Existing): number {
  return skipped + replaced + merged;
}

/** What becomes of a record whose id is in the store. */
export type IfExists = 'error' | 'skip' | 'replace' | 'merge';

/** How units are written. */
export interface WriteOptions {
  readonly signal: AbortSignal;
  readonly ifExists: IfExists;
  /** Names of the store. */
  readonly info: StoreInfo;
  /** Called in the transaction, right before it ends, with what becomes of the units when it is committed. Again when the transaction is run again. */
  readonly onWritten?: ((tx: Transaction, outcomes: Outcomes) => Awaitable<void>) | undefined;
}

/** Every unit has an entry. */
export type Outcomes = ReadonlyMap<Unit, Outcome>;

/** How much a unit holds. */
export interface Contents {
  readonly read: { records: number; relationships: number };
  /** Records by type. */
  readonly types: Map<string, number>;
}

export function emptyContents(): Contents {
  return { read: { records: 0, relationships: 0 }, types: new Map() };
}

export function addContents({ read, types }: Contents, part: Part): void {
  read.records += part.read.records;
  read.relationships += part.read.relationships;
  for (const { type } of part.records) types.set(type, (types.get(type) ?? 0) + 1);
}

export function contentsOf(part: Part): Contents {
  const contents = emptyContents();
  addContents(contents, part);
  return contents;
}

/** More rejects of one unit are counted, not listed. */
export const listedRejects = 100;

export function refused(rejects: readonly Reject[]): Fate {
  return { rejects: listed(rejects), lacksRecord: false };
}

export function lacking(rejects: readonly Reject[]): Fate {
  return { rejects: listed(rejects), lacksRecord: true };
}

function listed(rejects: readonly Reject[]): readonly Reject[] {
  const [first] = rejects;
  // One more may be the line in which the reader of a document counts what it did not list.
  if (!first || rejects.length <= listedRejects + 1) return rejects;
  const message = `${rejects.length - listedRejects} more problems in this document are not listed`;
  return [...rejects.slice(0, listedRejects), { file: first.file, recordId: null, pointer: '', code: first.code, message }];
}
