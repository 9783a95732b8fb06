import { readFile } from 'node:fs/promises';
import { codeOf, IngestError, messageOf } from '../../errors.js';
import { elementsOf } from '../../records/json-text.js';
import { relationshipMembers, storedMembers } from '../../records/kosh-export.js';
import { ObjectText } from '../../records/object-text.js';
import { membersOf, parseRelationship } from '../../records/parse.js';
import { child, describe, quoted } from '../../records/problems.js';
import { relationshipKey } from '../../records/relationship-key.js';
import type { Members, Problem, Relationship } from '../../records/types.js';
import { RememberedLocalIds } from '../../sources/local-ids.js';

/** A record of a document as its text, and its place. */
export interface DocumentRecord {
  readonly text: ObjectText;
  readonly pointer: string;
}

export interface KoshDocument {
  /** The path, or null for a document from memory. */
  readonly file: string | null;
  readonly records: readonly DocumentRecord[];
  readonly relationships: readonly (Relationship & { readonly pointer: string })[];
  readonly problems: readonly Problem[];
  readonly localIds: RememberedLocalIds;
}

/**
 * Reads a Sina document or a Kosh export, whole. Of Kosh's exports all forms are understood: relationships as objects, as texts of JSON and with
 * `subject_id` and `object_id`; a record that comes twice with the same content; the other store's type of file records (they get `sourcesType`);
 * `_associated_data_`. Throws `ERR_INPUT`, `ERR_NOT_JSON` or `ERR_DOCUMENT` when it is no document.
 */
export async function readKoshDocument(source: string | object, sourcesType: string): Promise<KoshDocument> {
  const file = typeof source === 'string' ? source : null;
  const named = file ?? 'the document';
  const text = typeof source === 'string' ? await textOf(source) : textFrom(source, named);
  const document = parse(text, named);
  const types = { from: document.text('sources_type'), to: sourcesType };
  const localIds = new RememberedLocalIds();
  const problems: Problem[] = [];
  const records = recordsOf(document, named, problems).map(({ members, pointer }) => {
    const record = new ObjectText(storedMembers(members, types));
    if (!record.has('id')) giveId(record, localIds);
    return { text: record, pointer };
  });
  const relationships = relationshipsOf(document, { named, problems, localIds });
  return { file, records, relationships, problems, localIds };
}

async function textOf(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new IngestError('ERR_INPUT', `cannot read ${path}: ${messageOf(cause)}`, {
      hint: 'Check the path and your rights.',
      cause,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new IngestError('ERR_NOT_JSON', `${path} is not UTF-8 text`, { hint: 'Is it a Sina document?', cause });
  }
}

/** Throws `ERR_NOT_JSON` for what JSON cannot hold: a NaN would silently become a null. */
function textFrom(source: object, named: string): string {
  const finite = (key: string, value: unknown) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    throw new TypeError(`${value} as ${quoted(key)}`);
  };
  try {
    return JSON.stringify(source, finite);
  } catch (cause) {
    throw new IngestError('ERR_NOT_JSON', `${named} cannot be written as JSON: ${messageOf(cause)}`, {
      hint: 'Give objects, lists, texts, finite numbers, booleans and null.',
      cause,
    });
  }
}

function parse(text: string, named: string): ObjectText {
  try {
    return new ObjectText(text);
  } catch (error) {
    if (codeOf(error) !== 'ERR_NOT_JSON') throw error;
    const { message, hint = '' } = error as IngestError;
    throw new IngestError('ERR_NOT_JSON', `${named}: ${message}`, { hint, cause: error });
  }
}

function listOf(document: ObjectText, key: string, named: string): string[] {
  const text = document.text(key) ?? '[]';
  if (text.startsWith('[')) return elementsOf(text);
  const found = describe(JSON.parse(text));
  throw new IngestError('ERR_DOCUMENT', `${named}: "${key}" is not a list`, { hint: `Found ${found}.` });
}

function recordsOf(document: ObjectText, named: string, problems: Problem[]): { members: Members; pointer: string }[] {
  const seen = new Set<string>();
  return listOf(document, 'records', named).flatMap((text, n) => {
    const pointer = child('/records', n);
    // Kosh exports a dataset with curves twice.
    if (seen.has(text) || seen.size === seen.add(text).size) return [];
    if (text.startsWith('{')) return [{ members: membersOf(text), pointer }];
    const found = describe(JSON.parse(text));
    problems.push({
      code: 'ERR_RECORD',
      pointer,
      message: 'an entry of "records" is not an object',
      found,
      expected: 'an object',
    });
    return [];
  });
}

function giveId(record: ObjectText, localIds: RememberedLocalIds): void {
  const localId = record.value('local_id');
  if (typeof localId !== 'string') return;
  record.delete('local_id');
  record.set('id', JSON.stringify(localIds.forRecord(localId)));
}

interface RelationshipsIn {
  readonly named: string;
  readonly problems: Problem[];
  readonly localIds: RememberedLocalIds;
}

function relationshipsOf(document: ObjectText, { named, problems, localIds }: RelationshipsIn) {
  const seen = new Set<string>();
  return listOf(document, 'relationships', named).flatMap((text, n) => {
    const pointer = child('/relationships', n);
    const members = relationshipMembers(text);
    if (!members) {
      const found = describe(JSON.parse(text));
      problems.push({ code: 'ERR_RELATIONSHIP', pointer, message: 'this is no relationship', found, expected: 'an object' });
      return [];
    }
    const parsed = parseRelationship(members, (localId) => localIds.forEndpoint(localId));
    if (!parsed.ok) {
      problems.push(...parsed.problems.map((problem) => ({ ...problem, pointer: pointer + problem.pointer })));
      return [];
    }
    if (seen.size === seen.add(relationshipKey(parsed.relationship)).size) return [];
    return [{ ...parsed.relationship, pointer }];
  });
}
