import type { Relationship, SqlValue } from '../records/types.js';
import type {
  Found,
  Reader,
  RecordQuery,
  RecordSize,
  RecordUse,
  RelationshipPage,
  RelationshipPattern,
  StoredRecord,
} from './connection.js';
import type { JournalReader } from './journal.js';
import type { Table } from './schema.js';
import type { StatisticsQuery, StoreStatistics } from './statistics.js';

/** Reads what the real store holds together with what a dry run has put beside it. */
export class DryRunReader implements Reader {
  /** Of the throw-away store. */
  readonly #beside: Reader;
  /** Of the real one; undefined when it is not there, or has no tables yet. */
  protected readonly real: Reader | undefined;

  constructor(beside: Reader, real: Reader | undefined) {
    this.#beside = beside;
    this.real = real;
  }

  async existingIds(ids: readonly string[]): Promise<Set<string>> {
    const there = await this.#beside.existingIds(ids);
    return new Set([...there, ...((await this.real?.existingIds(ids)) ?? [])]);
  }

  /** Only the real store can take two ids for one. */
  async lookalikes(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return (await this.real?.lookalikes(ids)) ?? new Map();
  }

  async records(ids: readonly string[], use?: RecordUse): Promise<Map<string, StoredRecord>> {
    const real = (await this.real?.records(ids)) ?? new Map<string, StoredRecord>();
    return new Map([...real, ...(await this.#beside.records(ids, use))]);
  }

  async relationships(pattern: RelationshipPattern, page?: RelationshipPage): Promise<Relationship[]> {
    const beside = await this.#beside.relationships(pattern, page);
    const real = (await this.real?.relationships(pattern, page)) ?? [];
    const all = [...real, ...beside].sort((a, b) => compare(keyOf(a), keyOf(b)));
    return page ? all.slice(0, page.limit) : all;
  }

  async find(query: RecordQuery): Promise<Found> {
    const beside = await this.#beside.find(query);
    const real = await this.real?.find(query);
    if (!real) return beside;
    return {
      count: real.count + beside.count,
      page: async (from, limit) => {
        const first = await real.page(from, limit);
        const rest = limit - first.length;
        return rest === 0 ? first : [...first, ...(await beside.page(Math.max(0, from - real.count), rest))];
      },
      close: async () => {
        await real.close();
        await beside.close();
      },
    };
  }

  /** Of the real store, where there is one: a dry run leaves out what an interrupted load has done, and writes nothing down. */
  get journal(): JournalReader {
    return (this.real ?? this.#beside).journal;
  }

  /** Of the real store alone: a dry run does not keep these rows. */
  async rowsOf(table: Table, ids: readonly string[]): Promise<SqlValue[][]> {
    return (await this.real?.rowsOf(table, ids)) ?? [];
  }

  /** Of the real store alone. */
  async recordsAfter(after: string | undefined, limit: number): Promise<RecordSize[]> {
    return (await this.real?.recordsAfter(after, limit)) ?? [];
  }

  /** Of the real store alone, where there is one. */
  async statistics(query: StatisticsQuery): Promise<StoreStatistics> {
    return (this.real ?? this.#beside).statistics(query);
  }
}

function keyOf({ subject, object, predicate }: Relationship): readonly string[] {
  return [subject, object, predicate];
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((text, n) => text !== other[n]);
  return at === -1 ? 0 : (one[at] as string) < (other[at] as string) ? -1 : 1;
}
