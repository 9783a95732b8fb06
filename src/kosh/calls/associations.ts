import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, IngestError, messageOf } from '../../errors.js';
import { problemError } from '../../records/draft.js';
import { attributesOf, checkMetadata, type Metadata, type StoreInfo, sourceRecord, storeInfoId } from '../../records/kosh.js';
import { quoted } from '../../records/problems.js';
import type { DatumValue } from '../../records/types.js';
import type { Reader, StoredRecord, Transaction } from '../../stores/connection.js';
import { fastShaOfFile, longShaOfFile } from '../fast-sha.js';
import { rowsFor } from './create-records.js';
import { draftOf, storedHolder, storedRecord } from './stored.js';

/** How a file is associated. */
export interface AssociateOptions {
  /** Attributes of the file, or for several files the same for each. */
  readonly metadata?: Metadata | undefined;
  /** Whether SHA-256 of the whole file becomes its `long_sha`. Default false. */
  readonly longSha?: boolean | undefined;
  /** Whether the uri of a file that exists is made an absolute path. Default true. */
  readonly absolutePath?: boolean | undefined;
}

/** A file that is ready to be associated: everything about it that can be known without the store. */
export interface PreparedFile {
  readonly uri: string;
  readonly mimeType: string;
  readonly attributes: ReadonlyMap<string, DatumValue>;
}

/** A file of a dataset or an ensemble. */
export interface FileOfRecord {
  readonly uri: string;
  readonly mimeType: string | undefined;
  /** Id of the file's own record; undefined for a file that only Sina knows. */
  readonly id: string | undefined;
  /** Attributes of the file's own record, such as `fast_sha`. */
  readonly attributes: Metadata;
}

export async function attachedFiles(reader: Reader, id: string): Promise<FileOfRecord[]> {
  const { files } = draftOf(await storedRecord(reader, id));
  const ids = [...files.values()].flatMap(({ kosh_id }) => kosh_id ?? []);
  const sources = await reader.records(ids);
  return [...files].map(([uri, { mimetype, kosh_id }]) => {
    const source = kosh_id === undefined ? undefined : sources.get(kosh_id);
    return { uri, mimeType: mimetype, id: kosh_id, attributes: source ? Object.fromEntries(attributesOf(source.raw)) : {} };
  });
}

/** Looks at a file, before any lock is asked for: its absolute path and fingerprints. A uri that is no file here is taken as it is. */
export async function prepareFile(uri: string, mimeType: string, options: AssociateOptions): Promise<PreparedFile> {
  const { metadata = {}, longSha = false, absolutePath = true } = options;
  const problems = checkMetadata(metadata);
  if (problems.length > 0) throw problemError(problems, `cannot associate ${quoted(uri)}`);
  const attributes = new Map<string, DatumValue>(Object.entries(metadata));
  const found = await stat(uri).catch(() => undefined);
  try {
    if (found?.isFile() && longSha) attributes.set('long_sha', await longShaOfFile(uri));
    if (found?.isFile() && !attributes.has('fast_sha')) attributes.set('fast_sha', await fastShaOfFile(uri));
  } catch (cause) {
    throw new IngestError('ERR_INPUT', `cannot associate ${uri}: ${messageOf(cause)} (${codeOf(cause)})`, {
      hint: 'Its fast_sha needs the file to be read. Give a fast_sha in the metadata to go without.',
      cause,
    });
  }
  return { uri: found && absolutePath ? path.resolve(uri) : uri, mimeType, attributes };
}

/** The uri under which a file was associated. */
export async function associatedUri(uri: string, absolutePath: boolean): Promise<string> {
  const exists = absolutePath && (await stat(uri).catch(() => undefined));
  return exists ? path.resolve(uri) : uri;
}

/**
 * Associates files with a dataset or an ensemble (Kosh: `dataset.associate`) and answers the ids of the files' records. A file has one record
 * in a store, however many datasets use it. Throws `ERR_ASSOCIATION` when it is known under another mime type.
 */
export async function associate(tx: Transaction, id: string, files: readonly PreparedFile[], info: StoreInfo): Promise<string[]> {
  const draft = draftOf(await storedHolder(tx, id, info, 'to change'));
  const ids: string[] = [];
  for (const file of files) {
    const source = await sourceToShare(tx, file.uri, info);
    refuseOtherType(source, file);
    const known = draft.files.get(file.uri)?.kosh_id;
    if (known !== undefined) {
      ids.push(known);
      continue;
    }
    const sourceId = await shareSource(tx, id, { file, source, info });
    draft.setFile(file.uri, file.mimeType, sourceId);
    ids.push(sourceId);
  }
  await tx.replaceRecord(draft.rows());
  return ids;
}

/** The record of the file with this uri. */
export async function sourceOf(tx: Transaction, uri: string, info: StoreInfo): Promise<StoredRecord | undefined> {
  const found = await tx.find({ data: { uri }, types: { in: [info.sourcesType] } });
  const ids = (await found.page(0, found.count)).map(({ id }) => id);
  await found.close();
  const records = await tx.records(ids, 'to change');
  // Compared again: tables of others may take two uris for the same.
  return ids.flatMap((id) => records.get(id) ?? []).find(({ raw }) => attributesOf(raw).get('uri') === uri);
}

/** As {@link sourceOf}; who finds none is the only one to make it: no key of the tables keeps two records of one uri apart. */
async function sourceToShare(tx: Transaction, uri: string, info: StoreInfo): Promise<StoredRecord | undefined> {
  const source = await sourceOf(tx, uri, info);
  if (source) return source;
  await tx.records([storeInfoId], 'to change');
  return sourceOf(tx, uri, info);
}

function refuseOtherType(source: StoredRecord | undefined, { uri, mimeType }: PreparedFile): void {
  const known = source && attributesOf(source.raw).get('mime_type');
  if (known === undefined || known === mimeType) return;
  const message = `${quoted(uri)} is associated already, with the mime type ${quoted(String(known))}, not ${quoted(mimeType)}`;
  throw new IngestError('ERR_ASSOCIATION', message, {
    hint: 'Give the same mime type, or dissociate the file everywhere first.',
  });
}

interface Sharing {
  readonly file: PreparedFile;
  readonly source: StoredRecord | undefined;
  readonly info: StoreInfo;
}

async function shareSource(tx: Transaction, id: string, { file, source, info }: Sharing): Promise<string> {
  const attributes = new Map(file.attributes);
  attributes.set('uri', file.uri);
  attributes.set('mime_type', file.mimeType);
  attributes.set('associated', [...(source ? associatedWith(source) : []), id]);
  if (source) {
    const draft = draftOf(source);
    draft.setAttributes(attributes);
    await tx.replaceRecord(draft.rows());
    return source.id;
  }
  const newId = randomUUID().replaceAll('-', '');
  const rows = rowsFor(sourceRecord(newId, info.sourcesType, attributes));
  for (const name of Object.keys(rows) as (keyof typeof rows)[]) await tx.insert(name, rows[name] ?? []);
  return newId;
}

export function associatedWith(source: Pick<StoredRecord, 'raw'>): string[] {
  const associated = attributesOf(source.raw).get('associated');
  return Array.isArray(associated) ? associated.map(String) : [];
}

/** Ends the association with a file; false when there was none. The file's record goes with its last association. */
export async function dissociate(tx: Transaction, id: string, uri: string, info: StoreInfo): Promise<boolean> {
  const draft = draftOf(await storedHolder(tx, id, info, 'to change'));
  const file = draft.files.get(uri);
  if (!file) return false;
  draft.deleteFile(uri);
  await tx.replaceRecord(draft.rows());
  if (file.kosh_id !== undefined) await letGo(tx, id, file.kosh_id, info);
  return true;
}

/** The record of a file is no longer used by `id`. */
export async function letGo(tx: Transaction, id: string, sourceId: string, info: StoreInfo): Promise<void> {
  const source = (await tx.records([sourceId], 'to change')).get(sourceId);
  if (source?.type !== info.sourcesType) return;
  const left = associatedWith(source).filter((other) => other !== id);
  if (left.length === 0) return tx.deleteRecords([sourceId]);
  const draft = draftOf(source);
  draft.setAttribute('associated', left);
  await tx.replaceRecord(draft.rows());
}
