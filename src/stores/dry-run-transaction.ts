import { type InsertName, inserts, type Relationship, type Rows, type SqlValue } from '../records/types.js';
import { type Awaitable, type Reader, RowConflict, type Transaction } from './connection.js';
import { DryRunReader } from './dry-run-reader.js';
import type { Journal } from './journal.js';
import { countRows, type RowCounts } from './row-bytes.js';
import { UnseenEnds } from './unseen-ends.js';

/** Rows of one insert. */
export type Insertion = readonly [name: InsertName, values: readonly SqlValue[]];

/** What a transaction of a dry run works with. */
export interface DryRunSetup {
  readonly beside: Transaction;
  readonly real: Reader | undefined;
  /** The rows that are staged, as they would go into the real store. */
  readonly staged: ReadonlyMap<InsertName, readonly SqlValue[]>;
  /** Whether the text of a record of this type is needed again. */
  readonly keepsRaw: (type: string) => boolean;
}

/**
 * What can be done to a store in a dry run. Records and relationships go into the throw-away store, by which later ones are checked; all other rows are
 * counted. What is in the real store already is a conflict, as it would be there.
 */
export class DryRunTransaction extends DryRunReader implements Transaction {
  readonly #setup: DryRunSetup;
  readonly #unseen = new UnseenEnds((ids) => this.existingIds(ids));
  /** What has been inserted, in order. */
  #inserted: Insertion[] = [];

  constructor(setup: DryRunSetup) {
    super(setup.beside, setup.real);
    this.#setup = setup;
  }

  override get journal(): Journal {
    return this.#setup.beside.journal;
  }

  get inserted(): readonly Insertion[] {
    return this.#inserted;
  }

  async insert(name: InsertName, values: readonly SqlValue[]): Promise<void> {
    await this.#refuseReal(name, values);
    if (name === 'relationship') await this.#unseen.hold(values);
    const kept = keptOf(name, values, this.#setup.keepsRaw);
    if (kept) await this.#setup.beside.insert(name, kept);
    this.#inserted.push([name, values]);
  }

  async insertStaged(): Promise<void> {
    for (const insertion of this.#setup.staged) await this.#refuseReal(...insertion);
    await this.#setup.beside.insertStaged();
    for (const insertion of this.#setup.staged) this.#inserted.push(insertion);
    await this.#unseen.hold(this.#setup.staged.get('relationship') ?? []);
  }

  /** Throws the conflict that the real store would answer. */
  async #refuseReal(name: InsertName, values: readonly SqlValue[]): Promise<void> {
    const { real } = this;
    if (!real || (name !== 'record' && name !== 'relationship')) return;
    const rows = rowsOf(name, values);
    const ids = rows.flatMap((row) => (name === 'record' ? [row[0]] : [row[0], row[1]])) as string[];
    const there = await real.existingIds([...new Set(ids)]);
    for (const row of rows) {
      const [one, other, predicate] = row as [string, string, string];
      const isTaken =
        name === 'record'
          ? there.has(one)
          : there.has(one) &&
            there.has(other) &&
            (await real.relationships({ subject: one, object: other, predicate })).length > 0;
      if (isTaken) throw new RowConflict(name, rows.length === 1 ? row : undefined, undefined);
    }
  }

  async replaceRecord(rows: Rows): Promise<void> {
    const kept = keptOf('record', rows.record ?? [], this.#setup.keepsRaw) ?? [];
    const isBeside = (await this.#setup.beside.existingIds([String(kept[0])])).size > 0;
    if (isBeside) await this.#setup.beside.replaceRecord({ record: kept });
    else await this.#setup.beside.insert('record', kept);
    for (const name of Object.keys(rows) as InsertName[]) this.#inserted.push([name, rows[name] as SqlValue[]]);
  }

  deleteRecords(): never {
    throw new Error('a dry run deletes nothing');
  }

  deleteRelationships(): never {
    throw new Error('a dry run deletes nothing');
  }

  deleteAll(): never {
    throw new Error('a dry run deletes nothing');
  }

  danglingRelationships(): Promise<Relationship[]> {
    return this.#unseen.dangling();
  }

  async savepoint<T>(work: () => Awaitable<T>): Promise<T> {
    const [inserted, unseen] = [this.#inserted.length, this.#unseen.length];
    try {
      return await this.#setup.beside.savepoint(work);
    } catch (error) {
      this.#inserted = this.#inserted.slice(0, inserted);
      this.#unseen.forget(unseen);
      throw error;
    }
  }
}

/** What of the rows the throw-away store keeps; undefined for nothing. */
export function keptOf(
  name: InsertName,
  values: readonly SqlValue[],
  keepsRaw: (type: string) => boolean,
): SqlValue[] | undefined {
  if (name === 'relationship') return [...values];
  if (name !== 'record') return undefined;
  return rowsOf(name, values).flatMap(([id = null, type = null, raw = null]) => [id, type, keepsRaw(String(type)) ? raw : '']);
}

/** About what the store would grow by. */
export function sumOf(insertions: readonly Insertion[]): RowCounts {
  let [rows, bytes] = [0, 0];
  for (const [name, values] of insertions) {
    const counts = countRows(name, values);
    rows += counts.rows;
    bytes += counts.bytes;
  }
  return { rows, bytes };
}

function rowsOf(name: InsertName, values: readonly SqlValue[]): SqlValue[][] {
  const width = inserts[name].columns.length;
  return Array.from({ length: values.length / width }, (_, n) => values.slice(n * width, (n + 1) * width));
}
