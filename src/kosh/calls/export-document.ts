import type { StoreInfo } from '../../records/kosh.js';
import type { Relationship } from '../../records/types.js';
import type { FoundRecord, Reader, RecordQuery } from '../../stores/connection.js';
import { draftOf, isDatasetType, membersOf, pageSize, pagesOf, storedHolder } from './stored.js';

/**
 * `sina`: a Sina document, whole in itself, which Sina ingests and this package imports. `kosh`: the form of Kosh's own exports, with its heading
 * and with memberships in ensembles that are not part of it.
 */
export type ExportForm = 'sina' | 'kosh';

/** What is exported: one dataset or ensemble by its id, or all of the store. */
export interface ExportWhat {
  readonly id?: string | undefined;
  readonly form: ExportForm;
}

/** How much a document holds. */
export interface ExportCounts {
  records: number;
  relationships: number;
}

/** The text of a document, piece by piece, as the store is at one moment. Stamps of sessions are left out, as by Kosh. */
export async function* exportText(
  reader: Reader,
  { id, form }: ExportWhat,
  { info, counts }: { readonly info: StoreInfo; readonly counts: ExportCounts },
): AsyncGenerator<string> {
  const heading = `"minimum_kosh_version":null,"kosh_version":[3,1],"sources_type":${JSON.stringify(info.sourcesType)},`;
  yield `{${form === 'kosh' ? heading : ''}"records":[`;
  for await (const ids of id === undefined ? wholeStore(reader, info) : oneOf(reader, id, info)) {
    const stored = await reader.records(ids);
    for (const recordId of ids) {
      const record = stored.get(recordId);
      if (!record) continue;
      const draft = draftOf(record);
      draft.clean();
      yield `${counts.records++ === 0 ? '\n' : ',\n'}${draft}`;
    }
  }
  yield '\n],"relationships":[';
  for await (const relationship of id === undefined ? allRelationships(reader, info) : ownRelationships(reader, id, form, info)) {
    const { subject, predicate, object } = relationship;
    yield `${counts.relationships++ === 0 ? '\n' : ',\n'}${JSON.stringify({ subject, predicate, object })}`;
  }
  yield '\n]}\n';
}

/** Datasets, ensembles and files: what users and the store itself are is the other store's own. */
function exported(info: StoreInfo): RecordQuery {
  const own = [info.ensemblesType, info.sourcesType];
  return { types: { notIn: info.reservedTypes.filter((type) => !own.includes(type)) } };
}

async function* wholeStore(reader: Reader, info: StoreInfo): AsyncGenerator<string[]> {
  for await (const page of pagesOf(reader, exported(info))) yield idsOf(page);
}

/** The record, its members if it is an ensemble, and the files of all of them, each once. */
async function* oneOf(reader: Reader, id: string, info: StoreInfo): AsyncGenerator<string[]> {
  const files = new Set<string>();
  const withFiles = async (ids: string[]) => {
    for (const record of (await reader.records(ids)).values()) {
      for (const { kosh_id } of draftOf(record).files.values()) if (kosh_id !== undefined) files.add(kosh_id);
    }
    return ids;
  };
  await storedHolder(reader, id, info);
  yield await withFiles([id]);
  for await (const page of membersOf(reader, id, info)) yield await withFiles(idsOf(page));
  yield [...files];
}

function idsOf(page: readonly FoundRecord[]): string[] {
  return page.map(({ id }) => id);
}

async function* allRelationships(reader: Reader, info: StoreInfo): AsyncGenerator<Relationship> {
  let page: Relationship[] = [];
  do {
    page = await reader.relationships({}, { after: page.at(-1), limit: pageSize });
    const ends = [...new Set(page.flatMap(({ subject, object }) => [subject, object]))];
    const there = new Set<string>();
    for await (const some of pagesOf(reader, { ...exported(info), ids: ends })) for (const { id } of some) there.add(id);
    yield* page.filter(({ subject, object }) => there.has(subject) && there.has(object));
  } while (page.length === pageSize);
}

async function* ownRelationships(reader: Reader, id: string, form: ExportForm, info: StoreInfo): AsyncGenerator<Relationship> {
  const { type } = await storedHolder(reader, id, info);
  if (isDatasetType(type, info)) {
    if (form === 'kosh') yield* await reader.relationships({ subject: id });
    return;
  }
  let page: Relationship[] = [];
  do {
    const pattern = { predicate: info.ensemblePredicate, object: id };
    page = await reader.relationships(pattern, { after: page.at(-1), limit: pageSize });
    yield* page;
  } while (page.length === pageSize);
}
