import type { Criterion, DataRange } from '../records/criteria.js';
import type { SqlValue } from '../records/types.js';
import type { RecordQuery } from './connection.js';

/** A condition with a `?` for each value. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** How an engine writes a list of texts, also an empty one, behind IN. */
export type ListSql = (texts: readonly string[]) => Condition;

/** The SELECT of the ids and types of the records that a query means, in order of their ids. */
export function findSql(query: RecordQuery, list: ListSql): Condition {
  const conditions = [...dataConditions(query, list), ...otherConditions(query, list)];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  return {
    sql: `SELECT id, type FROM "Record"${where} ORDER BY id`,
    values: conditions.flatMap(({ values }) => values),
  };
}

function dataConditions({ data = {} }: RecordQuery, list: ListSql): Condition[] {
  return Object.entries(data).map(([name, criterion]) => dataCondition(name, criterion, list));
}

/** Sina's tables in which a name can stand; a list of texts by its entries, as in Sina. */
const dataTables = ['ScalarData', 'StringData', 'ListScalarData', 'ListStringDataEntry'] as const;

function dataCondition(name: string, criterion: Criterion, list: ListSql): Condition {
  if (typeof criterion !== 'object') {
    const table = typeof criterion === 'string' ? 'StringData' : 'ScalarData';
    const value = typeof criterion === 'boolean' ? Number(criterion) : criterion;
    return inTable(table, 'name = ? AND value = ?', [name, value]);
  }
  switch (criterion.kind) {
    case 'exists': {
      const selects = dataTables.map((table) => `SELECT id FROM "${table}" WHERE name = ?`);
      return { sql: `id IN (${selects.join(' UNION ALL ')})`, values: dataTables.map(() => name) };
    }
    case 'range': {
      const isText = typeof (criterion.range.min ?? criterion.range.max) === 'string';
      return rangeCondition(isText ? 'StringData' : 'ScalarData', name, { range: criterion.range, low: 'value', high: 'value' });
    }
    case 'allIn':
      return rangeCondition('ListScalarData', name, { range: criterion.range, low: 'min', high: 'max' });
    case 'anyIn':
      return rangeCondition('ListScalarData', name, { range: criterion.range, low: 'max', high: 'min' });
    case 'hasAny': {
      const any = list(criterion.values);
      return inTable('ListStringDataEntry', `name = ? AND value IN ${any.sql}`, [name, ...any.values]);
    }
    case 'hasAll': {
      const each = criterion.values.map((value) => inTable('ListStringDataEntry', 'name = ? AND value = ?', [name, value]));
      return { sql: each.map(({ sql }) => sql).join(' AND '), values: each.flatMap(({ values }) => values) };
    }
  }
}

interface Bounds {
  readonly range: DataRange;
  /** Column that the lower bound is compared with. */
  readonly low: string;
  readonly high: string;
}

function rangeCondition(table: string, name: string, { range, low, high }: Bounds): Condition {
  const parts = ['name = ?'];
  const values: SqlValue[] = [name];
  if (range.min !== undefined) {
    parts.push(`${low} ${range.minInclusive ? '>=' : '>'} ?`);
    values.push(range.min);
  }
  if (range.max !== undefined) {
    parts.push(`${high} ${range.maxInclusive ? '<=' : '<'} ?`);
    values.push(range.max);
  }
  return inTable(table, parts.join(' AND '), values);
}

function inTable(table: string, where: string, values: readonly SqlValue[]): Condition {
  return { sql: `id IN (SELECT id FROM "${table}" WHERE ${where})`, values };
}

function otherConditions({ types, ids, fileUri, subjectOf }: RecordQuery, list: ListSql): Condition[] {
  const conditions: Condition[] = [];
  const within = (column: string, texts: readonly string[]) => {
    const { sql, values } = list(texts);
    conditions.push({ sql: `${column} ${sql}`, values });
  };
  if (types && 'in' in types) within('type IN', types.in);
  if (types && 'notIn' in types) within('type NOT IN', types.notIn);
  if (ids) within('id IN', ids);
  if (fileUri !== undefined) {
    conditions.push(inTable('Document', fileUri.includes('%') ? 'uri LIKE ?' : 'uri = ?', [fileUri]));
  }
  if (subjectOf) {
    const sql = 'id IN (SELECT subject_id FROM "Relationship" WHERE object_id = ? AND predicate = ?)';
    conditions.push({ sql, values: [subjectOf.object, subjectOf.predicate] });
  }
  return conditions;
}
