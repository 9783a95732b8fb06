import { randomUUID } from 'node:crypto';
import { IngestError } from '../../errors.js';
import { isInherited, userId } from '../../records/kosh.js';
import { quoted } from '../../records/problems.js';
import type { InsertName } from '../../records/types.js';
import type { Transaction } from '../../stores/connection.js';
import type { StoreContext } from '../context.js';
import { associate } from './associations.js';
import { draftOf, ensemblesOf, storedHolder } from './stored.js';

/**
 * What a clone takes over of the ensembles of the original (Kosh: `preserve_ensembles_memberships`): `true` the memberships, `false` the
 * attributes alone, `-1` neither.
 */
export type PreserveMemberships = boolean | -1;

/** Copies a dataset with its attributes, curves, libraries and files, and answers the id of the copy. */
export async function cloneRecord(
  tx: Transaction,
  id: string,
  preserve: PreserveMemberships,
  { info, username }: StoreContext,
): Promise<{ id: string; type: string }> {
  const original = await storedHolder(tx, id, info);
  if (original.type === info.ensemblesType) {
    throw new IngestError('ERR_ENSEMBLE', `${quoted(id)} is an ensemble, and ensembles cannot be cloned`);
  }
  const draft = draftOf(original);
  const cloneId = randomUUID().replaceAll('-', '');
  draft.becomeCopy(cloneId, userId(username));
  const ensembles = await ensemblesOf(tx, id, info);
  const controlled = new Set(ensembles.flatMap(({ attributes }) => [...attributes.keys()].filter(isInherited)));
  if (preserve === -1) for (const name of controlled) draft.deleteAttribute(name);
  // A file that Kosh knows is shared by both; one that only Sina knows is copied as it stands.
  const files = [...draft.files].filter(([, { kosh_id }]) => kosh_id !== undefined);
  for (const [uri] of files) draft.deleteFile(uri);
  draft.clean();
  for (const [name, values] of Object.entries(draft.rows())) await tx.insert(name as InsertName, values);
  const prepared = files.map(([uri, { mimetype = '' }]) => ({ uri, mimeType: mimetype, attributes: new Map() }));
  if (prepared.length > 0) await associate(tx, cloneId, prepared, info);
  if (preserve === true) {
    for (const ensemble of ensembles) await tx.insert('relationship', [cloneId, ensemble.id, info.ensemblePredicate]);
  }
  return { id: cloneId, type: original.type };
}
