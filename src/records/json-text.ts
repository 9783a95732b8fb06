import { IngestError } from '../errors.js';
import { syntaxProblem } from './json-syntax.js';
import { child, type Problems } from './problems.js';
import type { Members } from './types.js';

/** Levels of nesting that the value of a member may have. Sina's own JSON writer stops at 254 (orjson). */
export const maxDepth = 252;

const quote = 0x22;
const backslash = 0x5c;

/**
 * The members of the JSON object `text`, decoded key to compact text of the value, in order; of a repeated key the last
 * value at the place of the first, as in Python. Throws `ERR_NOT_JSON` when the text is not one well-formed JSON object.
 */
export function membersOf(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { details } = syntaxProblem(text, '');
    throw new IngestError('ERR_NOT_JSON', details.message, { hint: `Expected ${details.expected}, found ${details.found}.` });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new IngestError('ERR_NOT_JSON', 'not a JSON object', { hint: 'Give the text of an object, {...}.' });
  }
  return splitMembers(text);
}

/** The compact texts of the elements of a list whose text is known to be well formed. */
export function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let at = text.indexOf('[') + 1;
  while (at > 0) {
    const { value, end } = compact(text, at);
    if (value !== '') elements.push(value);
    at = text[end] === ',' ? end + 1 : 0;
  }
  return elements;
}

/** As {@link membersOf}, of the text of an object that is known to be well formed. */
export function splitMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    const keyStart = text.indexOf('"', at);
    if (keyStart === -1) return members;
    const keyEnd = stringEnd(text, keyStart);
    const colon = text.indexOf(':', keyEnd);
    const { value, end } = compact(text, colon + 1);
    members.set(JSON.parse(text.slice(keyStart, keyEnd)) as string, value);
    if (text[end] === '}') return members;
    at = end + 1;
  }
}

/** The compact text of the value that starts at `from`, up to the comma or brace that ends it. */
function compact(text: string, from: number): { value: string; end: number } {
  let runs = '';
  let start = from;
  let depth = 0;
  let i = from;
  for (; ; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) i = stringEnd(text, i) - 1;
    else if (c <= 0x20) {
      runs += text.slice(start, i);
      start = i + 1;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) {
      if (depth-- === 0) break;
    } else if (c === 0x2c && depth === 0) break;
  }
  return { value: runs + text.slice(start, i), end: i };
}

function stringEnd(text: string, from: number): number {
  for (let i = from + 1; ; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) return i + 1;
    if (c === backslash) i++;
  }
}

/**
 * The value of a JSON text; `undefined` (which JSON has not) when it was refused and `problems` says why: not JSON, nested
 * too deep, or holding what the readers of Sina refuse although the grammar of JSON allows it (a number that is no finite
 * double, half a surrogate pair).
 */
export function readJson(text: string, pointer: string, problems: Problems): unknown {
  if (isTooDeep(text)) {
    const found = `more than ${maxDepth} levels`;
    problems.add(pointer, { message: 'nested too deep', found, expected: `at most ${maxDepth} levels of nesting` });
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { place, details } = syntaxProblem(text, pointer);
    problems.add(place, details);
    return undefined;
  }
  return isSuspicious(text) && !isReadable(value, pointer, problems) ? undefined : value;
}

/**
 * Whether a text may hold half a surrogate pair or a number that is not finite: it has escapes, an exponent of three digits
 * or very many digits. Few texts have, so that few values are walked through.
 */
function isSuspicious(text: string): boolean {
  return text.includes('\\u') || /\d[eE]\+?\d{3}/.test(text) || hasLongNumber(text);
}

/** Finds every run of 200 digits by a look at every 100th character, and none of less than 100. */
function hasLongNumber(text: string): boolean {
  for (let from = 0; from + 100 <= text.length; from += 100) {
    let to = from;
    while (isDigit(text.charCodeAt(to))) to++;
    if (to - from >= 100) return true;
  }
  return false;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isTooDeep(text: string): boolean {
  if (text.length <= 2 * maxDepth) return false;
  // A native search for the opening brackets is far cheaper than a look at each character, and rules out nearly every text.
  if (count(text, '{', maxDepth) + count(text, '[', maxDepth) <= maxDepth) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      for (i++; i < text.length && text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i++;
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return false;
}

function count(text: string, character: string, enough: number): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1 && found <= enough; at = text.indexOf(character, at + 1)) found++;
  return found;
}

function isReadable(value: unknown, pointer: string, problems: Problems): boolean {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const found = 'a number beyond the largest double (1.8e308)';
    problems.add(pointer, { message: 'the number is too large', found, expected: 'a finite number' });
    return false;
  }
  if (typeof value === 'string') return isWellFormed(value, pointer, problems);
  if (typeof value !== 'object' || value === null) return true;
  let readable = true;
  for (const [key, item] of Object.entries(value)) {
    const place = child(pointer, key);
    if (!isWellFormed(key, place, problems) || !isReadable(item, place, problems)) readable = false;
  }
  return readable;
}

function isWellFormed(text: string, pointer: string, problems: Problems): boolean {
  if (!hasLoneSurrogate(text)) return true;
  const found = `text ${JSON.stringify(text.slice(0, 40))}`;
  problems.add(pointer, { message: 'half a surrogate pair in a text', found, expected: 'Unicode text' });
  return false;
}

/** Half of a UTF-16 pair without the other half: no UTF-8 can hold it, and Sina's JSON reader refuses it. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
