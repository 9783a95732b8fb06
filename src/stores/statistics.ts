import type { SqlValue } from '../records/types.js';

/** What of a store is counted. */
export interface StatisticsQuery {
  /** Type of the records that have members. */
  readonly ensemblesType: string;
  /** Predicate from a member to its ensemble. */
  readonly ensemblePredicate: string;
  /** How many ensembles and how many attributes are listed, 1 or more. */
  readonly limit: number;
}

/** The first of a list, and how long it is. */
export interface Listed<T> {
  readonly total: number;
  readonly first: readonly T[];
}

/** An ensemble, and how many records are members of it. */
export interface EnsembleStatistics {
  readonly id: string;
  /** Its attribute `name`, where it has one. */
  readonly name: string | null;
  readonly members: number;
}

/** What a name stands for: a list of numbers and a curve have the same rows. */
export type AttributeKind = 'number' | 'text' | 'list of numbers or curve' | 'list of texts' | 'curve set';

/** A name of data, with how many records have it in this kind. */
export interface AttributeStatistics {
  readonly name: string;
  readonly kind: AttributeKind;
  /** Records that have it. */
  readonly count: number;
  /** Of numbers, also those in lists; else null. */
  readonly min: number | null;
  readonly max: number | null;
}

/** What holds the store. */
export type EngineStatistics =
  | {
      readonly name: 'SQLite';
      readonly version: string;
      readonly journalMode: string;
      /** Of the file as this transaction sees it, without a journal. */
      readonly bytes: number;
      /** Of these, free for what comes next. */
      readonly freeBytes: number;
    }
  | {
      readonly name: 'MariaDB';
      readonly version: string;
      /** A node of a Galera cluster. */
      readonly isClustered: boolean;
      /** Of tables and indexes, as the server estimates it. */
      readonly bytes: number;
      readonly tables: readonly { readonly name: string; readonly bytes: number }[];
    };

/** How much of what a store holds, counted row by row. The most frequent comes first. */
export interface StoreStatistics {
  readonly engine: EngineStatistics;
  readonly records: readonly { readonly type: string; readonly count: number }[];
  readonly relationships: readonly { readonly predicate: string; readonly count: number }[];
  readonly ensembles: Listed<EnsembleStatistics>;
  readonly attributes: Listed<AttributeStatistics>;
}

/** How an engine is asked. */
export interface StatisticsSql {
  query(sql: string, values?: readonly SqlValue[]): Promise<readonly Record<string, unknown>[]>;
  /** A column by which texts are grouped letter for letter. */
  exact(column: string): string;
}

interface AttributeTable {
  readonly table: string;
  readonly kind: AttributeKind;
  readonly low?: string;
  readonly high?: string;
}

const attributeTables: readonly AttributeTable[] = [
  { table: 'ScalarData', kind: 'number', low: 'min(value)', high: 'max(value)' },
  { table: 'StringData', kind: 'text' },
  { table: 'ListScalarData', kind: 'list of numbers or curve', low: 'min(min)', high: 'max(max)' },
  { table: 'ListStringDataMaster', kind: 'list of texts' },
  { table: 'CurveSetMeta', kind: 'curve set' },
];

/** Counts what the tables hold, in the same SQL for every engine. */
export async function countRows(sql: StatisticsSql, query: StatisticsQuery): Promise<Omit<StoreStatistics, 'engine'>> {
  const records = await counts(sql, 'Record', 'type');
  const relationships = await counts(sql, 'Relationship', 'predicate');
  return {
    records: records.map(({ text, count }) => ({ type: text, count })),
    relationships: relationships.map(({ text, count }) => ({ predicate: text, count })),
    ensembles: await ensembles(sql, query),
    attributes: await attributes(sql, query.limit),
  };
}

async function counts(sql: StatisticsSql, table: string, column: string): Promise<{ text: string; count: number }[]> {
  const rows = await sql.query(
    `SELECT min(${column}) AS text, count(*) AS n FROM "${table}" GROUP BY ${sql.exact(column)} ORDER BY n DESC, text`,
  );
  return rows.map(({ text, n }) => ({ text: String(text), count: Number(n) }));
}

async function ensembles(
  sql: StatisticsSql,
  { ensemblesType, ensemblePredicate, limit }: StatisticsQuery,
): Promise<Listed<EnsembleStatistics>> {
  const rows = await sql.query(
    `SELECT e.*, (SELECT value FROM "StringData" AS s WHERE s.id = e.id AND s.name = 'name') AS name FROM (
       SELECT r.id AS id, coalesce(m.n, 0) AS members, count(*) OVER () AS total FROM "Record" AS r
       LEFT JOIN (SELECT object_id, count(*) AS n FROM "Relationship" WHERE predicate = ? GROUP BY object_id) AS m ON m.object_id = r.id
       WHERE r.type = ? ORDER BY members DESC, id LIMIT ${Math.trunc(limit)}
     ) AS e ORDER BY members DESC, id`,
    [ensemblePredicate, ensemblesType],
  );
  return listed(rows, ({ id, name, members }) => ({
    id: String(id),
    name: name === null ? null : String(name),
    members: Number(members),
  }));
}

async function attributes(sql: StatisticsSql, limit: number): Promise<Listed<AttributeStatistics>> {
  const selects = attributeTables.map(
    ({ table, low = 'NULL', high = 'NULL' }, place) =>
      `SELECT ${place} AS place, min(name) AS name, count(*) AS n, ${low} AS low, ${high} AS high FROM "${table}" GROUP BY ${sql.exact('name')}`,
  );
  const rows = await sql.query(
    `SELECT place, name, n, low, high, count(*) OVER () AS total FROM (${selects.join(' UNION ALL ')}) AS a
     ORDER BY n DESC, name, place LIMIT ${Math.trunc(limit)}`,
  );
  return listed(rows, ({ place, name, n, low, high }) => ({
    name: String(name),
    kind: (attributeTables[Number(place)] as AttributeTable).kind,
    count: Number(n),
    min: low === null ? null : Number(low),
    max: high === null ? null : Number(high),
  }));
}

function listed<T>(rows: readonly Record<string, unknown>[], item: (row: Record<string, unknown>) => T): Listed<T> {
  return { total: Number(rows[0]?.total ?? 0), first: rows.map(item) };
}
