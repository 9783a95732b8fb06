import type { StoreInfo } from '../records/kosh.js';
import type { InsertName, Problem, SqlValue } from '../records/types.js';
import type { Part, PreparedRecord, PreparedRelationship, Reject, Unit } from '../sources/source.js';
import type { Awaitable, Connection, Transaction } from '../stores/connection.js';

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

export function addExisting(sum: ExistingCounts, { types, differing, ...counts }: Existing): void {
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) sum[key] += counts[key];
  for (const [type, count] of types) sum.types.set(type, (sum.types.get(type) ?? 0) + count);
  sum.differing.push(...differing.slice(0, listedIds - sum.differing.length));
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

/** Rejects for what the engine of the store cannot keep. */
export function unkept(connection: Connection, file: string | null, part: Part): Reject[] {
  const rejects = (found: readonly Problem[], pointer: string, recordId: string | null): Reject[] =>
    found.map((problem) => ({ file, recordId, ...problem, pointer: pointer + problem.pointer }));
  return [
    ...part.records.flatMap(({ id, rows, pointer }) => rejects(connection.problems(rows), pointer, id)),
    ...part.relationships.flatMap(({ subject, object, predicate, pointer }) =>
      rejects(connection.problems({ relationship: [subject, object, predicate] }), pointer, null),
    ),
  ];
}

export function recordExists(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>): Reject {
  return {
    file,
    recordId: id,
    pointer: pointer && `${pointer}/id`,
    code: 'ERR_RECORD_EXISTS',
    message: `record ${id} is in the store already`,
    found: JSON.stringify(id),
    expected: 'an id that the store does not have',
    hint: file === null ? 'Choose another --prefix or another --store.' : 'Give the record another id, or take another store.',
  };
}

/** The store cannot tell two ids apart. */
export function recordAlike(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>, other: string): Reject {
  return {
    ...recordExists(file, { id, pointer }),
    message: `the store takes the id ${JSON.stringify(id)} for ${JSON.stringify(other)}: its tables do not tell the two apart`,
    expected: 'ids that differ in more than case, accents or blanks at the end',
    hint: 'Give the record another id, or load into a new database: tables that are created here tell all ids apart.',
  };
}

export function recordTwice(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>): Reject {
  return {
    ...recordExists(file, { id, pointer }),
    message: `record ${id} comes twice in this load`,
    expected: 'every id once',
    hint: 'Give one of the two records another id.',
  };
}

export function otherEnsemble({ file, content }: WholeUnit, ensembleId: string): Reject {
  return {
    file,
    recordId: content.records[0]?.id ?? null,
    pointer: '',
    code: 'ERR_ENSEMBLE_ATTRIBUTE',
    message: `${ensembleId} is in the store with other attributes than this load gives it`,
    expected: `an ensemble ${ensembleId} with the attributes of this load`,
    hint: 'Choose another --prefix, or the --attributes that the ensemble was loaded with.',
  };
}

export function ensembleCame({ file, content }: WholeUnit, ensembleId: string): Reject {
  return {
    file,
    recordId: content.records[0]?.id ?? null,
    pointer: '',
    code: 'ERR_MISSING_ENDPOINT',
    message: `the ensemble ${ensembleId} came into the store while its member was being read`,
    hint: 'Load it again: it now gets the attributes of its ensemble.',
  };
}

const endpoints = ['subject', 'object'] as const;

/** A reject for each end of a relationship that is not there. */
export function missingEndpoints(
  file: string | null,
  relationship: PreparedRelationship,
  there: (id: string) => boolean,
): Reject[] {
  return endpoints.flatMap((endpoint) => {
    const id = relationship[endpoint];
    if (there(id)) return [];
    return {
      file,
      recordId: null,
      pointer: relationship.pointer && `${relationship.pointer}/${endpoint}`,
      code: 'ERR_MISSING_ENDPOINT',
      message: `the ${endpoint} of a relationship, ${id}, is neither in the document nor in the store`,
      found: JSON.stringify(id),
      expected: 'the id of a record in the document or in the store',
      hint: 'Load the document that holds this record first, or together with this one.',
    };
  });
}

/** Its record is new, so that a row of it can only be there already where the store takes two names for the same. */
function nameAlike(
  file: string | null,
  { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>,
  row: readonly SqlValue[],
): Reject {
  const name = row.find((value) => value !== id);
  return {
    ...recordExists(file, { id, pointer }),
    pointer,
    code: 'ERR_RECORD',
    message: `the store takes the name ${JSON.stringify(name)} in record ${id} for another one of the record: its tables do not tell the two apart`,
    found: JSON.stringify(name),
    expected: 'names that differ in more than case, accents or blanks at the end',
  };
}

/** The reject for a row whose key is in the store already, once its record is known to be new. */
export function rowExists(
  file: string | null,
  insert: InsertName,
  row: readonly SqlValue[],
  part: Pick<Part, 'records' | 'relationships'>,
): Reject {
  if (insert !== 'relationship') {
    const record = part.records.find(({ id }) => row.includes(id)) ?? { id: String(row[0]), pointer: '' };
    return insert === 'record' ? recordExists(file, record) : nameAlike(file, record, row);
  }
  const [subject, object, predicate] = row;
  const same = part.relationships.filter((r) => r.subject === subject && r.object === object && r.predicate === predicate);
  return {
    file,
    recordId: null,
    pointer: same.at(-1)?.pointer ?? '',
    code: 'ERR_RELATIONSHIP_EXISTS',
    message: `the relationship ${subject} "${predicate}" ${object} ${same.length > 1 ? 'comes twice in the document' : 'is in the store already'}`,
    found: JSON.stringify({ subject, predicate, object }),
    expected: 'every relationship once',
    hint: 'Remove it from the document.',
  };
}
