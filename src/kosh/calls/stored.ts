import { IngestError } from '../../errors.js';
import { RecordDraft } from '../../records/draft.js';
import { attributesOf, type StoreInfo } from '../../records/kosh.js';
import type { EnsembleView } from '../../records/kosh-rules.js';
import type { Attributes } from '../../records/kosh-values.js';
import { quoted } from '../../records/problems.js';
import type { DatumValue } from '../../records/types.js';
import type { FoundRecord, Reader, RecordQuery, RecordUse, StoredRecord } from '../../stores/connection.js';

/** How many records are held at a time. */
export const pageSize = 500;

/** Throws `ERR_RECORD_NOT_FOUND`. */
export async function storedRecord(reader: Reader, id: string, use?: RecordUse): Promise<StoredRecord> {
  const stored = (await reader.records([id], use)).get(id);
  if (stored) return stored;
  throw new IngestError('ERR_RECORD_NOT_FOUND', `the store has no record with the id ${quoted(id)}`, {
    hint: 'It may have been deleted; find() lists what there is.',
  });
}

/** As {@link storedRecord}; throws `ERR_ENSEMBLE` when it is no ensemble. */
export async function storedEnsemble(reader: Reader, id: string, info: StoreInfo): Promise<StoredRecord> {
  const stored = await storedRecord(reader, id);
  if (stored.type === info.ensemblesType) return stored;
  throw new IngestError('ERR_ENSEMBLE', `${quoted(id)} is not an ensemble`, {
    hint: `It is of the type ${quoted(stored.type)}.`,
  });
}

/** Whether Kosh takes records of this type for datasets: all that the store does not reserve. */
export function isDatasetType(type: string, info: StoreInfo): boolean {
  return !info.reservedTypes.includes(type);
}

/** As {@link storedRecord}; throws `ERR_USAGE` for users, files and what else is neither a dataset nor an ensemble. */
export async function storedHolder(reader: Reader, id: string, info: StoreInfo, use?: RecordUse): Promise<StoredRecord> {
  const stored = await storedRecord(reader, id, use);
  if (stored.type === info.ensemblesType || isDatasetType(stored.type, info)) return stored;
  throw new IngestError('ERR_USAGE', `${quoted(id)} is neither a dataset nor an ensemble`, {
    hint: `It is of the type ${quoted(stored.type)}, which Kosh keeps for itself.`,
  });
}

export function draftOf({ id, raw }: StoredRecord): RecordDraft {
  return new RecordDraft(id, raw);
}

export function viewOf({ id, raw }: StoredRecord): EnsembleView {
  return { id, attributes: attributesOf(raw) };
}

/** The ensembles that the records are members of. */
export async function ensemblesOf(reader: Reader, ids: string | readonly string[], info: StoreInfo): Promise<EnsembleView[]> {
  const memberships = await reader.relationships({ subject: ids, predicate: info.ensemblePredicate });
  const stored = await reader.records([...new Set(memberships.map(({ object }) => object))]);
  return [...stored.values()].filter(({ type }) => type === info.ensemblesType).map(viewOf);
}

/** The members of an ensemble, some hundreds at a time. */
export function membersOf(reader: Reader, ensembleId: string, info: StoreInfo): AsyncGenerator<FoundRecord[]> {
  return pagesOf(reader, { subjectOf: { predicate: info.ensemblePredicate, object: ensembleId } });
}

/** What a query finds, some hundreds at a time. */
export async function* pagesOf(reader: Reader, query: RecordQuery): AsyncGenerator<FoundRecord[]> {
  const found = await reader.find(query);
  try {
    for (let from = 0; from < found.count; from += pageSize) yield await found.page(from, pageSize);
  } finally {
    await found.close();
  }
}

/** The attributes as Kosh shows them: `creator` is the name of the user whose id is stored. */
export async function shownAttributes(reader: Reader, { raw }: StoredRecord, info: StoreInfo): Promise<Map<string, DatumValue>> {
  const attributes: Attributes = attributesOf(raw);
  const shown = new Map(attributes);
  const creator = attributes.get('creator');
  if (typeof creator !== 'string') return shown;
  const user = (await reader.records([creator])).get(creator);
  const name = user?.type === info.usersType ? attributesOf(user.raw).get('username') : undefined;
  if (name !== undefined) shown.set('creator', name);
  return shown;
}
