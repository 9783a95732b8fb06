import { rawOf } from '../sources/source.js';
import { RowConflict, type Transaction } from '../stores/connection.js';
import { Batch, type PartRows, sortedRows } from './batch.js';
import { danglingIn, insertRowByRow, leaveUnseen, recordsAlike, refuseOtherEnsembles } from './check-units.js';
import { settleEnsembles } from './ensemble-rules.js';
import { type Meeting, meetExisting, UnitPlan } from './existing.js';
import { PlannedView, ReadSoFar } from './store-view.js';
import { type Existing, type Fates, refused, type WholeUnit } from './unit-fate.js';
import { rowExists } from './unit-rejects.js';

/** What a transaction found out about units. */
export interface Found {
  readonly fates: Fates;
  /** Of those that met records of the store. */
  readonly existing: ReadonlyMap<WholeUnit, Existing>;
}

/** How units meet what is there, whatever their file. */
export type Way = Omit<Meeting, 'file'>;

/**
 * Writes units that meet records of the store or of one another, in their order: what becomes of each is found out first, in memory, then all is written.
 */
export async function writeMeeting(tx: Transaction, batch: Batch, way: Way, read = new ReadSoFar()): Promise<Found> {
  const plan = await planned(tx, { batch, way, read });
  await writeKept(tx, plan.view, false);
  return plan;
}

/** The way to find out which unit holds the row that the store refuses: each in a savepoint, row by row. */
export async function writeMeetingOneByOne(tx: Transaction, batch: Batch, way: Way): Promise<Found> {
  const fates: Fates = new Map();
  const existing = new Map<WholeUnit, Existing>();
  for (const unit of batch.units) {
    try {
      const found = await tx.savepoint(async () => {
        const plan = await planned(tx, { batch: new Batch([unit]), way, read: new ReadSoFar() });
        await writeKept(tx, plan.view, true);
        return plan;
      });
      for (const [key, fate] of found.fates) fates.set(key, fate);
      for (const [key, counts] of found.existing) existing.set(key, counts);
    } catch (error) {
      if (!(error instanceof RowConflict && error.row)) throw error;
      fates.set(unit, refused([rowExists(unit.file, error.insert, error.row, unit.content)]));
    }
  }
  return { fates, existing };
}

interface Reading {
  readonly batch: Batch;
  readonly way: Way;
  readonly read: ReadSoFar;
}

async function planned(tx: Transaction, { batch, way, read }: Reading): Promise<Found & { view: PlannedView }> {
  const settled: Fates = new Map(await recordsAlike(tx, batch));
  await refuseOtherEnsembles(tx, batch, settled);
  await leaveUnseen(tx, batch, settled);
  const view = new PlannedView(tx, read);
  await view.records(batch.ids);
  await view.relationships([...batch.ids, ...batch.elsewhere]);
  const stored = await tx.existingIds([...batch.elsewhere, ...batch.ids]);
  for (;;) {
    const plan = await planOnce(new PlannedView(tx, read), { batch, settled, way });
    // A unit that lacks a record takes its own along, which others may have met: planned anew without it.
    const lacking = danglingIn(batch, plan.fates, stored);
    if (lacking.size === 0) return plan;
    for (const [unit, fate] of lacking) settled.set(unit, fate);
  }
}

interface Planning {
  readonly batch: Batch;
  /** Units that are refused whatever they meet. */
  readonly settled: Fates;
  readonly way: Way;
}

async function planOnce(view: PlannedView, { batch, settled, way }: Planning): Promise<Found & { view: PlannedView }> {
  const fates: Fates = new Map(settled);
  const existing = new Map<WholeUnit, Existing>();
  for (const unit of batch.units) {
    if (fates.has(unit)) continue;
    const plan = new UnitPlan({ ...way, file: unit.file });
    const { records, relationships } = await meetExisting(view, unit.content, plan);
    for (const record of records) view.put({ id: record.id, type: record.type, raw: rawOf(record) }, record.rows);
    await settleEnsembles(view, plan);
    if (plan.rejects.length === 0) {
      view.keep(relationships);
      existing.set(unit, plan.existing);
    } else {
      view.forget();
      fates.set(unit, refused(plan.rejects));
    }
  }
  return { fates, existing, view };
}

async function writeKept(tx: Transaction, view: PlannedView, rowByRow: boolean): Promise<void> {
  const { rows, relationships } = view.kept;
  const all = [...rows].map(([id, own]) => ({ id, rows: own }));
  const insert = async (part: PartRows) => {
    const sorted = sortedRows([part]);
    if (rowByRow) await insertRowByRow(tx, sorted);
    else for (const [name, values] of sorted) await tx.insert(name, values);
  };
  await insert({ records: all.filter(({ id }) => !view.isStored(id)), relationships });
  for (const { rows: changed } of all.filter(({ id }) => view.isStored(id))) {
    const { record, ...others } = changed;
    await tx.replaceRecord(rowByRow && record ? { record } : changed);
    if (rowByRow) await insert({ records: [{ id: '', rows: others }], relationships: [] });
  }
}
