import { type ExactValue, parseExact } from './exact-json.js';
import { child, isObject } from './problems.js';

/** A place at which two JSON texts do not say the same; undefined stands for a member or element that is not there. */
export interface JsonDifference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly found: ExactValue | undefined;
  readonly expected: ExactValue | undefined;
}

/** Where Kosh stamps what it changes. */
const stamped = '/user_defined/kosh_information';

/**
 * Where the texts of two records differ, the first `limit` places, as JSON: neither the order of keys nor white space counts, numbers are equal by
 * value, whole numbers exactly. Kosh's stamps (`*_last_modified`, `last_update_from_db`) are passed over. Throws when one of the texts is not JSON.
 */
export function compareRaw(found: string, expected: string, limit: number): JsonDifference[] {
  if (found === expected) return [];
  const differences: JsonDifference[] = [];
  compare({ found: parseExact(found), expected: parseExact(expected), pointer: '' }, differences, limit);
  return differences;
}

function compare(pair: JsonDifference, into: JsonDifference[], limit: number): void {
  const { found, expected, pointer } = pair;
  if (into.length >= limit) return;
  if (Array.isArray(found) && Array.isArray(expected)) {
    for (let n = 0; n < Math.max(found.length, expected.length); n++) {
      compare({ found: found[n], expected: expected[n], pointer: child(pointer, n) }, into, limit);
    }
  } else if (isObject(found) && isObject(expected)) {
    for (const key of new Set([...keysOf(expected, pointer), ...keysOf(found, pointer)])) {
      const at = child(pointer, key);
      compare({ found: member(found, key, at), expected: member(expected, key, at), pointer: at }, into, limit);
    }
  } else if (!isSame(found, expected)) into.push(pair);
}

function keysOf(object: object, pointer: string): string[] {
  const keys = Object.keys(object);
  return pointer === stamped ? keys.filter((key) => !isStamp(key)) : keys;
}

/** By which Kosh cleans a record that it exports (`cleanup_sina_record_from_kosh_sync`). */
export function isStamp(key: string): boolean {
  return key.endsWith('last_modified') || key === 'last_update_from_db';
}

/** A record that has no stamps may lack the place for them. */
function member(object: Record<string, ExactValue>, key: string, pointer: string): ExactValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : pointer === stamped ? {} : undefined;
}

function isSame(one: ExactValue | undefined, other: ExactValue | undefined): boolean {
  if (!isNumber(one) || !isNumber(other)) return one === other;
  // Equal by value, also a bigint and a double.
  return !(one < other) && !(one > other);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

const shownCharacters = 200;

/** A value as a report shows it: JSON, its start when it is long; null for what is not there. */
export function shownValue(value: ExactValue | undefined): string | null {
  return value === undefined ? null : cut(textOf(value));
}

/** The start of a text that is long. */
export function cut(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}

function textOf(value: ExactValue): string {
  if (typeof value === 'bigint') return String(value);
  // Short, however long the list is.
  if (Array.isArray(value)) return `[${value.slice(0, shownCharacters).map(textOf).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .slice(0, shownCharacters)
    .map(([key, item]) => `${JSON.stringify(key)}:${textOf(item as ExactValue)}`)
    .join(',')}}`;
}
