import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { defaultStoreInfo, storeInfoFrom, storeInfoId, storeInfoType } from '../records/kosh.js';
import type { InsertName, Problem, Rows, SqlValue } from '../records/types.js';
import type { StoreCheck } from './check-sql.js';
import type { Awaitable, Connection, DryRun, Reader, Transaction, TransactionHooks } from './connection.js';
import { DryRunReader } from './dry-run-reader.js';
import { DryRunTransaction, type Insertion, keptOf, sumOf } from './dry-run-transaction.js';
import { openSqlite } from './sqlite.js';

/** Rows that are really inserted to see how long that takes. */
const sampleRows = 20_000;

/** The throw-away store of a dry run, in the folder that all connections share. */
export function openBeside(folder: string): Connection {
  // It is gone with the process: nothing of it has to last.
  const sqlite = { journalMode: 'memory', synchronous: 'off' } as const;
  return openSqlite(join(folder, 'beside.sqlite'), { busyTimeoutMs: 5000, bulk: true, sqlite });
}

/**
 * A connection to a store that is not written: what a load would insert is put into a throw-away store beside it as far as later checks need it, and counted. To
 * who uses it, both are one store.
 */
export class DryRunConnection implements Connection {
  readonly #real: Connection | undefined;
  readonly #beside: Connection;
  readonly #dryRun: DryRun;
  /** Undefined before the tables of the real store were looked at. */
  #hasTables: boolean | undefined;
  /** Types of records whose text is looked at again. */
  readonly #rawTypes = new Set<string>([defaultStoreInfo.ensemblesType, storeInfoType]);
  #staged: ReadonlyMap<InsertName, readonly SqlValue[]> = new Map();
  #sampled = 0;

  /** `real`: the store, opened for reading alone; undefined when there is none yet. */
  constructor(real: Connection | undefined, dryRun: DryRun) {
    this.#real = real;
    this.#dryRun = dryRun;
    this.#beside = openBeside(dryRun.folder);
  }

  async transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    let inserted: readonly Insertion[] = [];
    const result = await this.#beside.transaction(
      (beside) =>
        this.#withReal(async (real) => {
          const { tx, value } = await this.#run(work, beside, real);
          inserted = tx.inserted;
          return value;
        }, hooks.signal),
      hooks,
    );
    if (inserted.length > 0) this.#dryRun.onCommit({ ...sumOf(inserted), ...(await this.#sample(inserted)) });
    return result;
  }

  async #run<T>(work: (tx: Transaction) => Awaitable<T>, beside: Transaction, real: Reader | undefined) {
    const keepsRaw = (type: string) => this.#dryRun.keepsRaw === true || this.#rawTypes.has(type);
    const tx = new DryRunTransaction({ beside, real, staged: this.#staged, keepsRaw });
    return { tx, value: await work(tx) };
  }

  read<T>(work: (reader: Reader) => Awaitable<T>, hooks: Omit<TransactionHooks, 'onBegin' | 'runs'> = {}): Promise<T> {
    const readBoth = async (beside: Reader) => await this.#withReal((real) => work(new DryRunReader(beside, real)), hooks.signal);
    return this.#beside.read(readBoth, hooks);
  }

  /** A reader of the real store for `work`, if it has tables. */
  async #withReal<T>(work: (real: Reader | undefined) => Awaitable<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!this.#real || !(await this.#looked(this.#real, signal))) return work(undefined);
    return this.#real.read(work, { signal });
  }

  async #looked(real: Connection, signal: AbortSignal | undefined): Promise<boolean> {
    this.#hasTables ??= await real.read(
      async (reader) => {
        if ((await real.schema()) === 'none') return false;
        const stored = await reader.records([storeInfoId]);
        this.#rawTypes.add(storeInfoFrom(stored.get(storeInfoId)?.raw ?? '{}').ensemblesType);
        return true;
      },
      { signal },
    );
    return this.#hasTables;
  }

  /** Inserts the first rows of all into a store of their own, as a load would, and answers how long that took. */
  async #sample(insertions: readonly Insertion[]): Promise<{ sampleRows: number; sampleMs: number }> {
    if (this.#sampled >= sampleRows) return { sampleRows: 0, sampleMs: 0 };
    const { rows } = sumOf(insertions);
    this.#sampled += rows;
    const connection = openSqlite(join(this.#dryRun.folder, `sample-${randomUUID()}.sqlite`), { busyTimeoutMs: 0, bulk: true });
    try {
      await connection.transaction(() => connection.createSchema());
      const startedMs = performance.now();
      await connection.transaction(async (tx) => {
        for (const [name, values] of insertions) await tx.insert(name, values);
      });
      return { sampleRows: rows, sampleMs: performance.now() - startedMs };
    } finally {
      await connection.close();
    }
  }

  async stage(rows: ReadonlyMap<InsertName, readonly SqlValue[]>): Promise<void> {
    this.#staged = rows;
    const kept = new Map<InsertName, SqlValue[]>();
    for (const [name, values] of rows) {
      const own = keptOf(name, values, (type) => this.#dryRun.keepsRaw === true || this.#rawTypes.has(type));
      if (own) kept.set(name, own);
    }
    await this.#beside.stage(kept);
  }

  /** What only the tables of the real store know; nothing before it has any. */
  problems(rows: Rows): readonly Problem[] {
    return this.#hasTables ? (this.#real?.problems(rows) ?? []) : [];
  }

  async schema(): Promise<'none' | 'sina'> {
    return this.#beside.schema();
  }

  /** Only in the throw-away store. */
  async createSchema(): Promise<void> {
    await this.#beside.createSchema();
  }

  async createJournal(): Promise<void> {
    await this.#beside.createJournal();
  }

  check(hooks?: Parameters<Connection['check']>[0]): Promise<StoreCheck> {
    return (this.#real ?? this.#beside).check(hooks);
  }

  async close(): Promise<void> {
    await this.#beside.close();
    await this.#real?.close();
  }
}
