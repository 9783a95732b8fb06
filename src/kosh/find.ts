import { setImmediate as nextTurn } from 'node:timers/promises';
import { IngestError } from '../errors.js';
import { type Criterion, checkCriterion } from '../records/criteria.js';
import { describe, isObject } from '../records/problems.js';
import type { Found, FoundRecord, RecordQuery } from '../stores/connection.js';
import { checkKeys, checkText } from './arguments.js';
import { pageSize } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';

/** What is looked for: records for which all that is given holds (Kosh: `store.find`). */
export interface FindQuery {
  /** Attributes, or curves, by name: a number, text or boolean to be equal to, `exists()`, `dataRange()`, `allIn()`, `anyIn()`, `hasAll()`, `hasAny()`. */
  readonly data?: Readonly<Record<string, Criterion>> | undefined;
  /** Types of record, or `{ not }` for all others. Default: all that Kosh does not reserve, which are datasets; any with an `idPool`. */
  readonly types?: string | readonly string[] | { readonly not: string | readonly string[] } | undefined;
  /** Only records with these ids. */
  readonly idPool?: string | readonly string[] | undefined;
  /** Only records with a file of this uri; `%` stands for any text. */
  readonly fileUri?: string | undefined;
  /** Ids instead of objects. Default false. */
  readonly idsOnly?: boolean | undefined;
}

const keys = ['data', 'types', 'idPool', 'fileUri', 'idsOnly'] as const;

/** Throws `ERR_USAGE` for a query that makes no sense. */
export function recordQuery(query: FindQuery, reservedTypes: readonly string[]): RecordQuery {
  checkKeys(query, keys);
  const { data = {}, types, idPool, fileUri } = query;
  if (!isObject(data)) throw new IngestError('ERR_USAGE', `data must be an object of attributes; found ${describe(data)}`);
  if (fileUri !== undefined) checkText('fileUri', fileUri);
  for (const [name, criterion] of Object.entries(data)) checkCriterion(name, criterion);
  const ids = idPool === undefined ? undefined : textsOf('idPool', idPool);
  return { data, fileUri, ids, types: typesOf(types) ?? (ids ? undefined : { notIn: reservedTypes }) };
}

function typesOf(types: FindQuery['types']): RecordQuery['types'] {
  if (types === undefined) return undefined;
  if (isObject(types) && 'not' in types) return { notIn: textsOf('types', types.not) };
  return { in: textsOf('types', types) };
}

function textsOf(name: string, value: unknown): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new IngestError('ERR_USAGE', `${name} must be a text or a list of texts; found ${describe(value)}`);
}

/**
 * The records that a query finds, as they were when the first was asked for, in the order of their ids. Nothing is held open meanwhile: others
 * go on writing, and so may the loop's body.
 */
export async function* findRecords(
  context: StoreContext,
  query: RecordQuery,
  options: CallOptions = {},
): AsyncGenerator<FoundRecord, void, undefined> {
  const found: Found = await context.read((reader) => reader.find(query), options);
  try {
    for (let from = 0; from < found.count; from += pageSize) {
      options.signal?.throwIfAborted();
      yield* await context.track(async () => found.page(from, pageSize));
      await nextTurn();
    }
  } finally {
    await found.close();
  }
}
