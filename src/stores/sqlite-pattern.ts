import type { Relationship } from '../records/types.js';
import type { RelationshipPattern } from './connection.js';

/** The WHERE of relationships in SQLite, with its values; those behind `after` in order of subject, object, predicate. */
export function patternSql({ subject, predicate, object }: RelationshipPattern, after?: Relationship) {
  const conditions: string[] = [];
  const values: string[] = [];
  const add = (condition: string, ...bound: string[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (typeof subject === 'string') add('subject_id = ?', subject);
  else if (subject) add('subject_id IN (SELECT value FROM json_each(?))', JSON.stringify(subject));
  if (predicate !== undefined) add('predicate = ?', predicate);
  if (object !== undefined) add('object_id = ?', object);
  if (after) add('(subject_id, object_id, predicate) > (?, ?, ?)', after.subject, after.object, after.predicate);
  return { where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`, values };
}
