import { attributesOf, inheritedAttributes } from '../records/kosh.js';
import type { EnsembleView } from '../records/kosh-rules.js';
import { sameAttributes } from '../records/kosh-values.js';
import { inserts } from '../records/types.js';
import type { Transaction } from '../stores/connection.js';
import type { Batch, MergedRows } from './batch.js';
import { type Fates, lacking, refused } from './unit-fate.js';
import { ensembleCame, missingEndpoints, otherEnsemble, recordAlike } from './unit-rejects.js';

/** Units with a record whose id the store cannot tell from another one. */
export async function recordsAlike(tx: Transaction, { ids, units }: Batch): Promise<Fates> {
  const fates: Fates = new Map();
  const alike = await tx.lookalikes(ids);
  if (alike.size === 0) return fates;
  for (const unit of units) {
    const rejects = unit.content.records.flatMap((record) => {
      const other = alike.get(record.id);
      return other === undefined ? [] : [recordAlike(unit.file, record, other)];
    });
    if (rejects.length > 0) fates.set(unit, refused(rejects));
  }
  return fates;
}

/** A member was given the attributes that its ensemble was expected to have: refuses it when the ensemble in the store has others. */
export async function refuseOtherEnsembles(tx: Transaction, { ensembles, units }: Batch, fates: Fates): Promise<void> {
  if (ensembles.size === 0) return;
  const stored = await tx.records([...ensembles.keys()]);
  const isOther = ({ id, attributes }: EnsembleView) => {
    const record = stored.get(id);
    return record !== undefined && !sameAttributes(inheritedAttributes(attributesOf(record.raw)), attributes);
  };
  const others = new Set([...ensembles.values()].filter(isOther).map(({ id }) => id));
  if (others.size === 0) return;
  for (const unit of units) {
    const other = unit.ensembles?.find(({ id }) => others.has(id));
    if (other && !fates.has(unit)) fates.set(unit, refused([otherEnsemble(unit, other.id)]));
  }
}

/** A member was read before its ensemble came: it lacks what the ensemble brings, and is read again. */
export async function leaveUnseen(tx: Transaction, { units }: Batch, fates: Fates): Promise<void> {
  const ids = units.flatMap((unit) => unit.unseen ?? []);
  if (ids.length === 0) return;
  const stored = await tx.existingIds([...new Set(ids)]);
  for (const unit of units) {
    const id = unit.unseen?.find((unseen) => stored.has(unseen));
    if (id !== undefined && !fates.has(unit)) fates.set(unit, lacking([ensembleCame(unit, id)]));
  }
}

/** Units that refer to a record which neither the store has nor a unit brings that is not refused. */
export function danglingIn({ bringers, units }: Batch, fates: Fates, stored: ReadonlySet<string>): Fates {
  const dangling: Fates = new Map();
  const isRefused = (unit: Batch['units'][number]) => fates.has(unit) || dangling.has(unit);
  const there = (id: string) => stored.has(id) || bringers(id).some((unit) => !isRefused(unit));
  // A unit that is refused takes its records along, which others may refer to: again until nothing changes.
  for (let before = -1; before !== dangling.size; ) {
    before = dangling.size;
    for (const unit of units) {
      if (isRefused(unit)) continue;
      const rejects = unit.content.relationships.flatMap((relationship) => missingEndpoints(unit.file, relationship, there));
      if (rejects.length > 0) dangling.set(unit, lacking(rejects));
    }
  }
  return dangling;
}

export async function insertRowByRow(tx: Transaction, rows: MergedRows): Promise<void> {
  for (const [name, values] of rows) {
    const width = inserts[name].columns.length;
    for (let at = 0; at < values.length; at += width) await tx.insert(name, values.slice(at, at + width));
  }
}
