import { RowConflict, type Transaction } from '../stores/connection.js';
import { Batch, sortedRows } from './batch.js';
import { danglingIn, insertRowByRow, leaveUnseen, recordsAlike, refuseOtherEnsembles } from './check-units.js';
import { type Found, writeMeeting, writeMeetingOneByOne } from './meet-existing.js';
import { PlannedView, ReadSoFar } from './store-view.js';
import { type Joined, transact } from './transact.js';
import {
  contentsOf,
  type Existing,
  type Fates,
  noneExisting,
  type Outcomes,
  refused,
  type WholeUnit,
  type WriteOptions,
} from './unit-fate.js';
import { recordExists, recordTwice, rowExists, unkept } from './unit-rejects.js';

/** A way to write a batch; it fails with a {@link RowConflict} when the next one has to find out more. */
type Attempt = (tx: Transaction, batch: Batch) => Promise<Found>;

/**
 * Writes units in one transaction, each whole or not at all, and answers what became of each.
 * What does not depend on the store is checked before the lock is asked for.
 */
export async function writeUnits(joined: Joined, units: readonly WholeUnit[], options: WriteOptions): Promise<Outcomes> {
  const { signal, ifExists, onWritten } = options;
  const fates: Fates = new Map();
  for (const unit of units) {
    const { rejects } = unit.content;
    const all = rejects.length > 0 ? rejects : unkept(joined.connection, unit.file, unit.content);
    if (all.length > 0) fates.set(unit, refused(all));
  }
  refuseTwins(units, fates, ifExists === 'error');
  const sound = units.filter((unit) => !fates.has(unit));
  if (sound.length === 0) return outcomesOf(units, fates, new Map());
  const batch = new Batch(sound);
  await joined.connection.stage(batch.rows);
  const work = (attempt: Attempt) => async (tx: Transaction) => {
    const found = await attempt(tx, batch);
    const outcomes = outcomesOf(units, new Map([...fates, ...found.fates]), found.existing);
    await onWritten?.(tx, outcomes);
    return outcomes;
  };
  const [first, ...others] = attemptsOf(joined, options);
  let running = transact(joined, work(first), { signal });
  for (const attempt of others) {
    running = running.catch((error: unknown) => {
      if (!(error instanceof RowConflict)) throw error;
      return transact(joined, work(attempt), { signal });
    });
  }
  return running;
}

/** From the fastest on. */
function attemptsOf({ connection }: Joined, { ifExists, info }: WriteOptions): [Attempt, ...Attempt[]] {
  if (ifExists === 'error') {
    const oneByOne: Attempt = async (tx, batch) => onlyFates(await writeOneByOne(tx, batch));
    return [async (tx, batch) => onlyFates(await writeTogether(tx, batch, await tx.existingIds(batch.ids))), oneByOne];
  }
  const way = { ifExists, info, problems: connection.problems.bind(connection) };
  const meeting: Attempt = (tx, batch) => writeMeeting(tx, batch, way);
  const together: Attempt = async (tx, batch) => {
    // Read at once as what is going to be changed: an engine with locks on rows could not give two of us more than they have.
    const read = new ReadSoFar();
    const existing = await new PlannedView(tx, read).records(batch.ids);
    if (existing.size > 0 || batch.hasTwins) return writeMeeting(tx, batch, way, read);
    return onlyFates(await writeTogether(tx, batch, new Set()));
  };
  return [together, meeting, (tx, batch) => writeMeetingOneByOne(tx, batch, way)];
}

function onlyFates(fates: Fates): Found {
  return { fates, existing: new Map() };
}

function outcomesOf(units: readonly WholeUnit[], fates: Fates, existing: ReadonlyMap<WholeUnit, Existing>): Outcomes {
  return new Map(
    units.map((unit) => {
      const fate = fates.get(unit);
      return [unit, { fate, contents: contentsOf(unit.content), existing: existing.get(unit) ?? noneExisting }];
    }),
  );
}

/** Of two units with a record of the same id the later one is refused, unless it is to meet the other's; of two records of one unit, the unit. */
function refuseTwins(units: readonly WholeUnit[], fates: Fates, across: boolean): void {
  const seen = new Set<string>();
  for (const unit of units) {
    if (fates.has(unit)) continue;
    const { records } = unit.content;
    const own = new Set<string>();
    const twin = records.find(({ id }) => (across && seen.has(id)) || own.size === own.add(id).size);
    if (twin) fates.set(unit, refused([recordTwice(unit.file, twin)]));
    else for (const id of own) seen.add(id);
  }
}

async function writeTogether(tx: Transaction, batch: Batch, existing: ReadonlySet<string>): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, { batch, existing, fates });
  await refuseOtherEnsembles(tx, batch, fates);
  await leaveUnseen(tx, batch, fates);
  await refuseDangling(tx, batch, fates);
  if (fates.size === 0) await tx.insertStaged();
  else {
    const left = batch.units.filter((unit) => !fates.has(unit));
    for (const [name, values] of sortedRows(left.map((unit) => unit.content))) await tx.insert(name, values);
  }
  return fates;
}

interface Looked {
  readonly batch: Batch;
  readonly existing: ReadonlySet<string>;
  readonly fates: Fates;
}

async function refuseExisting(tx: Transaction, { batch, existing, fates }: Looked): Promise<void> {
  for (const [unit, fate] of await recordsAlike(tx, batch)) fates.set(unit, fate);
  if (existing.size === 0) return;
  for (const unit of batch.units) {
    const there = unit.content.records.filter(({ id }) => existing.has(id));
    if (there.length > 0) fates.set(unit, refused(there.map((record) => recordExists(unit.file, record))));
  }
}

async function refuseDangling(tx: Transaction, batch: Batch, fates: Fates): Promise<void> {
  const { ids, elsewhere } = batch;
  // What a refused unit would have brought may be in the store all the same: that is why it is refused.
  const asked = fates.size === 0 ? elsewhere : [...elsewhere, ...ids];
  const stored = asked.length > 0 ? await tx.existingIds(asked) : new Set<string>();
  if (fates.size === 0 && stored.size === elsewhere.length) return;
  for (const [unit, fate] of danglingIn(batch, fates, stored)) fates.set(unit, fate);
}

/** The way to find out which unit holds the row that the store refuses: each in a savepoint, row by row. */
export async function writeOneByOne(tx: Transaction, batch: Batch): Promise<Fates> {
  const fates: Fates = new Map();
  await refuseExisting(tx, { batch, existing: await tx.existingIds(batch.ids), fates });
  await refuseOtherEnsembles(tx, batch, fates);
  await leaveUnseen(tx, batch, fates);
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
