import { codeOf, messageOf } from '../errors.js';
import { DocumentFile, unpackedShare } from './document-file.js';
import { type DocumentKind, type Mend, readDocument } from './document-reader.js';
import type { DocumentDraft } from './drafts.js';
import { gzipFault } from './gzip.js';
import { type InputFile, placeOf } from './input-file.js';
import { HashedLocalIds, RememberedLocalIds, stableUuid } from './local-ids.js';
import { locateRejects } from './locate-rejects.js';
import type { Chunk, Part, Reject, SourceContext } from './source.js';

export interface DocumentOptions {
  readonly context: SourceContext;
  /** Exports of Kosh, also when nothing in them says so. */
  readonly isKosh: boolean;
  /** The chunk of the document alone; undefined for one that is in no file. */
  readonly again?: Chunk | undefined;
  /** The document itself, when it is another one than the file holds. */
  readonly text?: string | undefined;
  readonly mend?: Mend | undefined;
}

/** What reading a document takes, in bytes. */
export function weightOf({ path, bytes }: InputFile): number {
  return path.endsWith('.gz') ? bytes * unpackedShare : bytes;
}

/** Reads a document whole, or prepares it to be read as a stream. What is wrong with it are rejects of the unit. */
export async function readUnit(input: InputFile, options: DocumentOptions): Promise<DocumentDraft> {
  let file: DocumentFile;
  try {
    file = new DocumentFile(input, options.text);
  } catch (error) {
    if (codeOf(error) === undefined || error instanceof RangeError) throw error;
    return { unit: { file: input.path, content: unread(input.path, error) }, isKosh: options.isKosh };
  }
  return documentDraft(file, options);
}

/** The unit that a document is. */
export async function documentDraft(
  file: DocumentFile,
  { context, isKosh, again, mend }: DocumentOptions,
): Promise<DocumentDraft> {
  const { path } = file;
  const place = { key: placeOf(path), digest: () => file.digest };
  const locate = (rejects: readonly Reject[]) => locateRejects(file, rejects);
  // What is only a text cannot be read again by itself.
  const unit = { file: path, locate, ...(again ? { place, again } : {}) };
  const makeId = (...texts: string[]) => stableUuid(place.key, place.digest(), ...texts);
  const reading = { info: context.info, isKosh, mend };
  if (!file.whole) {
    // One for all readings, so that a second reading finds the ids of the first.
    const localIds = new HashedLocalIds(makeId);
    return { unit: { ...unit, content: () => readDocument(file, { localIds, ...reading }) }, isKosh };
  }
  const localIds = new RememberedLocalIds((localId, nth) => makeId(localId, String(nth)));
  const kind: DocumentKind = { isKosh };
  const parts: Part[] = [];
  for await (const part of readDocument(file, { localIds, ...reading }, kind)) parts.push(part);
  const content = joinParts(parts);
  const rejects = content.rejects.length > 0 ? await locate(content.rejects) : content.rejects;
  return { unit: { ...unit, content: { ...content, rejects } }, isKosh: kind.isKosh };
}

/** Parts of one unit as one. */
export function joinParts(all: readonly Part[]): Part {
  const parts = all.filter(({ read, rejects }) => read.records + read.relationships + rejects.length > 0);
  if (parts.length === 1) return parts[0] as Part;
  const sum = (of: 'records' | 'relationships') => parts.reduce((total, part) => total + part.read[of], 0);
  return {
    records: parts.flatMap((part) => part.records),
    relationships: parts.flatMap((part) => part.relationships),
    rejects: parts.flatMap((part) => part.rejects),
    read: { records: sum('records'), relationships: sum('relationships') },
  };
}

function unread(path: string, error: unknown): Part {
  const message = `cannot be read: ${gzipFault(error) ?? messageOf(error)}`;
  return refusedPart([{ file: path, recordId: null, pointer: '', code: 'ERR_INPUT', message }]);
}

/** A part of which nothing could be read. */
export function refusedPart(rejects: readonly Reject[], records = 0): Part {
  return { records: [], relationships: [], rejects, read: { records, relationships: 0 } };
}

/**
 * Documents in groups of at most `mostBytes` (but for one that is larger by itself) and `mostFiles`: each group is a chunk, of which the small documents
 * share a transaction.
 */
export function* groupsOf(all: Iterable<InputFile>, mostBytes: number, mostFiles: number): Generator<InputFile[]> {
  let files: InputFile[] = [];
  let weight = 0;
  for (const file of all) {
    if (files.length > 0 && (weight + weightOf(file) > mostBytes || files.length === mostFiles)) {
      yield files;
      files = [];
      weight = 0;
    }
    files.push(file);
    weight += weightOf(file);
  }
  if (files.length > 0) yield files;
}
