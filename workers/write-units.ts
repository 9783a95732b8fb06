import { type Joined, transact } from '../src/kosh/transact.js';
import { attributesOf, inheritedAttributes } from '../src/records/kosh.js';
import { sameAttributes } from '../src/records/kosh-values.js';
import { inserts } from '../src/records/types.js';
import { RowConflict, type Transaction } from '../src/stores/connection.js';
import { type MergedRows, sortedRows } from './batch.js';
import {
  type Fate,
  lacking,
  missingEndpoints,
  recordExists,
  recordTwice,
  refused,
  rowExists,
  type WholeUnit,
} from './unit-fate.js';

type Fates = Map<WholeUnit, Fate>;

/**
 * Writes units in one transaction, each whole or not at all, and answers the fate of those that were not inserted.
 * What does not depend on the store is checked before the lock is asked for.
 */
export async function writeUnits(joined: Joined, units: readonly WholeUnit[], signal: AbortSignal): Promise<Fates> {
  const fates: Fates = new Map();
  for (const unit of units) if (unit.content.rejects.length > 0) fates.set(unit, refused(...unit.content.rejects));
  refuseTwins(units, fates);
  const sound = units.filter((unit) => !fates.has(unit));
  if (sound.length === 0) return fates;
  const rows = sortedRows(sound.map((unit) => unit.content));
  const found = await transact(joined, (tx) => writeTogether(tx, sound, rows), { signal }).catch((error: unknown) => {
    if (!(error instanceof RowConflict)) throw error;
    return transact(joined, (tx) => writeOneByOne(tx, sound), { signal });
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
    if (twin) fates.set(unit, refused(recordTwice(unit.file, twin)));
    else for (const id of own) seen.add(id);
  }
}

async function writeTogether(tx: Transaction, units: readonly WholeUnit[], all: MergedRows): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, units, fates);
  await refuseOtherEnsembles(tx, units, fates);
  await refuseDangling(tx, units, fates);
  const left = units.filter((unit) => !fates.has(unit));
  const rows = left.length === units.length ? all : sortedRows(left.map((unit) => unit.content));
  for (const [name, values] of rows) await tx.insert(name, values);
  return fates;
}

async function refuseExisting(tx: Transaction, units: readonly WholeUnit[], fates: Fates): Promise<void> {
  const existing = await tx.existingIds(units.flatMap((unit) => unit.content.records.map((record) => record.id)));
  if (existing.size === 0) return;
  for (const unit of units) {
    const rejects = unit.content.records.filter(({ id }) => existing.has(id)).map((record) => recordExists(unit.file, record));
    if (rejects.length > 0) fates.set(unit, refused(...rejects));
  }
}

/** A member was given the attributes that its ensemble was expected to have: refuses it when the ensemble in the store has others. */
async function refuseOtherEnsembles(tx: Transaction, units: readonly WholeUnit[], fates: Fates): Promise<void> {
  const views = new Map(units.flatMap(({ ensemble }) => (ensemble ? [[ensemble.id, ensemble]] : [])));
  if (views.size === 0) return;
  const stored = await tx.records([...views.keys()]);
  const other = new Set<string>();
  for (const [id, view] of views) {
    const record = stored.get(id);
    if (record && !sameAttributes(inheritedAttributes(attributesOf(record.raw)), view.attributes)) other.add(id);
  }
  for (const unit of units) {
    if (!unit.ensemble || !other.has(unit.ensemble.id) || fates.has(unit)) continue;
    const { id } = unit.ensemble;
    const [record] = unit.content.records;
    fates.set(
      unit,
      refused({
        file: unit.file,
        recordId: record?.id ?? null,
        pointer: '',
        code: 'ERR_ENSEMBLE_ATTRIBUTE',
        message: `${id} is in the store with other attributes than this load gives it`,
        expected: `an ensemble ${id} with the attributes of this load`,
        hint: 'Choose another --prefix, or the --attributes that the ensemble was loaded with.',
      }),
    );
  }
}

async function refuseDangling(tx: Transaction, units: readonly WholeUnit[], fates: Fates): Promise<void> {
  const owners = new Map<string, WholeUnit>();
  for (const unit of units) if (!fates.has(unit)) for (const { id } of unit.content.records) owners.set(id, unit);
  const elsewhere = new Set<string>();
  for (const { content } of units) {
    for (const { subject, object } of content.relationships) {
      if (!owners.has(subject)) elsewhere.add(subject);
      if (!owners.has(object)) elsewhere.add(object);
    }
  }
  const stored = elsewhere.size > 0 ? await tx.existingIds([...elsewhere]) : elsewhere;
  const there = (id: string) => {
    const owner = owners.get(id);
    return owner ? !fates.has(owner) : stored.has(id);
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
async function writeOneByOne(tx: Transaction, units: readonly WholeUnit[]): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, units, fates);
  await refuseOtherEnsembles(tx, units, fates);
  for (const unit of units) {
    if (fates.has(unit)) continue;
    await refuseDangling(tx, [unit], fates);
    if (fates.has(unit)) continue;
    try {
      await tx.savepoint(() => insertRowByRow(tx, sortedRows([unit.content])));
    } catch (error) {
      if (!(error instanceof RowConflict && error.row)) throw error;
      fates.set(unit, refused(rowExists(unit.file, error.insert, error.row, unit.content)));
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
