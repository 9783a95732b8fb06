import { randomUUID } from 'node:crypto';
import { IngestError } from '../../errors.js';
import { problemError } from '../../records/draft.js';
import {
  checkMetadata,
  datasetRecord,
  ensembleRecord,
  inheritedAttributes,
  type Metadata,
  type StoreInfo,
  userId,
} from '../../records/kosh.js';
import { checkDatasetType, checkMemberMetadata } from '../../records/kosh-rules.js';
import { mergeRows } from '../../records/merge-rows.js';
import { describe, quoted } from '../../records/problems.js';
import { rowsOf } from '../../records/rows.js';
import type { Rows, SinaRecord } from '../../records/types.js';
import type { Transaction } from '../../stores/connection.js';
import { checkKeys, checkText, copyMetadata } from '../arguments.js';
import type { StoreContext } from '../context.js';
import { storedEnsemble, viewOf } from './stored.js';

/** A dataset or an ensemble to be created (Kosh: `store.create`). */
export interface NewRecord {
  /** Default: a version 4 UUID without dashes, as in Kosh. */
  readonly id?: string | undefined;
  /** Default: `Unnamed Dataset`, `Unnamed Ensemble`. A `name` in the metadata wins. */
  readonly name?: string | undefined;
  /** Attributes, in their order: finite numbers, texts, booleans, null, lists of numbers, lists of texts. `id` and `creator` are not taken from here. */
  readonly metadata?: Metadata | undefined;
  /** Type of the record. Default: that of datasets, or of ensembles. */
  readonly sinaType?: string | undefined;
}

/** A {@link NewRecord} that passed everything that can be checked without the store. */
export interface CheckedRecord {
  readonly id: string;
  readonly type: string;
  readonly name: string | undefined;
  readonly metadata: Metadata;
}

const keys = ['id', 'name', 'metadata', 'sinaType'] as const;

/** Throws `ERR_USAGE` for a call that makes no sense and `ERR_RECORD` for an attribute that a store cannot keep, naming it. */
export function checkNew(record: NewRecord, type: string, info: StoreInfo): CheckedRecord {
  checkKeys(record, keys);
  const { id = randomUUID().replaceAll('-', ''), name, metadata: given = {}, sinaType = type } = record;
  checkText('id', id);
  checkText('sinaType', sinaType);
  if (sinaType !== info.ensemblesType && info.reservedTypes.includes(sinaType)) {
    const hint = 'Leave sinaType out for a dataset, or give a name of your own.';
    throw new IngestError('ERR_USAGE', `the type ${quoted(sinaType)} is one that Kosh keeps for itself`, { hint });
  }
  if (name !== undefined && name !== '') checkText('name', name);
  const metadata = copyMetadata(given);
  const problems = checkMetadata(metadata);
  if (problems.length > 0) throw problemError(problems, `cannot create ${quoted(id)}`);
  return { id, type: sinaType, name, metadata };
}

/** Each as {@link checkNew}. */
export function checkAll(records: Iterable<NewRecord>, type: string, info: StoreInfo): CheckedRecord[] {
  if (typeof (records as Partial<Iterable<NewRecord>> | null)?.[Symbol.iterator] !== 'function' || typeof records === 'string') {
    throw new IngestError('ERR_USAGE', `expected a list of datasets; found ${describe(records)}`);
  }
  return [...records].map((record) => checkNew(record, type, info));
}

/** Creates records, in an ensemble or outside of any. Throws `ERR_RECORD_EXISTS`, and what the ensemble refuses. */
export async function createRecords(
  tx: Transaction,
  context: StoreContext,
  records: readonly CheckedRecord[],
  ensembleId?: string,
): Promise<void> {
  const { info } = context;
  const ensemble = ensembleId === undefined ? undefined : viewOf(await storedEnsemble(tx, ensembleId, info));
  if (ensemble) {
    for (const { id, type, metadata } of records) {
      const problems = [...checkDatasetType(type, info), ...checkMemberMetadata(ensemble, metadata)];
      if (problems.length > 0) throw problemError(problems, `cannot create ${quoted(id)} in ensemble ${quoted(ensemble.id)}`);
    }
  }
  await refuseTaken(tx, records);
  const inherited = ensemble && inheritedAttributes(ensemble.attributes);
  const creator = userId(context.username);
  const made = records.map((record) =>
    rowsFor(
      record.type === info.ensemblesType
        ? ensembleRecord({ ...record, creator })
        : datasetRecord({ ...record, creator, inherited }),
    ),
  );
  if (ensemble) made.push({ relationship: records.flatMap(({ id }) => [id, ensemble.id, info.ensemblePredicate]) });
  for (const [name, values] of mergeRows(made)) await tx.insert(name, values);
}

async function refuseTaken(tx: Transaction, records: readonly CheckedRecord[]): Promise<void> {
  const ids = new Set<string>();
  for (const { id } of records) {
    if (ids.has(id)) throw new IngestError('ERR_RECORD_EXISTS', `the id ${quoted(id)} comes twice in one call`);
    ids.add(id);
  }
  const [taken] = await tx.existingIds([...ids]);
  const [alike] = await tx.lookalikes([...ids]);
  if (taken === undefined && alike) {
    const [id, other] = alike.map(quoted);
    throw new IngestError(
      'ERR_RECORD_EXISTS',
      `the store takes the id ${id} for ${other}: its tables do not tell the two apart`,
      {
        hint: 'Give another id, or use a new database: tables that are created here tell all ids apart.',
      },
    );
  }
  if (taken === undefined) return;
  throw new IngestError('ERR_RECORD_EXISTS', `a record with the id ${quoted(taken)} is in the store already`, {
    hint: 'Give another id, or none for a new one.',
  });
}

/** The rows of a record that was made here. */
export function rowsFor(record: SinaRecord): Rows {
  const mapped = rowsOf(record);
  if (!mapped.ok) throw problemError(mapped.problems, `cannot write ${quoted(record.id)}`);
  return mapped.rows;
}
