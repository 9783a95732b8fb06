import { sortedRows } from '../src/kosh/batch.js';
import { type Joined, transact } from '../src/kosh/transact.js';
import {
  addContents,
  type Contents,
  emptyContents,
  type Fate,
  lacking,
  listedRejects,
  missingEndpoints,
  recordExists,
  recordTwice,
  refused,
  rowExists,
  unkept,
} from '../src/kosh/unit-fate.js';
import { insertRowByRow } from '../src/kosh/write-units.js';
import type { Part, Reject, Unit } from '../src/sources/source.js';
import { type Connection, RowConflict, type Transaction } from '../src/stores/connection.js';

export type StreamedUnit = Unit & { readonly content: () => AsyncIterable<Part> };

export interface StreamOptions {
  readonly signal: AbortSignal;
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
export async function streamUnit(
  joined: Joined,
  unit: StreamedUnit,
  options: StreamOptions,
): Promise<{ contents: Contents; fate?: Fate }> {
  const write = (rowByRow: boolean) =>
    transact(joined, (tx) => writeParts(tx, joined.connection, unit, { ...options, rowByRow }), { signal: options.signal });
  try {
    const contents = await write(false).catch((error: unknown) => {
      if (!(error instanceof RowConflict)) throw error;
      return write(true);
    });
    return { contents };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return survey(unit, error);
  }
}

interface WriteOptions extends StreamOptions {
  readonly rowByRow: boolean;
}

async function writeParts(
  tx: Transaction,
  connection: Connection,
  unit: StreamedUnit,
  { signal, onRecords, rowByRow }: WriteOptions,
): Promise<Contents> {
  const contents = emptyContents();
  for await (const part of unit.content()) {
    signal.throwIfAborted();
    addContents(contents, part);
    const rejects = part.rejects.length > 0 ? part.rejects : unkept(connection, unit.file, part);
    if (rejects.length > 0) throw new Refusal(refused(rejects));
    await refuseTaken(tx, unit, part);
    if (rowByRow) await insertNamingConflicts(tx, unit, part);
    else for (const [name, values] of sortedRows([part])) await tx.insert(name, values);
    onRecords(part.read.records);
  }
  await refuseDangling(tx);
  return contents;
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

async function insertNamingConflicts(tx: Transaction, unit: StreamedUnit, part: Part): Promise<void> {
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
