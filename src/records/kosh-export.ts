import { membersOf, splitMembers } from './json-text.js';
import { defaultStoreInfo, type StoreInfo } from './kosh.js';
import { ObjectText } from './object-text.js';
import type { Members, Relationship } from './types.js';

/*
 * What is particular about the documents that Kosh exports (`store.py` `export_dataset`, `ensemble.py` `export`), in all versions.
 */

/** Members at the top of a document by which an export of Kosh is known; Kosh writes them before the records. */
export const koshExportKeys = ['minimum_kosh_version', 'kosh_version', 'sources_type'] as const;

/** Kosh's mark of a dataset with files, until it was opened for the first time. It never means anything to a store. */
const leftover = '_associated_data_';

export interface ExportTypes {
  /** JSON text of the document's `sources_type`, when it has one. */
  readonly from: string | undefined;
  /** The type of the records of files in the store. */
  readonly to: string;
}

/** A record of an export as it is stored: records of files have the type that the store gives them, and `_associated_data_` is gone. */
export function storedMembers(members: Members, { from, to }: ExportTypes): Members {
  const isSource = from !== undefined && members.get('type') === from;
  const data = members.get('data');
  const hasLeftover = data?.startsWith('{') && data.includes(leftover);
  if (!isSource && !hasLeftover) return members;
  const stored = new Map(members);
  if (isSource) stored.set('type', JSON.stringify(to));
  if (hasLeftover) stored.set('data', without(data as string, leftover));
  return stored;
}

/** A text that is not JSON stays as it is, for the parser to refuse. */
function without(text: string, key: string): string {
  try {
    const object = new ObjectText(text);
    return object.delete(key) ? object.toString() : text;
  } catch {
    return text;
  }
}

/**
 * The members of a relationship in the names that Sina has for them. Kosh 3.1 writes one as a text of JSON, Kosh 3.4 with `subject_id` and `object_id`.
 * Undefined for a text that is no JSON object and no text of one.
 */
export function relationshipMembers(source: Members | string): Members | undefined {
  const members = typeof source === 'string' ? objectIn(source) : source;
  if (!members || !(members.has('subject_id') || members.has('object_id'))) return members;
  const renamed = new Map(members);
  for (const end of ['subject', 'object']) {
    const id = members.get(`${end}_id`);
    if (id !== undefined && !members.has(end)) renamed.set(end, id);
  }
  return renamed;
}

function objectIn(text: string): Members | undefined {
  try {
    if (!text.startsWith('"')) return membersOf(text);
    const inner = JSON.parse(text) as string;
    JSON.parse(inner);
    return inner.trimStart().startsWith('{') ? splitMembers(inner) : undefined;
  } catch {
    return undefined;
  }
}

/** A membership has the predicate of the store that it comes from: Kosh's own, for all that is known. */
export function storedRelationship(relationship: Relationship, { ensemblePredicate }: StoreInfo): Relationship {
  return relationship.predicate === defaultStoreInfo.ensemblePredicate
    ? { ...relationship, predicate: ensemblePredicate }
    : relationship;
}
