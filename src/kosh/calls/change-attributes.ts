import { IngestError } from '../../errors.js';
import { problemError } from '../../records/draft.js';
import { checkMetadata, isInherited, type Metadata, type StoreInfo } from '../../records/kosh.js';
import { checkEnsembleAttribute, checkMemberAttribute, type EnsembleView } from '../../records/kosh-rules.js';
import { type Attributes, isAttribute, valueText } from '../../records/kosh-values.js';
import { describe, isObject, quoted } from '../../records/problems.js';
import type { DatumValue, Problem } from '../../records/types.js';
import type { StoredRecord, Transaction } from '../../stores/connection.js';
import { copyMetadata } from '../arguments.js';
import { draftOf, ensemblesOf, isDatasetType, membersOf, shownAttributes, storedRecord } from './stored.js';

/** What to set, or how to find out from the attributes as they are; such a function may be called more than once. */
export type AttributeChange = Metadata | ((attributes: Metadata) => Metadata);

/** The changes without what is no attribute (`id`), as Kosh's `update` takes them. Throws `ERR_RECORD`, naming the attribute. */
export function checkChanges(id: string, changes: Metadata): Metadata {
  const copy = copyMetadata(changes);
  const problems = checkMetadata(copy);
  if (problems.length > 0) throw problemError(problems, `cannot change ${quoted(id)}`);
  return Object.fromEntries(Object.entries(copy).filter(([name]) => isAttribute(name)));
}

/**
 * Sets attributes of a record. Those of an ensemble reach every member, but for `name` and `creator`, which members have on their own. Throws
 * `ERR_ENSEMBLE_ATTRIBUTE` for what an ensemble controls.
 */
export async function changeAttributes(tx: Transaction, id: string, change: AttributeChange, info: StoreInfo): Promise<void> {
  const stored = await storedRecord(tx, id, 'to change');
  refuseReserved(stored, info);
  const changes = typeof change === 'function' ? changesBy(change, id, await shownAttributes(tx, stored, info)) : change;
  if (Object.keys(changes).length === 0) return;
  if (stored.type === info.ensemblesType) await reachMembers(tx, id, changes, info);
  else refuse(id, memberProblems(changes, await ensemblesOf(tx, id, info)));
  await setIn(tx, stored, changes);
}

/** What a function answers, without what it only handed on: the creator is shown by name and stored by id, and units stay with a value. */
function changesBy(change: (attributes: Metadata) => Metadata, id: string, shown: Attributes): Metadata {
  const changes = checkChanges(id, answered(change(copyMetadata(Object.fromEntries(shown)))));
  const isNew = ([name, value]: [string, DatumValue]) => {
    const before = shown.get(name);
    return before === undefined || valueText(before) !== valueText(value);
  };
  return Object.fromEntries(Object.entries(changes).filter(isNew));
}

/** An async function answers a promise, which would be taken for an object without attributes. */
function answered(changes: Metadata): Metadata {
  if (isObject(changes) && !(changes instanceof Promise)) return changes;
  const found = changes instanceof Promise ? 'a promise' : describe(changes);
  throw new IngestError('ERR_USAGE', `the function of an update answers an object of attributes; found ${found}`, {
    hint: 'Wait for what it needs before the update.',
  });
}

/** Kosh's own records are changed by Kosh alone; those of files are the user's to describe. */
function refuseReserved({ id, type }: StoredRecord, info: StoreInfo): void {
  if (type === info.ensemblesType || type === info.sourcesType || isDatasetType(type, info)) return;
  const hint = 'Attributes can be changed of datasets, ensembles and associated files.';
  throw new IngestError('ERR_USAGE', `record ${quoted(id)} is of the type ${quoted(type)}, which Kosh keeps for itself`, {
    hint,
  });
}

function memberProblems(changes: Metadata, ensembles: readonly EnsembleView[]): Problem[] {
  return Object.entries(changes).flatMap(([name, value]) => checkMemberAttribute(name, value, { ensembles }));
}

async function reachMembers(tx: Transaction, ensembleId: string, changes: Metadata, info: StoreInfo): Promise<void> {
  const inherited = Object.fromEntries(Object.entries(changes).filter(([name]) => isInherited(name)));
  if (Object.keys(inherited).length === 0) return;
  // Looked through before anything is written: what is refused has changed nothing, and says so soon.
  for await (const members of membersOf(tx, ensembleId, info)) {
    const ids = members.map(({ id }) => id);
    const others = await ensemblesOf(tx, ids, info);
    refuse(
      ensembleId,
      Object.keys(inherited).flatMap((name) => checkEnsembleAttribute(name, ensembleId, others)),
    );
  }
  for await (const members of membersOf(tx, ensembleId, info)) {
    const ids = members.map(({ id }) => id);
    const stored = await tx.records(ids, 'to change');
    for (const member of stored.values()) await setIn(tx, member, inherited);
  }
}

async function setIn(tx: Transaction, stored: StoredRecord, changes: Metadata): Promise<void> {
  const draft = draftOf(stored);
  draft.setAttributes(changes);
  await tx.replaceRecord(draft.rows());
}

function refuse(id: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw problemError(problems, `cannot change ${quoted(id)}`);
}

/**
 * Deletes an attribute; false when there is none. One of an ensemble stays with its members, as their own (Kosh: `__delattr__`). Throws
 * `ERR_ENSEMBLE_ATTRIBUTE` for one that an ensemble of the dataset controls.
 */
export async function deleteAttribute(tx: Transaction, id: string, name: string, info: StoreInfo): Promise<boolean> {
  const stored = await storedRecord(tx, id, 'to change');
  refuseReserved(stored, info);
  const draft = draftOf(stored);
  if (!draft.deleteAttribute(name)) return false;
  const owner = isInherited(name) && (await ensemblesOf(tx, id, info)).find(({ attributes }) => attributes.has(name));
  if (owner) {
    throw new IngestError(
      'ERR_ENSEMBLE_ATTRIBUTE',
      `${quoted(name)} of ${quoted(id)} belongs to its ensemble ${quoted(owner.id)}`,
      {
        hint: 'Let the dataset leave the ensemble first.',
      },
    );
  }
  await tx.replaceRecord(draft.rows());
  return true;
}
