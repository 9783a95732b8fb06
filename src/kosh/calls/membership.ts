import { IngestError } from '../../errors.js';
import { problemError } from '../../records/draft.js';
import { inheritedAttributes, type StoreInfo } from '../../records/kosh.js';
import { checkJoin, isMemberOf } from '../../records/kosh-rules.js';
import { quoted } from '../../records/problems.js';
import type { Reader, Transaction } from '../../stores/connection.js';
import { draftOf, ensemblesOf, storedEnsemble, storedHolder, viewOf } from './stored.js';

/** A dataset and an ensemble, by their ids. */
export interface Membership {
  readonly datasetId: string;
  readonly ensembleId: string;
}

/**
 * Makes a dataset a member of an ensemble and gives it the ensemble's attributes (Kosh: `ensemble.add`). False when it is one already.
 * Throws `ERR_ENSEMBLE_ATTRIBUTE` when the two do not go together.
 */
export async function join(tx: Transaction, { datasetId, ensembleId }: Membership, info: StoreInfo): Promise<boolean> {
  const ensemble = viewOf(await storedEnsemble(tx, ensembleId, info));
  const dataset = await storedHolder(tx, datasetId, info, 'to change');
  if (dataset.type === info.ensemblesType) {
    throw new IngestError('ERR_ENSEMBLE', `${quoted(datasetId)} is an ensemble and cannot be a member of one`);
  }
  const view = { ...viewOf(dataset), ensembles: await ensemblesOf(tx, datasetId, info) };
  if (isMemberOf(ensembleId, view)) return false;
  const problems = checkJoin(ensemble, view);
  if (problems.length > 0) throw problemError(problems, `cannot add ${quoted(datasetId)} to ensemble ${quoted(ensembleId)}`);
  const draft = draftOf(dataset);
  draft.setAttributes(inheritedAttributes(ensemble.attributes));
  await tx.replaceRecord(draft.rows());
  await tx.insert('relationship', [datasetId, ensembleId, info.ensemblePredicate]);
  return true;
}

/** Ends a membership; false when there was none. The dataset keeps the attributes (Kosh: `ensemble.remove`). */
export async function leave(tx: Transaction, { datasetId, ensembleId }: Membership, info: StoreInfo): Promise<boolean> {
  await storedEnsemble(tx, ensembleId, info);
  await storedHolder(tx, datasetId, info);
  const pattern = { subject: datasetId, predicate: info.ensemblePredicate, object: ensembleId };
  return (await tx.deleteRelationships(pattern)) > 0;
}

export async function isMember(reader: Reader, { datasetId, ensembleId }: Membership, info: StoreInfo): Promise<boolean> {
  const pattern = { subject: datasetId, predicate: info.ensemblePredicate, object: ensembleId };
  return (await reader.relationships(pattern)).length > 0;
}
