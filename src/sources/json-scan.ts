/**
 * Finding the ends of JSON values in bytes, without building them. What lies inside a value is not judged here: its text goes
 * through `JSON.parse` later.
 */

import type { Members } from '../records/types.js';

/** One element of an array at the top of a document. */
export interface Element {
  readonly array: string;
  readonly index: number;
  /** In bytes from the start of the file. */
  readonly offset: number;
  /** The first byte behind it. */
  readonly end: number;
  /** The members of the object, or undefined when the element is not an object. */
  readonly members: Members | undefined;
  /** The text of an element that is a text, the start of any other that is not an object. */
  readonly text: string;
}

/** Fills the buffer from `start` on with what comes next in the file, or less of it, and answers how many bytes that were; 0 at the end. */
export type ReadBytes = (buffer: Buffer, start: number) => number | Promise<number>;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const space = 0x20;

export const bytes = { quote, comma, colon, openBrace, closeBrace, openBracket, closeBracket } as const;

/** Longest value that becomes one string in V8 (2^29 - 24 characters). */
export const longestElement = 0x1fffffe8;

/** The value is not complete within the bytes given. */
export const incomplete = -1;

/** A place at which the bytes are not JSON, or not the JSON that is expected there. */
export class JsonFault extends Error {
  constructor(
    readonly at: number,
    readonly expected: string,
    readonly code: 'ERR_NOT_JSON' | 'ERR_DOCUMENT' = 'ERR_NOT_JSON',
  ) {
    super(`expected ${expected}`);
  }
}

/** A key, by what stands between its quotes. `at` is where it begins. Throws {@link JsonFault}. */
export function keyText(inside: string, at: number): string {
  if (!/[\\\p{Cc}]/u.test(inside)) return inside;
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    throw new JsonFault(at, 'a key that is a JSON string');
  }
}

/** The document as a whole is not what it should be. `offset` is in bytes from the start of the file. */
export class DocumentFault extends Error {
  constructor(
    readonly code: JsonFault['code'],
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`expected ${expected}, found ${found}`);
  }
}

export function skipSpace(buffer: Buffer, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    if (!isSpace(buffer[i] as number)) break;
  }
  return i;
}

function isSpace(c: number): boolean {
  return c === space || c === 0x0a || c === 0x0d || c === 0x09;
}

/** `from` is at the opening quote; the result is behind the closing one. */
export function stringEnd(buffer: Buffer, from: number, to: number): number {
  for (let i = from + 1; i < to; i++) {
    const c = buffer[i];
    if (c === quote) return i + 1;
    if (c === backslash) i++;
  }
  return incomplete;
}

/** What the last scan of a value noticed on its way: white space outside of strings. */
const noticed = { spaced: false };

/** Behind the value that starts at `from`. */
export function valueEnd(buffer: Buffer, from: number, to: number): number {
  const first = buffer[from];
  if (first === quote) return stringEnd(buffer, from, to);
  if (first !== openBrace && first !== openBracket) return primitiveEnd(buffer, from, to);
  let depth = 0;
  for (let i = from; i < to; i++) {
    const c = buffer[i] as number;
    if (c === quote) {
      for (i++; i < to; i++) {
        const s = buffer[i];
        if (s === quote) break;
        if (s === backslash) i++;
      }
    } else if (c === openBrace || c === openBracket) depth++;
    else if (c === closeBrace || c === closeBracket) {
      if (--depth === 0) return i + 1;
    } else if (c <= space) noticed.spaced = true;
  }
  return incomplete;
}

function primitiveEnd(buffer: Buffer, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const c = buffer[i] as number;
    if (c === comma || c === closeBrace || c === closeBracket || c <= space) {
      if (i === from) throw new JsonFault(i, 'a value');
      return i;
    }
    if (c === quote || c === openBrace || c === openBracket || c === colon) throw new JsonFault(i, "',' or the end of the value");
  }
  return incomplete;
}

/** What is compacted is put together here; larger values get a buffer of their own. */
const workspace = Buffer.allocUnsafeSlow(2 ** 16);

/**
 * The text of a value without the white space between its parts. What is no JSON stays so, for `JSON.parse` to refuse: other control characters are kept, and so is
 * a space between two parts that would otherwise become one, as in `[1 2]`.
 */
function compactText(buffer: Buffer, from: number, to: number, encoding: 'latin1' | 'utf8'): string {
  const compact = to - from > workspace.length ? Buffer.allocUnsafe(to - from) : workspace;
  let end = 0;
  let isSpaced = false;
  for (let i = from; i < to; ) {
    const c = buffer[i] as number;
    if (isSpace(c)) {
      isSpaced = true;
      i++;
      continue;
    }
    if (isSpaced && end > 0 && !isPunctuation(c) && !isPunctuation(compact[end - 1] as number)) compact[end++] = space;
    isSpaced = false;
    const next = c === quote ? stringEnd(buffer, i, to) : i + 1;
    while (i < next) compact[end++] = buffer[i++] as number;
  }
  return compact.toString(encoding, 0, end);
}

function isPunctuation(c: number): boolean {
  return c === comma || c === colon || c === openBrace || c === closeBrace || c === openBracket || c === closeBracket;
}

/** What has been read of a document. */
export interface ReadSoFar {
  readonly buffer: Buffer;
  readonly to: number;
  readonly encoding: 'latin1' | 'utf8';
}

/** Reads the members of the object that starts at `at` into `members`: compact texts by key. The result is behind the object. */
export function membersEnd({ buffer, to, encoding }: ReadSoFar, at: number, members: Map<string, string>): number {
  let i = skipSpace(buffer, at + 1, to);
  if (buffer[i] === closeBrace && i < to) return i + 1;
  while (i < to) {
    if (buffer[i] !== quote) throw new JsonFault(i, 'a key in double quotes');
    const keyEnd = stringEnd(buffer, i, to);
    if (keyEnd === incomplete) return incomplete;
    const key = keyText(buffer.toString(encoding, i + 1, keyEnd - 1), i);
    i = skipSpace(buffer, keyEnd, to);
    if (i >= to) return incomplete;
    if (buffer[i] !== colon) throw new JsonFault(i, "':'");
    i = skipSpace(buffer, i + 1, to);
    if (i >= to) return incomplete;
    noticed.spaced = false;
    const end = valueEnd(buffer, i, to);
    if (end === incomplete) return incomplete;
    // What is overwritten here nobody else will look at.
    const before = members.get(key);
    if (before !== undefined && !isJson(before)) throw new JsonFault(i, `valid JSON for each ${JSON.stringify(key)}`);
    members.set(key, noticed.spaced ? compactText(buffer, i, end, encoding) : buffer.toString(encoding, i, end));
    i = skipSpace(buffer, end, to);
    if (i >= to) return incomplete;
    if (buffer[i] === closeBrace) return i + 1;
    if (buffer[i] !== comma) throw new JsonFault(i, "',' or '}'");
    i = skipSpace(buffer, i + 1, to);
  }
  return incomplete;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
