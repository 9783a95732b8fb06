import { readJson, splitMembers } from '../records/json-text.js';
import type { WrittenValue } from '../records/kosh.js';
import { relationshipMembers } from '../records/kosh-export.js';
import { parseRecord, parseRelationship } from '../records/parse.js';
import { describe, isObject, Problems } from '../records/problems.js';
import { rowsOf } from '../records/rows.js';
import type { DatumValue, Members, Problem } from '../records/types.js';
import { datasetDraft } from './dataset-draft.js';
import { startsDocument } from './detect.js';
import { DocumentFile } from './document-file.js';
import { documentDraft, refusedPart } from './documents.js';
import { type Draft, unitsOf } from './drafts.js';
import { type LineText, lineReject, locateIn, mendIntoDataset } from './line-text.js';
import { stableUuid } from './local-ids.js';
import type { Part, SourceContext, Unit } from './source.js';

const sections = ['data', 'curve_sets', 'library_data', 'files', 'user_defined'] as const;
const datasetKeys: ReadonlySet<string> = new Set(['ensemble', 'id', 'metadata', 'name', 'type']);
const endpointKeys = ['subject', 'object', 'local_subject', 'local_object', 'subject_id', 'object_id'] as const;

const forms =
  'a record {"id", "type", "data"}, a dataset {"id", "ensemble", "metadata"} or a relationship {"subject", "predicate", "object"}';

/**
 * The units of texts that need not be in a file, such as mended rejects: each a record, a dataset, a relationship, or a whole document. They can name ensembles
 * that others of them bring, and that are in the store.
 */
export async function unitsOfLines(lines: readonly LineText[], context: SourceContext): Promise<Unit[]> {
  const drafts = lines.map((line) => (startsDocument(line.text) ? readText(line, context) : readLine(line, context)));
  return unitsOf(await Promise.all(drafts), context);
}

function readText({ text, file }: LineText, context: SourceContext): Promise<Draft> {
  return documentDraft(new DocumentFile({ path: file ?? '-', bytes: text.length }, text), { context, isKosh: false });
}

/** Reads a line: a Sina record, a dataset as Kosh creates it, or a relationship. What is wrong with it are rejects of the unit. */
export function readLine(line: LineText, context: SourceContext): Draft {
  const problems = new Problems('ERR_RECORD');
  const value = readJson(line.text, '', problems);
  // Kosh 3.1 writes a relationship as a text.
  const inText = typeof value === 'string' ? relationshipMembers(line.text) : undefined;
  if (inText) return plain(readRelationship(line, inText));
  if (value !== undefined && !isObject(value)) {
    problems.add('', { message: 'the line is not an object', found: describe(value), expected: forms });
  }
  const hint = Array.isArray(value) ? mendIntoDataset : undefined;
  if (!problems.none || !isObject(value)) return plain(refuse(line, problems.list, null, hint));
  const members = splitMembers(line.text);
  if (!members.has('type') && endpointKeys.some((key) => members.has(key))) return plain(readRelationship(line, members));
  const isDataset = ['metadata', 'ensemble', 'name'].some((key) => members.has(key)) && !sections.some((key) => members.has(key));
  return isDataset ? readDataset(line, { value, members, context }) : plain(readRecord(line, members));
}

function plain(unit: Unit): Draft {
  return { unit, isKosh: false };
}

function readRecord(line: LineText, members: Members): Unit {
  const parsed = parseRecord(members, (localId) => stableUuid(line.seed, localId));
  const mapped = parsed.ok ? rowsOf(parsed.record) : parsed;
  if (parsed.ok && mapped.ok) {
    const { id, type } = parsed.record;
    const records = [{ id, type, rows: mapped.rows, pointer: '' }];
    return { ...common(line), content: { records, relationships: [], rejects: [], read: { records: 1, relationships: 0 } } };
  }
  const id = parsed.ok ? parsed.record.id : parsed.id;
  const hint = members.has('type') ? undefined : `A line is ${forms}.`;
  return refuse(line, mapped.ok ? [] : mapped.problems, id ?? null, hint);
}

function readRelationship(line: LineText, members: Members): Unit {
  const read = { records: 0, relationships: 1 };
  const parsed = parseRelationship(relationshipMembers(members) ?? members, () => undefined);
  if (!parsed.ok) return refuse(line, parsed.problems, null, 'A line can only name records by their ids.', read);
  const relationships = [{ ...parsed.relationship, pointer: '' }];
  return { ...common(line), again: line.again?.(), content: { records: [], relationships, rejects: [], read } };
}

interface DatasetLine {
  readonly value: Readonly<Record<string, unknown>>;
  readonly members: Members;
  readonly context: SourceContext;
}

function readDataset(line: LineText, { value, members, context }: DatasetLine): Draft {
  const problems = new Problems('ERR_RECORD');
  for (const key of members.keys()) {
    if (datasetKeys.has(key)) continue;
    const message = 'a dataset has no such member';
    problems.add(`/${key}`, { message, found: JSON.stringify(key), expected: [...datasetKeys].join(', ') });
  }
  const texts = Object.fromEntries(
    (['id', 'type', 'name', 'ensemble'] as const).map((key) => [key, textOf(value, key, problems)]),
  );
  const metadata = metadataOf(value, members, problems);
  if (!problems.none) return plain(refuse(line, problems.list, texts.id ?? null));
  const { id = stableUuid(line.seed).replaceAll('-', ''), type, name, ensemble } = texts;
  const source = {
    unit: common(line),
    again: line.again,
    refuse: (found: readonly Problem[], recordId: string) => refuse(line, found, recordId),
  };
  return datasetDraft({ id, type, name, ensemble, metadata }, source, context);
}

/** Undefined for a member that is absent, null or refused. Integers are ids, too. */
function textOf(value: DatasetLine['value'], key: string, problems: Problems): string | undefined {
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  if (typeof found === 'string' && (found !== '' || key === 'name')) return found;
  if (key !== 'name' && Number.isSafeInteger(found)) return String(found);
  problems.add(`/${key}`, { message: `"${key}" is no text`, found: describe(found), expected: 'a text that is not empty' });
  return undefined;
}

function metadataOf({ metadata }: DatasetLine['value'], members: Members, problems: Problems): Map<string, WrittenValue> {
  const written = new Map<string, WrittenValue>();
  if (metadata === undefined || metadata === null) return written;
  if (!isObject(metadata)) {
    const message = '"metadata" is not an object';
    problems.add('/metadata', { message, found: describe(metadata), expected: 'an object of attributes' });
    return written;
  }
  for (const [name, text] of splitMembers(members.get('metadata') as string)) {
    written.set(name, { value: metadata[name] as DatumValue, text });
  }
  return written;
}

function common(line: LineText): Omit<Unit, 'content'> {
  return { file: line.file, offset: line.offset, place: line.place, locate: locateIn(line) };
}

function refuse(
  line: LineText,
  problems: readonly Problem[],
  recordId: string | null,
  hint?: string,
  read: Part['read'] = { records: 1, relationships: 0 },
): Unit {
  const hinted = hint === undefined ? {} : { hint };
  const rejects = problems.map((problem) => lineReject(line, { ...problem, ...hinted, recordId }));
  return { ...common(line), content: { ...refusedPart(rejects), read } };
}
