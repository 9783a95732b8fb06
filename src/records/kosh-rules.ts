/*
 * What Kosh 3.1 refuses so that the attributes of an ensemble and of its members cannot disagree (`ensemble.py` `create`
 * and `add`, `core_sina.py` `___setattr___`). Each function answers the problems, none when the call may go on. Unlike Kosh
 * they name every attribute in conflict, not the first.
 */

import { isInherited, type StoreInfo, userId } from './kosh.js';
import { type Attributes, isAttribute, type Metadata, sameValue } from './kosh-values.js';
import { child, describe, Problems, quoted } from './problems.js';
import type { DatumValue, Problem } from './types.js';

/** An ensemble, as far as the rules look at it. */
export interface EnsembleView {
  readonly id: string;
  readonly attributes: Attributes;
}

/** A dataset, with the ensembles that it is a member of. */
export interface MemberView {
  readonly id: string;
  readonly attributes: Attributes;
  readonly ensembles: readonly EnsembleView[];
}

/** `ensemble.create`: a dataset cannot have the type of ensembles. */
export function checkDatasetType(type: string, { ensemblesType }: Pick<StoreInfo, 'ensemblesType'>): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE');
  if (type === ensemblesType) {
    const message = 'an ensemble cannot be made in an ensemble';
    problems.add('/type', { message, found: describe(type), expected: 'the type of a dataset' });
  }
  return problems.list;
}

/**
 * `ensemble.create`: a key of the metadata that is an attribute of the ensemble must have its value. This includes `name`,
 * `creator` and `id`, which members otherwise have on their own.
 */
export function checkMemberMetadata(ensemble: EnsembleView, metadata: Metadata): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE_ATTRIBUTE');
  for (const [name, value] of Object.entries(metadata)) {
    const own = name === 'id' ? ensemble.id : ensemble.attributes.get(name);
    if (own === undefined || sameValue(value, own)) continue;
    // Kosh compares with the name of the creator; what is stored is the id made of it.
    if (name === 'creator' && typeof value === 'string' && userId(value) === own) continue;
    problems.add(placeOf(name), conflict({ name, ensemble, value, own }));
  }
  return problems.list;
}

/** Whether the dataset is in the ensemble. */
export function isMemberOf(ensembleId: string, { ensembles }: Pick<MemberView, 'ensembles'>): boolean {
  return ensembles.some(({ id }) => id === ensembleId);
}

/** `ensemble.add`. Nothing is wrong with a dataset that is a member already: see {@link isMemberOf}. */
export function checkJoin(ensemble: EnsembleView, dataset: MemberView): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE_ATTRIBUTE');
  if (isMemberOf(ensemble.id, dataset)) return problems.list;
  for (const [name, own] of ensemble.attributes) {
    if (!isInherited(name)) continue;
    for (const other of dataset.ensembles) {
      if (!other.attributes.has(name)) continue;
      const message = `dataset ${dataset.id} is a member of ensemble ${other.id}, which also has ${quoted(name)}`;
      problems.add(placeOf(name), {
        message,
        found: `an attribute of ensemble ${other.id}`,
        expected: 'ensembles that share no attribute',
      });
    }
    const value = dataset.attributes.get(name);
    if (value !== undefined && !sameValue(value, own)) problems.add(placeOf(name), conflict({ name, ensemble, value, own }));
  }
  return problems.list;
}

/**
 * Setting an attribute of a dataset: one that an ensemble of the dataset controls can only be set to the value that it has.
 */
export function checkMemberAttribute(name: string, value: DatumValue, { ensembles }: Pick<MemberView, 'ensembles'>): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE_ATTRIBUTE');
  if (!isInherited(name)) return problems.list;
  for (const ensemble of ensembles) {
    const own = ensemble.attributes.get(name);
    if (own !== undefined && !sameValue(value, own)) problems.add(placeOf(name), conflict({ name, ensemble, value, own }));
  }
  return problems.list;
}

/**
 * Setting an attribute of an ensemble: no other ensemble of a member may have it. `others` are the ensembles of the
 * members, itself allowed among them.
 */
export function checkEnsembleAttribute(name: string, ensembleId: string, others: Iterable<EnsembleView>): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE_ATTRIBUTE');
  if (!isInherited(name)) return problems.list;
  for (const other of others) {
    if (other.id === ensembleId || !other.attributes.has(name)) continue;
    const message = `a member of ensemble ${ensembleId} belongs to ensemble ${other.id}, which controls ${quoted(name)}`;
    problems.add(placeOf(name), {
      message,
      found: `an attribute of ensemble ${other.id}`,
      expected: 'an attribute of no other ensemble',
    });
  }
  return problems.list;
}

interface Conflict {
  readonly name: string;
  readonly ensemble: EnsembleView;
  readonly value: DatumValue;
  /** The ensemble's value. */
  readonly own: DatumValue;
}

function conflict({ name, ensemble, value, own }: Conflict) {
  const message = `${quoted(name)} is an attribute of ensemble ${ensemble.id}, which has another value`;
  return { message, found: describe(value), expected: describe(own) };
}

function placeOf(name: string): string {
  return isAttribute(name) ? child('/data', name) : child('', name);
}
