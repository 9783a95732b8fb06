import { createHash } from 'node:crypto';
import { compareRaw, shownValue } from '../records/compare-json.js';
import { attributesOf, inheritedAttributes, type StoreInfo, storeInfoType } from '../records/kosh.js';
import { child } from '../records/problems.js';
import { relationshipKey } from '../records/relationship-key.js';
import type { Relationship } from '../records/types.js';
import { type Part, type PreparedRecord, type PreparedRelationship, rawOf } from '../sources/source.js';
import type { Reader, StoredRecord } from '../stores/connection.js';
import { type Joined, readThrough } from './transact.js';
import { type Difference, Findings } from './verify-findings.js';

/** A piece of the inputs. */
export interface ExpectedPart {
  readonly file: string | null;
  readonly part: Part;
}

/** What comparing some parts came to. */
export interface ComparedPart {
  readonly findings: Findings;
  /** Of the ids of the records that are in the store, but for Kosh's own: {@link idHash}. */
  readonly hashes: readonly number[];
}

/** Places in one record that are listed. */
const listedPlaces = 20;
/** Relationships of one subject beyond which they are looked for one by one. */
const manyRelationships = 20;

/** Records that Kosh makes on connecting: no input has them. */
export function isKoshOwn(type: string, info: StoreInfo): boolean {
  return type === storeInfoType || type === info.usersType;
}

/** A number that stands for an id, by which distinct ids are counted: 52 bits of a hash. */
export function idHash(id: string): number {
  const digest = createHash('md5').update(id).digest();
  return digest.readUIntBE(0, 6) * 16 + (digest.readUInt8(6) >> 4);
}

/**
 * Compares parts of the inputs with the store, which is read in one transaction through the strategy: every record is there, with its type and the same text
 * as JSON, and every relationship. `mayHoldMore`: a record in the store may have what its input does not. Answers for each part what was found.
 */
export async function verifyParts(
  joined: Joined,
  parts: readonly ExpectedPart[],
  { info, signal, mayHoldMore }: { readonly info: StoreInfo; readonly signal: AbortSignal; readonly mayHoldMore: boolean },
): Promise<ComparedPart[]> {
  const records = parts.flatMap(({ part }) => part.records);
  const relationships = parts.flatMap(({ part }) => part.relationships);
  const stored = await readThrough(
    joined,
    async (reader) => ({
      records: await reader.records(records.map(({ id }) => id)),
      relationships: await storedRelationships(reader, relationships),
    }),
    { signal },
  );
  const inherited = await inheritedPlaces(joined, differingIn(records, stored.records), { info, signal });
  return parts.map(({ file, part }) => {
    const findings = new Findings();
    const hashes: number[] = [];
    for (const record of part.records) {
      const found = stored.records.get(record.id);
      if (found && !isKoshOwn(found.type, info)) hashes.push(idHash(record.id));
      const isExpectedMore = (pointer: string) => mayHoldMore || inherited.get(record.id)?.has(pointer) === true;
      for (const difference of recordDifferences(record, found, isExpectedMore)) findings.add({ ...difference, file });
    }
    for (const relationship of part.relationships) {
      if (!stored.relationships.has(relationshipKey(relationship))) findings.add({ ...missing(relationship), file });
    }
    return { findings, hashes };
  });
}

/** Ids of the records that have another text in the store. */
function differingIn(records: readonly PreparedRecord[], stored: ReadonlyMap<string, StoredRecord>): string[] {
  return records.flatMap((record) => {
    const raw = stored.get(record.id)?.raw;
    return typeof raw === 'string' && rawDifferences(raw, rawOf(record)).length > 0 ? [record.id] : [];
  });
}

/** The places in members that their ensembles in the store control: an input that leaves them out says nothing about them. */
async function inheritedPlaces(
  joined: Joined,
  ids: readonly string[],
  { info, signal }: { readonly info: StoreInfo; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const places = new Map<string, Set<string>>();
  if (ids.length === 0) return places;
  await readThrough(
    joined,
    async (reader) => {
      const memberships = await reader.relationships({ subject: [...new Set(ids)], predicate: info.ensemblePredicate });
      const ensembles = await reader.records([...new Set(memberships.map(({ object }) => object))]);
      places.clear();
      for (const { subject, object } of memberships) {
        const own = places.get(subject) ?? new Set();
        for (const name of namesOf(ensembles.get(object), info)) own.add(child('/data', name));
        places.set(subject, own);
      }
    },
    { signal },
  );
  return places;
}

function namesOf(ensemble: StoredRecord | undefined, { ensemblesType }: StoreInfo): Iterable<string> {
  if (ensemble?.type !== ensemblesType) return [];
  try {
    return inheritedAttributes(attributesOf(ensemble.raw ?? '')).keys();
  } catch {
    // A text that is not JSON is a difference of the ensemble.
    return [];
  }
}

function recordDifferences(
  record: PreparedRecord,
  stored: StoredRecord | undefined,
  isExpectedMore: (pointer: string) => boolean,
): Difference[] {
  const { id, type } = record;
  const at = { kind: 'record', table: 'Record', id } as const;
  if (!stored) return [{ ...at, pointer: '', found: null, expected: `a record of the type ${JSON.stringify(type)}` }];
  const differences: Difference[] = [];
  if (stored.type !== type) {
    differences.push({ ...at, pointer: '/type', found: JSON.stringify(stored.type), expected: JSON.stringify(type) });
  }
  for (const { pointer, found, expected } of rawDifferences(stored.raw ?? '', rawOf(record))) {
    const isMore = expected === undefined && isExpectedMore(pointer);
    if (!isMore && (pointer !== '/type' || stored.type === type)) {
      differences.push({ ...at, pointer, found: shownValue(found), expected: shownValue(expected) });
    }
  }
  return differences;
}

function rawDifferences(found: string, expected: string): ReturnType<typeof compareRaw> {
  try {
    return compareRaw(found, expected, listedPlaces);
  } catch {
    // The input was parsed before: it is the text in the store that is no JSON.
    return [{ pointer: '', found, expected: 'the JSON text of a record' }];
  }
}

function missing({ subject, predicate, object, pointer }: PreparedRelationship): Difference {
  const expected = JSON.stringify({ subject, predicate, object });
  return { kind: 'relationship', table: 'Relationship', id: subject, pointer, found: null, expected };
}

/** Those of the relationships that the store has, and others of the same subjects. */
async function storedRelationships(reader: Reader, wanted: readonly Relationship[]): Promise<Set<string>> {
  const there = new Set<string>();
  if (wanted.length === 0) return there;
  const subjects = [...new Set(wanted.map(({ subject }) => subject))];
  const limit = wanted.length + manyRelationships * subjects.length;
  const found = await reader.relationships({ subject: subjects }, { limit });
  for (const relationship of found) there.add(relationshipKey(relationship));
  if (found.length < limit) return there;
  // A subject of very many, of which the inputs name a few.
  for (const { subject, predicate, object } of wanted) {
    for (const one of await reader.relationships({ subject, predicate, object })) there.add(relationshipKey(one));
  }
  return there;
}
