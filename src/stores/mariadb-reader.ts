import type { Relationship, SqlValue } from '../records/types.js';
import { collationFolds } from './column-rules.js';
import type {
  Found,
  FoundRecord,
  Reader,
  RecordQuery,
  RecordSize,
  RecordUse,
  RelationshipPage,
  RelationshipPattern,
  StoredRecord,
} from './connection.js';
import { findSql, type ListSql } from './find-sql.js';
import { findLookalikes } from './lookalikes.js';
import type { Answer } from './mariadb-client.js';
import { leavesTransaction } from './mariadb-errors.js';
import { MariadbJournal } from './mariadb-journal.js';
import type { SchemaFacts } from './mariadb-schema.js';
import type { MariadbSession } from './mariadb-session.js';
import { mariadbStatistics } from './mariadb-statistics.js';
import { quoteColumn, type Table } from './schema.js';
import type { StatisticsQuery, StoreStatistics } from './statistics.js';

/** Ids in one statement. From 1000 on the server makes a table of them, and a read that locks would lock more than those rows. */
const idsAStatement = 500;

const list: ListSql = (texts) =>
  texts.length === 0 ? { sql: '(SELECT id FROM "Record" WHERE FALSE)', values: [] } : { sql: marks(texts.length), values: texts };

/**
 * How a transaction reads what it may change. By the primary key: in a small table the server would rather look through all rows, and wait for those that others
 * have inserted.
 */
const locks = { 'to read': ' LOCK IN SHARE MODE', 'to change': ' FOR UPDATE' } as const satisfies Record<RecordUse, string>;

const anyText = 'CONVERT(? USING utf8mb4) COLLATE utf8mb4_nopad_bin';

function isBeyondLatin1(value: unknown): boolean {
  return typeof value === 'string' && /[^\0-\xff]/.test(value);
}

/** Begins a transaction that sees one state of the store. */
export async function beginSnapshot(session: MariadbSession): Promise<void> {
  await Promise.all([
    session.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'),
    session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'),
  ]);
}

/** What a reader works with. */
export interface ReaderSetup {
  /** Undefined before the tables have been looked at. */
  readonly schema: SchemaFacts | undefined;
  /** It belongs to a transaction that writes: what it reads is locked. */
  readonly writes: boolean;
}

/** What can be read, in a session that has begun a transaction. A new one for each transaction. */
export class MariadbReader implements Reader {
  readonly journal: MariadbJournal;
  protected readonly session: MariadbSession;
  protected readonly schema: SchemaFacts | undefined;
  readonly #writes: boolean;
  #failure: { readonly error: unknown } | undefined;

  constructor(session: MariadbSession, { schema, writes }: ReaderSetup) {
    this.session = session;
    this.schema = schema;
    this.#writes = writes;
    const query = (sql: string, values?: readonly unknown[]) => this.query(sql, values);
    const batch: MariadbSession['batch'] = (sql, rows) => this.send(() => session.batch(sql, rows));
    this.journal = new MariadbJournal({ query, batch }, { writes });
  }

  /** Throws when something has ended the transaction, whatever its work made of it. */
  assertOpen(): void {
    if (this.#failure) throw this.#failure.error;
  }

  async existingIds(ids: readonly string[]): Promise<Set<string>> {
    const asked = new Set(ids);
    const there = new Set<string>();
    for (const some of slices(ids)) {
      const rows = await this.#select(
        `SELECT id FROM "Record" FORCE INDEX (PRIMARY) WHERE id IN ${marks(some.length)}${this.#lock()}`,
        some,
      );
      // The collation of another's tables may find more than was asked for.
      for (const { id } of rows) if (asked.has(id as string)) there.add(id as string);
    }
    return there;
  }

  async lookalikes(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const kind = this.schema?.ids;
    return kind && collationFolds(kind.collation)
      ? findLookalikes(ids, kind, (sql, values) => this.query(sql, values))
      : new Map();
  }

  async records(ids: readonly string[], use?: RecordUse): Promise<Map<string, StoredRecord>> {
    const asked = new Set(ids);
    const records = new Map<string, StoredRecord>();
    for (const some of slices(ids)) {
      const rows = await this.#select(
        `SELECT id, type, raw FROM "Record" FORCE INDEX (PRIMARY) WHERE id IN ${marks(some.length)} ORDER BY id${this.#lock(use)}`,
        some,
      );
      for (const { id, type, raw } of rows as unknown as (Omit<StoredRecord, 'raw'> & { raw: string | Buffer | null })[]) {
        if (asked.has(id)) records.set(id, { id, type, raw: String(raw ?? '') });
      }
    }
    return records;
  }

  async relationships(pattern: RelationshipPattern, page?: RelationshipPage): Promise<Relationship[]> {
    const { where, values } = patternSql(pattern, page?.after);
    const limit = page ? ` LIMIT ${Math.trunc(page.limit)}` : '';
    const rows = await this.#select(
      `SELECT subject_id AS subject, predicate, object_id AS object FROM "Relationship"${where}
       ORDER BY subject_id, object_id, predicate${limit}`,
      values,
    );
    return [...rows] as unknown as Relationship[];
  }

  async find(query: RecordQuery): Promise<Found> {
    const { sql, values } = findSql(query, list);
    const records = (await this.#select(sql, values)) as unknown as readonly FoundRecord[];
    return { count: records.length, page: (from, limit) => records.slice(from, from + limit), close: () => {} };
  }

  statistics(query: StatisticsQuery): Promise<StoreStatistics> {
    const { isClustered } = this.session.facts;
    const texts = this.schema?.ids;
    return mariadbStatistics({ isClustered, texts, query: (sql, values) => this.#select(sql, values) }, query);
  }

  async rowsOf({ name, columns }: Table, ids: readonly string[]): Promise<SqlValue[][]> {
    const asked = new Set(ids);
    const found: SqlValue[][] = [];
    const list = columns.map((column) => quoteColumn(column.name)).join(', ');
    for (const some of slices(ids)) {
      const rows = await this.#select(`SELECT ${list} FROM "${name}" WHERE id IN ${marks(some.length)}`, some);
      // Of tables of Sina's own, JSON may be binary.
      for (const row of rows) {
        if (asked.has(row.id as string))
          found.push(Object.values(row).map((value) => (Buffer.isBuffer(value) ? String(value) : (value as SqlValue))));
      }
    }
    return found;
  }

  /** An id that comes from the column needs no other comparison than the column's own, by which its index is ordered. */
  async recordsAfter(after: string | undefined, limit: number): Promise<RecordSize[]> {
    const where = after === undefined ? '' : ' WHERE id > ?';
    const rows = await this.query(
      `SELECT id, coalesce(octet_length(raw), 0) AS bytes FROM "Record"${where} ORDER BY id LIMIT ${Math.trunc(limit)}`,
      after === undefined ? [] : [after],
    );
    return [...rows] as unknown as RecordSize[];
  }

  #lock(use: RecordUse = 'to read'): string {
    return this.#writes ? locks[use] : '';
  }

  /** A text that a column of latin1 cannot hold is compared as what it is: the server would rather refuse the comparison than find nothing. */
  #select(sql: string, values: readonly unknown[] = []): Promise<Answer> {
    if (!values.some(isBeyondLatin1)) return this.query(sql, values);
    const [first = '', ...others] = sql.split('?');
    return this.query(first + others.map((text, n) => (isBeyondLatin1(values[n]) ? anyText : '?') + text).join(''), values);
  }

  protected query(sql: string, values?: readonly unknown[]): Promise<Answer> {
    return this.send(() => this.session.query(sql, values));
  }

  /** Runs a statement; one that has ended the transaction is the last. */
  protected async send<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#failure) throw new Error('the transaction has ended', { cause: this.#failure.error });
    try {
      return await statement();
    } catch (error) {
      if (!leavesTransaction(error)) this.endWith(error);
      throw error;
    }
  }

  /** Nothing more is done in this transaction, and it is not committed. */
  protected endWith(error: unknown): void {
    this.#failure = { error };
  }

  protected get hasEnded(): boolean {
    return this.#failure !== undefined;
  }
}

/** Place-holders for a list of values. */
export function marks(count: number): string {
  return `(${new Array(count).fill('?').join(', ')})`;
}

/** Some ids at a time, in order, so that two transactions lock the same records in the same order. */
export function* slices(ids: readonly string[]): Generator<string[]> {
  const sorted = [...new Set(ids)].sort();
  for (let from = 0; from < sorted.length; from += idsAStatement) yield sorted.slice(from, from + idsAStatement);
}

/** The WHERE of relationships; those behind `after` are looked for from its subject on. */
export function patternSql({ subject, predicate, object }: RelationshipPattern, after?: Relationship) {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, ...bound: SqlValue[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (typeof subject === 'string') add('subject_id = ?', subject);
  else if (subject) {
    const within = list(subject);
    add(`subject_id IN ${within.sql}`, ...within.values);
  }
  if (predicate !== undefined) add('predicate = ?', predicate);
  if (object !== undefined) add('object_id = ?', object);
  if (after) {
    // The first condition is for the index: a comparison of rows does not use it.
    add('subject_id >= ?', after.subject);
    add('(subject_id, object_id, predicate) > (?, ?, ?)', after.subject, after.object, after.predicate);
  }
  return { where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`, values };
}
