import { attributesOf, inheritedAttributes } from '../records/kosh.js';
import type { EnsembleView } from '../records/kosh-rules.js';
import { sameAttributes } from '../records/kosh-values.js';
import { inserts } from '../records/types.js';
import { RowConflict, type Transaction } from '../stores/connection.js';
import { Batch, type MergedRows, sortedRows } from './batch.js';
import { type Joined, transact } from './transact.js';
import {
  type Fate,
  lacking,
  missingEndpoints,
  otherEnsemble,
  recordAlike,
  recordExists,
  recordTwice,
  refused,
  rowExists,
  unkept,
  type WholeUnit,
} from './unit-fate.js';

type Fates = Map<WholeUnit, Fate>;

/**
 * Writes units in one transaction, each whole or not at all, and answers the fate of those that were not inserted.
 * What does not depend on the store is checked before the lock is asked for.
 */
export async function writeUnits(joined: Joined, units: readonly WholeUnit[], signal: AbortSignal): Promise<Fates> {
  const fates: Fates = new Map();
  for (const unit of units) {
    const { rejects } = unit.content;
    const all = rejects.length > 0 ? rejects : unkept(joined.connection, unit.file, unit.content);
    if (all.length > 0) fates.set(unit, refused(all));
  }
  refuseTwins(units, fates);
  const sound = units.filter((unit) => !fates.has(unit));
  if (sound.length === 0) return fates;
  const batch = new Batch(sound);
  await joined.connection.stage(batch.rows);
  const found = await transact(joined, (tx) => writeTogether(tx, batch), { signal }).catch((error: unknown) => {
    if (!(error instanceof RowConflict)) throw error;
    return transact(joined, (tx) => writeOneByOne(tx, batch), { signal });
  });
  for (const [unit, fate] of found) fates.set(unit, fate);
  return fates;
}

/** Of two units with a record of the same id the later one is refused. */
function refuseTwins(units: readonly WholeUnit[], fates: Fates): void {
  const seen = new Set<string>();
  for (const unit of units) {
    if (fates.has(unit)) continue;
    const { records } = unit.content;
    const own = new Set<string>();
    const twin = records.find(({ id }) => seen.has(id) || own.size === own.add(id).size);
    if (twin) fates.set(unit, refused([recordTwice(unit.file, twin)]));
    else for (const id of own) seen.add(id);
  }
}

async function writeTogether(tx: Transaction, batch: Batch): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, batch, fates);
  await refuseOtherEnsembles(tx, batch, fates);
  await refuseDangling(tx, batch, fates);
  if (fates.size === 0) await tx.insertStaged();
  else {
    const left = batch.units.filter((unit) => !fates.has(unit));
    for (const [name, values] of sortedRows(left.map((unit) => unit.content))) await tx.insert(name, values);
  }
  return fates;
}

async function refuseExisting(tx: Transaction, { ids, units }: Batch, fates: Fates): Promise<void> {
  const existing = await tx.existingIds(ids);
  const alike = await tx.lookalikes(ids);
  if (existing.size === 0 && alike.size === 0) return;
  for (const unit of units) {
    const rejects = unit.content.records.flatMap((record) => {
      const other = alike.get(record.id);
      if (existing.has(record.id)) return [recordExists(unit.file, record)];
      return other === undefined ? [] : [recordAlike(unit.file, record, other)];
    });
    if (rejects.length > 0) fates.set(unit, refused(rejects));
  }
}

/** A member was given the attributes that its ensemble was expected to have: refuses it when the ensemble in the store has others. */
async function refuseOtherEnsembles(tx: Transaction, { ensembles, units }: Batch, fates: Fates): Promise<void> {
  if (ensembles.size === 0) return;
  const stored = await tx.records([...ensembles.keys()]);
  const isOther = ({ id, attributes }: EnsembleView) => {
    const record = stored.get(id);
    return record !== undefined && !sameAttributes(inheritedAttributes(attributesOf(record.raw)), attributes);
  };
  const others = new Set([...ensembles.values()].filter(isOther).map(({ id }) => id));
  if (others.size === 0) return;
  for (const unit of units) {
    if (unit.ensemble && others.has(unit.ensemble.id) && !fates.has(unit))
      fates.set(unit, refused([otherEnsemble(unit, unit.ensemble.id)]));
  }
}

async function refuseDangling(tx: Transaction, { owners, elsewhere, units }: Batch, fates: Fates): Promise<void> {
  // What a refused unit would have brought may be in the store all the same: that is why it is refused.
  const asked = fates.size === 0 ? elsewhere : [...elsewhere, ...owners.keys()];
  const stored = asked.length > 0 ? await tx.existingIds(asked) : new Set<string>();
  if (fates.size === 0 && stored.size === elsewhere.length) return;
  const there = (id: string) => {
    const owner = owners.get(id);
    return stored.has(id) || (owner !== undefined && !fates.has(owner));
  };
  // A unit that is refused takes its records along, which others may refer to: again until nothing changes.
  for (let before = -1; before !== fates.size; ) {
    before = fates.size;
    for (const unit of units) if (!fates.has(unit)) refuseIfDangling(unit, there, fates);
  }
}

function refuseIfDangling(unit: WholeUnit, there: (id: string) => boolean, fates: Fates): void {
  const rejects = unit.content.relationships.flatMap((relationship) => missingEndpoints(unit.file, relationship, there));
  if (rejects.length > 0) fates.set(unit, lacking(rejects));
}

/** The way to find out which unit holds the row that the store refuses: each in a savepoint, row by row. */
export async function writeOneByOne(tx: Transaction, batch: Batch): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, batch, fates);
  await refuseOtherEnsembles(tx, batch, fates);
  for (const unit of batch.units) {
    if (fates.has(unit)) continue;
    const alone = new Batch([unit]);
    await refuseDangling(tx, alone, fates);
    if (fates.has(unit)) continue;
    try {
      await tx.savepoint(() => insertRowByRow(tx, alone.rows));
    } catch (error) {
      if (!(error instanceof RowConflict && error.row)) throw error;
      fates.set(unit, refused([rowExists(unit.file, error.insert, error.row, unit.content)]));
    }
  }
  return fates;
}

export async function insertRowByRow(tx: Transaction, rows: MergedRows): Promise<void> {
  for (const [name, values] of rows) {
    const width = inserts[name].columns.length;
    for (let at = 0; at < values.length; at += width) await tx.insert(name, values.slice(at, at + width));
  }
}
