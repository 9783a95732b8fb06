import { readJson } from './json-text.js';
import { child, describe, isObject, Problems } from './problems.js';
import type { CurveSet, Datum, FileInfo, LibraryData, Members, Problem, Relationship, SinaRecord } from './types.js';
import { checkCurveSets, checkData, checkFiles, checkLibraries, isFalsy } from './validate.js';

export { membersOf } from './json-text.js';

/** A record that is accepted, or why it is not. */
export type ParsedRecord =
  | {
      readonly ok: true;
      readonly record: SinaRecord;
      /** When the id was made from it. */
      readonly localId?: string;
    }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** The `id`, or else the `local_id`, if it could be read. */
      readonly id?: string;
    };

/** A relationship with the ids of its ends, or why it is refused. */
export type ParsedRelationship =
  | { readonly ok: true; readonly relationship: Relationship }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Sina's order of the members of `raw` (`model.py`, the constructors of Record and Run); others follow in the order of the
 * source.
 */
const recordKeys = ['id', 'type', 'data', 'curve_sets', 'library_data', 'files', 'user_defined'] as const;
const runKeys = ['application', 'user', 'version'] as const;
const rawKeys: ReadonlySet<string> = new Set(recordKeys);
const rawRunKeys: ReadonlySet<string> = new Set([...recordKeys, ...runKeys]);

const noEntries = Object.freeze({});

/** Integers that stand for a text, as which SQLite stores them for Sina. */
const integer = /^(?:0|-?[1-9]\d{0,17})$/;

/**
 * One record as Sina 1.15 loads it (`utils.py` `_load_document`, `model.py`), or all that is wrong with it. A record
 * without `id` is given the id that `idForLocal` returns for its `local_id`; it is asked only for a record that is
 * accepted.
 */
export function parseRecord(members: Members, idForLocal: (localId: string) => string): ParsedRecord {
  const problems = new Problems('ERR_RECORD');
  const isLocal = !members.has('id');
  const ownId = readId(members, isLocal, problems);
  const type = readType(members, problems);
  const data = readSection(members, 'data', problems);
  checkData(data, '/data', problems);
  const curveSets = readSection(members, 'curve_sets', problems);
  checkCurveSets(curveSets, '/curve_sets', problems);
  const libraryData = readSection(members, 'library_data', problems);
  checkLibraries(libraryData, '/library_data', problems);
  const files = readSection(members, 'files', problems);
  checkFiles(files, '/files', problems);
  const userDefined = readSection(members, 'user_defined', problems);

  const rest = restOfRaw(members, { isRun: type === 'run', isLocal, problems });
  if (!problems.none || ownId === undefined || type === undefined) {
    return { ok: false, problems: problems.list, ...(ownId === undefined ? {} : { id: ownId }) };
  }
  const id = isLocal ? idForLocal(ownId) : ownId;
  const text = (key: string, section: object) => (section === noEntries ? '{}' : members.get(key));
  const raw =
    `{"id":${isLocal ? JSON.stringify(id) : members.get('id')},"type":${members.get('type')},"data":${text('data', data)}` +
    `,"curve_sets":${text('curve_sets', curveSets)},"library_data":${text('library_data', libraryData)}` +
    `,"files":${text('files', files)},"user_defined":${text('user_defined', userDefined)}${rest}}`;
  const record = {
    id,
    type,
    raw,
    data: data as Record<string, Datum>,
    curve_sets: curveSets as Record<string, CurveSet>,
    library_data: libraryData as LibraryData,
    files: files as Record<string, FileInfo>,
  };
  return isLocal ? { ok: true, record, localId: ownId } : { ok: true, record };
}

function readId(members: Members, isLocal: boolean, problems: Problems): string | undefined {
  if (isLocal && !members.has('local_id')) {
    const message = 'the record has neither "id" nor "local_id"';
    problems.add('/id', { message, found: 'nothing', expected: 'a text, or a "local_id"' });
    return undefined;
  }
  const id = readText(members, isLocal ? 'local_id' : 'id', problems);
  if (id !== '' || isLocal) return id;
  problems.add('/id', { message: 'the id is empty', found: 'text ""', expected: 'a text that is not empty' });
  return undefined;
}

function readType(members: Members, problems: Problems): string | undefined {
  const type = readText(members, 'type', problems);
  if (type === 'run' && !members.has('application')) {
    const message = 'a record of type "run" has no "application"';
    problems.add('/application', { message, found: 'nothing', expected: 'the name of the application that ran' });
  }
  return type;
}

function readText(members: Members, key: string, problems: Problems): string | undefined {
  const source = members.get(key);
  const place = `/${key}`;
  const wanted = { message: `"${key}" is missing`, found: 'nothing', expected: 'a text' };
  if (source === undefined) {
    problems.add(place, wanted);
    return undefined;
  }
  if (integer.test(source)) return source;
  const value = readJson(source, place, problems);
  if (typeof value === 'string') return value;
  if (value !== undefined) problems.add(place, { ...wanted, message: `"${key}" is not a text`, found: describe(value) });
  return undefined;
}

/** {@link noEntries} for a section that is absent or falsy, and for one that is refused. */
function readSection(members: Members, key: string, problems: Problems): Readonly<Record<string, unknown>> {
  const source = members.get(key);
  if (source === undefined || source === '{}') return noEntries;
  const value = readJson(source, `/${key}`, problems);
  if (value === undefined || isFalsy(value)) return noEntries;
  if (isObject(value)) return value;
  problems.add(`/${key}`, { message: `"${key}" is not an object`, found: describe(value), expected: 'an object' });
  return noEntries;
}

interface RestOptions {
  readonly isRun: boolean;
  readonly isLocal: boolean;
  readonly problems: Problems;
}

/** The members of `raw` behind `user_defined`, each with a comma before it. */
function restOfRaw(members: Members, { isRun, isLocal, problems }: RestOptions): string {
  const placed = isRun ? rawRunKeys : rawKeys;
  let rest = '';
  if (isRun) for (const key of runKeys) rest += memberText(key, members.get(key) ?? 'null', problems);
  for (const [key, source] of members) {
    if (!placed.has(key) && !(isLocal && key === 'local_id')) rest += memberText(key, source, problems);
  }
  return rest;
}

function memberText(key: string, source: string, problems: Problems): string {
  const place = child('', key);
  const keyText = JSON.stringify(key);
  readJson(keyText, place, problems);
  readJson(source, place, problems);
  return `,${keyText}:${source}`;
}

/**
 * One relationship as Sina 1.15 loads it (`utils.py` `_process_relationship_entry`), or all that is wrong with it.
 * `subject` and `object` win over `local_subject` and `local_object`; `idForLocal` gives the id of a record of the same
 * document, undefined when it has none with that `local_id`.
 */
export function parseRelationship(members: Members, idForLocal: (localId: string) => string | undefined): ParsedRelationship {
  const problems = new Problems('ERR_RELATIONSHIP');
  const subject = readEndpoint('subject', { members, idForLocal, problems });
  const predicate = readText(members, 'predicate', problems);
  const object = readEndpoint('object', { members, idForLocal, problems });
  if (members.size > 3) checkOthers(members, problems);
  if (!problems.none || subject === undefined || predicate === undefined || object === undefined) {
    return { ok: false, problems: problems.list };
  }
  return { ok: true, relationship: { subject, predicate, object } };
}

/** What is not read has to be JSON all the same. */
function checkOthers(members: Members, problems: Problems): void {
  const read = ['predicate', ...['subject', 'object'].map((end) => (members.has(end) ? end : `local_${end}`))];
  for (const [key, source] of members) if (!read.includes(key)) readJson(source, child('', key), problems);
}

interface EndpointSource {
  readonly members: Members;
  readonly idForLocal: (localId: string) => string | undefined;
  readonly problems: Problems;
}

function readEndpoint(key: 'subject' | 'object', { members, idForLocal, problems }: EndpointSource): string | undefined {
  if (members.has(key)) return readText(members, key, problems);
  const localKey = `local_${key}`;
  if (!members.has(localKey)) {
    const message = `the relationship has neither "${key}" nor "${localKey}"`;
    problems.add(`/${key}`, { message, found: 'nothing', expected: `the id of a record, or a "${localKey}"` });
    return undefined;
  }
  const localId = readText(members, localKey, problems);
  if (localId === undefined) return undefined;
  const id = idForLocal(localId);
  if (id !== undefined) return id;
  const message = 'no record of this document has this "local_id"';
  problems.add(`/${localKey}`, {
    message,
    found: describe(localId),
    expected: 'the "local_id" of a record in the same document',
  });
  return undefined;
}
