import { IngestError } from '../../errors.js';
import { problemError } from '../../records/draft.js';
import { attributesOf, type StoreInfo } from '../../records/kosh.js';
import { ObjectText } from '../../records/object-text.js';
import { parseRecord, membersOf as recordMembers } from '../../records/parse.js';
import { isObject } from '../../records/problems.js';
import { rowsOf } from '../../records/rows.js';
import type { Problem } from '../../records/types.js';
import type { PreparedRecord } from '../../sources/source.js';
import type { StoredRecord, Transaction } from '../../stores/connection.js';
import { Batch } from '../batch.js';
import { writeOneByOne } from '../write-units.js';
import { associatedWith, sourceOf } from './associations.js';
import type { DocumentRecord, KoshDocument } from './read-document.js';
import { draftOf } from './stored.js';

/** What was imported. */
export interface ImportResult {
  /** Ids of the records, in the order of the document. */
  readonly ids: readonly string[];
  readonly relationships: number;
}

/**
 * Writes a document whole or not at all. A file that the store knows already, by its uri, keeps its record, which is then shared. Throws the code
 * of what is wrong first: `ERR_RECORD`, `ERR_RELATIONSHIP`, `ERR_RECORD_EXISTS`, `ERR_RELATIONSHIP_EXISTS`, `ERR_MISSING_ENDPOINT`.
 */
export async function importDocument(tx: Transaction, document: KoshDocument, info: StoreInfo): Promise<ImportResult> {
  const known = await knownSources(tx, document, info);
  const records = prepare(document, known);
  // Two ends may have become one relationship, none is lost: ids of files are mapped on both sides.
  const relationships = document.relationships.map((relationship) => ({
    ...relationship,
    subject: known.get(relationship.subject)?.id ?? relationship.subject,
    object: known.get(relationship.object)?.id ?? relationship.object,
  }));
  const read = { records: records.length, relationships: relationships.length };
  const unit = { file: document.file, content: { records, relationships, rejects: [], read } };
  const [refused] = (await writeOneByOne(tx, new Batch([unit]))).values();
  if (refused) {
    const [first, ...others] = refused.rejects;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    const { code = 'ERR_RECORD', message = 'refused', pointer = '', hint = '' } = first ?? {};
    throw new IngestError(code, `${where(document)}: ${message}${pointer && ` at ${pointer}`}${more}`, { hint });
  }
  for (const [otherId, source] of known) await share(tx, source, document, otherId);
  return { ids: records.map(({ id }) => id), relationships: relationships.length };
}

function where({ file }: KoshDocument): string {
  return file ?? 'the document';
}

/** Records of files that the store has already, by the id that the document has for them. */
async function knownSources(tx: Transaction, { records }: KoshDocument, info: StoreInfo): Promise<Map<string, StoredRecord>> {
  const known = new Map<string, StoredRecord>();
  for (const { text } of records) {
    // What is no record is told apart where records are read.
    if (text.value('type') !== info.sourcesType || !text.has('id') || !isObject(text.value('data'))) continue;
    const { uri, mime_type: mimeType } = Object.fromEntries(attributesOf(text.toString()));
    const source = typeof uri === 'string' ? await sourceOf(tx, uri, info) : undefined;
    if (!source) continue;
    const own = attributesOf(source.raw).get('mime_type');
    if (own !== mimeType) {
      const message = `the store knows ${String(uri)} with the mime type ${String(own)}, the document with ${String(mimeType)}`;
      throw new IngestError('ERR_ASSOCIATION', message, { hint: 'One of the two has to change.' });
    }
    known.set(String(text.value('id')), source);
  }
  return known;
}

function prepare(document: KoshDocument, known: ReadonlyMap<string, StoredRecord>): PreparedRecord[] {
  const problems: Problem[] = [...document.problems];
  const ids = new Set<string>();
  for (const { text, pointer } of document.records) {
    const id = String(text.value('id'));
    if (text.has('id') && ids.size === ids.add(id).size) {
      const message = 'the id comes twice in the document, with other content';
      problems.push({ code: 'ERR_RECORD_EXISTS', pointer: `${pointer}/id`, message, found: id, expected: 'every id once' });
    }
  }
  const prepared = document.records
    .filter(({ text }) => !known.has(String(text.value('id'))))
    .flatMap((record) => prepareOne(record, known, problems));
  if (problems.length > 0) throw problemError(problems, `${where(document)} at ${problems[0]?.pointer}`);
  return prepared;
}

function prepareOne(
  { text: original, pointer }: DocumentRecord,
  known: ReadonlyMap<string, StoredRecord>,
  problems: Problem[],
): PreparedRecord[] {
  // A copy: the work may run more than once, and find another state of the store.
  const text = new ObjectText(original.toString());
  const files = text.value('files');
  for (const [uri, file] of isObject(files) ? Object.entries(files) : []) {
    const source = isObject(file) && typeof file.kosh_id === 'string' ? known.get(file.kosh_id) : undefined;
    if (source) text.object('files').object(uri).set('kosh_id', JSON.stringify(source.id));
  }
  const parsed = parseRecord(recordMembers(text.toString()), (localId) => localId);
  const mapped = parsed.ok ? rowsOf(parsed.record) : parsed;
  if (parsed.ok && mapped.ok) return [{ id: parsed.record.id, type: parsed.record.type, rows: mapped.rows, pointer }];
  if (!mapped.ok) problems.push(...mapped.problems.map((problem) => ({ ...problem, pointer: pointer + problem.pointer })));
  return [];
}

/** The datasets of the document use the file, too. */
async function share(tx: Transaction, { id }: StoredRecord, { records }: KoshDocument, otherId: string): Promise<void> {
  const other = records.find(({ text }) => text.value('id') === otherId);
  const stored = (await tx.records([id], 'to change')).get(id);
  if (!other || !stored) return;
  const users = associatedWith({ raw: other.text.toString() });
  const before = associatedWith(stored);
  const added = users.filter((user) => !before.includes(user));
  if (added.length === 0) return;
  const draft = draftOf(stored);
  draft.setAttribute('associated', [...before, ...added]);
  await tx.replaceRecord(draft.rows());
}
