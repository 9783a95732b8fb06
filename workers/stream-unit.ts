import { sortedRows } from '../src/kosh/batch.js';
import { insertRowByRow } from '../src/kosh/check-units.js';
import { settleEnsembles } from '../src/kosh/ensemble-rules.js';
import { meetExisting, type NewRows, UnitPlan } from '../src/kosh/existing.js';
import { DirectView } from '../src/kosh/store-view.js';
import { type Joined, transact } from '../src/kosh/transact.js';
import {
  addContents,
  type Contents,
  emptyContents,
  type Fate,
  lacking,
  listedRejects,
  noneExisting,
  type Outcome,
  refused,
  type WriteOptions,
} from '../src/kosh/unit-fate.js';
import { missingEndpoints, recordAlike, recordExists, recordTwice, rowExists, unkept } from '../src/kosh/unit-rejects.js';
import type { Part, Reject, Unit } from '../src/sources/source.js';
import { type Connection, RowConflict, type Transaction } from '../src/stores/connection.js';

export type StreamedUnit = Unit & { readonly content: () => AsyncIterable<Part> };

export interface StreamOptions extends WriteOptions {
  /** Told how many records have been read, part by part. */
  readonly onRecords: (count: number) => void;
}

/** Ends the transaction of a unit that cannot be inserted. */
class Refusal extends Error {
  constructor(
    readonly fate: Fate,
    /** Ids that relationships of the unit name and that no record has. */
    readonly missing: ReadonlySet<string> = new Set(),
  ) {
    super('refused');
  }
}

/** Reads a unit that is too large for memory and writes it as it is read, in one transaction. */
export async function streamUnit(joined: Joined, unit: StreamedUnit, options: StreamOptions): Promise<Outcome> {
  const { signal, onWritten } = options;
  const write = (rowByRow: boolean) =>
    transact(
      joined,
      async (tx) => {
        const outcome = await writeParts(tx, joined.connection, unit, { ...options, rowByRow });
        await onWritten?.(tx, new Map([[unit, outcome]]));
        return outcome;
      },
      { signal },
    );
  try {
    return await write(false).catch((error: unknown) => {
      if (!(error instanceof RowConflict)) throw error;
      return write(true);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...(await survey(unit, error)), existing: noneExisting };
  }
}

interface PartOptions extends StreamOptions {
  readonly rowByRow: boolean;
}

async function writeParts(
  tx: Transaction,
  connection: Connection,
  unit: StreamedUnit,
  { signal, onRecords, rowByRow, ifExists, info }: PartOptions,
): Promise<Outcome> {
  const contents = emptyContents();
  const view = new DirectView(tx);
  const problems = connection.problems.bind(connection);
  const plan = ifExists === 'error' ? undefined : new UnitPlan({ file: unit.file, ifExists, info, problems });
  for await (const part of unit.content()) {
    signal.throwIfAborted();
    addContents(contents, part);
    const rejects = part.rejects.length > 0 ? part.rejects : unkept(connection, unit.file, part);
    if (rejects.length > 0) throw new Refusal(refused(rejects));
    if (plan) await refuseAlike(tx, unit, part);
    else await refuseTaken(tx, unit, part);
    const fresh = plan ? await meetExisting(view, part, plan) : part;
    // What is in the way is listed to the end; nothing of it is kept.
    if (!plan || plan.rejects.length === 0) await insertPart(tx, unit, fresh, rowByRow);
    onRecords(part.read.records);
  }
  if (plan) {
    await settleEnsembles(view, plan);
    if (plan.rejects.length > 0) throw new Refusal(refused(plan.rejects));
  }
  await refuseDangling(tx);
  return { contents, existing: plan?.existing ?? noneExisting };
}

async function insertPart(tx: Transaction, unit: StreamedUnit, rows: NewRows, rowByRow: boolean): Promise<void> {
  if (rowByRow) await insertNamingConflicts(tx, unit, rows);
  else for (const [name, values] of sortedRows([rows])) await tx.insert(name, values);
}

async function refuseTaken(tx: Transaction, unit: StreamedUnit, { records }: Part): Promise<void> {
  const ids = new Set<string>();
  const twins = records.filter(({ id }) => ids.size === ids.add(id).size);
  if (twins.length > 0) throw new Refusal(refused(twins.map((record) => recordTwice(unit.file, record))));
  const existing = await tx.existingIds([...ids]);
  if (existing.size === 0) return;
  const rejects = records.filter(({ id }) => existing.has(id)).map((record) => recordExists(unit.file, record));
  throw new Refusal(refused(rejects));
}

async function refuseAlike(tx: Transaction, unit: StreamedUnit, { records }: Part): Promise<void> {
  const alike = await tx.lookalikes([...new Set(records.map(({ id }) => id))]);
  const rejects = records.flatMap((record) => {
    const other = alike.get(record.id);
    return other === undefined ? [] : [recordAlike(unit.file, record, other)];
  });
  if (rejects.length > 0) throw new Refusal(refused(rejects));
}

async function insertNamingConflicts(tx: Transaction, unit: StreamedUnit, part: NewRows): Promise<void> {
  try {
    await insertRowByRow(tx, sortedRows([part]));
  } catch (error) {
    if (!(error instanceof RowConflict && error.row)) throw error;
    throw new Refusal(refused([rowExists(unit.file, error.insert, error.row, part)]));
  }
}

async function refuseDangling(tx: Transaction): Promise<void> {
  const dangling = await tx.danglingRelationships();
  if (dangling.length === 0) return;
  const ids = dangling.flatMap(({ subject, object }) => [subject, object]);
  const existing = await tx.existingIds(ids);
  throw new Refusal(lacking([]), new Set(ids.filter((id) => !existing.has(id))));
}

/** Reads a refused unit again, outside of any lock: how much it holds, and everything that is wrong with it. */
async function survey(unit: StreamedUnit, { fate, missing }: Refusal): Promise<{ contents: Contents; fate: Fate }> {
  const contents = emptyContents();
  const rejects: Reject[] = [];
  const lacks: Reject[] = [];
  for await (const part of unit.content()) {
    addContents(contents, part);
    rejects.push(...part.rejects);
    for (const relationship of part.relationships) {
      if (lacks.length < listedRejects) lacks.push(...missingEndpoints(unit.file, relationship, (id) => !missing.has(id)));
    }
  }
  if (rejects.length > 0) return { contents, fate: refused(rejects) };
  return { contents, fate: fate.lacksRecord ? lacking(lacks) : fate };
}
