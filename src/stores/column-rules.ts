import { Problems, problemLimit } from '../records/problems.js';
import { type InsertName, inserts, type Problem, type Rows, type SqlValue } from '../records/types.js';
import { placeOf } from './row-places.js';

/** A column of a MariaDB store as `information_schema.COLUMNS` describes it. */
export interface ColumnFacts {
  /** TABLE_NAME and COLUMN_NAME, in any case. */
  readonly table: string;
  readonly column: string;
  /** CHARACTER_MAXIMUM_LENGTH: characters of a CHAR or VARCHAR, but bytes of a TEXT; null for numbers. */
  readonly maxCharacters: number | null;
  /** CHARACTER_OCTET_LENGTH; null for numbers. */
  readonly maxBytes: number | null;
  /** CHARACTER_SET_NAME; null for numbers and binary columns. */
  readonly charset: string | null;
  /** DATA_TYPE: `varchar`, `longtext`, `double`. */
  readonly dataType: string;
}

/** How the size of a text is counted. */
interface Measure {
  readonly unit: 'characters' | 'bytes';
  /** The size of one UTF-16 unit, at the most. */
  readonly most: number;
  readonly of: (text: string) => number;
}

/** What one column of an insert takes. */
interface Check {
  readonly title: string;
  readonly charset: string;
  readonly limit: number;
  readonly measure: Measure;
  /** Finds a character that the column cannot keep; undefined when there is none. */
  readonly unkept: RegExp | undefined;
  /** A text of so many UTF-16 units fits the column, and its row the packet: no need to measure. */
  readonly sureLength: number;
}

type Flaw = Required<Pick<Problem, 'message' | 'found' | 'expected'>>;

/** Only a surrogate without its other half matches: with `u` a pair is one character. UTF-8, in which texts are sent, has none. */
const halfOfPair = /\p{Cs}/u;
const beyondBmp = /[\p{Cs}\u{10000}-\u{10ffff}]/u;
/** MariaDB's latin1 is Windows-1252, in which 81, 8D, 8F, 90 and 9D are the control characters U+0081 and so on. */
const notLatin1 = /[^\0-\x7f\x81\x8d\x8f\x90\x9d\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;
const unkeptCharacters: Record<string, RegExp> = { ascii: /\P{ASCII}/u, latin1: notLatin1, utf8: beyondBmp, utf8mb3: beyondBmp };

const characters: Measure = { unit: 'characters', most: 1, of: (text) => text.length - countUnits(text, 0xdc00, 0xdfff) };
const utf8Bytes: Measure = { unit: 'bytes', most: 3, of: (text) => Buffer.byteLength(text) };
/** Bytes in a character set of one byte a character; in one that has more, the fewest that it can be. */
const singleBytes: Measure = { ...characters, unit: 'bytes' };
const escapedBytes: Measure = { unit: 'bytes', most: 6, of: (text) => text.length + 5 * countUnits(text, 0x80, 0xffff) };

/** The connector (3.5) puts a backslash before these: NUL, quotes, backslash. It does not for many rows at once, but a row may be sent alone. */
const quotedUnits = [0, 0x22, 0x27, 0x5c];
/** The most bytes that a UTF-16 unit is sent as: a backslash and `\uXXXX`. */
const mostSent = 7;
/** What a row has in its packet beside its texts, at the most: the statement, numbers, commas. */
const statementBytes = 1024;

/**
 * Tells, before they are sent, whether a MariaDB store can keep rows: finds what the server refuses in strict mode (its errors 1153, 1366, 1367,
 * 1406), and spaces at the end of a text that it would cut. A column without facts, or with a character set other than ascii, latin1 and
 * those of UTF-8, takes every character here: there the server decides.
 */
export class ColumnRules {
  /** True when `Record.raw` is to be written through {@link escapeNonAscii}: its column is not, or not known to be, in utf8mb4. */
  readonly rawIsEscaped: boolean;
  readonly #checks: Readonly<Record<InsertName, readonly Check[]>>;
  readonly #maxPacketBytes: number;

  /** `maxPacketBytes` is the server's `max_allowed_packet`. */
  constructor(facts: readonly ColumnFacts[], maxPacketBytes: number) {
    const known = new Map(facts.map((fact) => [`${fact.table}.${fact.column}`.toLowerCase(), fact]));
    this.rawIsEscaped = known.get('record.raw')?.charset !== 'utf8mb4';
    this.#maxPacketBytes = maxPacketBytes;
    const checksOf = ({ table, columns }: (typeof inserts)[InsertName]) =>
      columns.map((column): Check => {
        const fact = known.get(`${table}.${column}`.toLowerCase());
        const limits = limitsOf(fact, this.rawIsEscaped && column === 'raw');
        const share = (maxPacketBytes - statementBytes) / columns.length;
        const sureLength = Math.min(limits.limit / limits.measure.most, share / mostSent);
        return { ...limits, title: `${table}.${column}`, charset: String(fact?.charset), sureLength };
      });
    const entries = Object.entries(inserts).map(([name, insert]) => [name, checksOf(insert)]);
    this.#checks = Object.fromEntries(entries) as Record<InsertName, Check[]>;
  }

  /**
   * Why the store cannot keep the rows of one record or relationship; empty when it can. At most {@link problemLimit} problems, one for a place and
   * reason. Never throws. Pointers lead into the record as far as its rows tell: what libraries and curve sets bring goes by its name in the tables.
   */
  problems(rows: Rows): Problem[] {
    let problems: Problems | undefined;
    for (const key in rows) {
      const name = key as InsertName;
      const values = rows[name] as readonly SqlValue[];
      const checks = this.#checks[name];
      if (surelyFit(values, checks)) continue;
      problems ??= new Problems('ERR_RECORD');
      for (let at = 0; at < values.length && problems.list.length < problemLimit; at += checks.length) {
        this.#examine(name, values.slice(at, at + checks.length), problems);
      }
    }
    return problems?.list ?? [];
  }

  #examine(name: InsertName, row: readonly SqlValue[], problems: Problems): void {
    const checks = this.#checks[name];
    const flaws = checks.flatMap((check, n) => flawsOf(row[n], check).map((flaw) => [inserts[name].columns[n], flaw] as const));
    // Two bytes of UTF-8 become seven at the most: to count them takes a while.
    const roughly = row.reduce((sum: number, value) => sum + 3.5 * Buffer.byteLength(String(value ?? '')), statementBytes);
    if (flaws.length === 0 && roughly > this.#maxPacketBytes) {
      const bytes = checks.reduce((sum, { measure }, n) => sum + packetBytes(row[n], measure), statementBytes);
      if (bytes > this.#maxPacketBytes) flaws.push([undefined, packetFlaw(bytes, this.#maxPacketBytes)]);
    }
    for (const [column, flaw] of flaws) {
      const { what, pointer } = placeOf(name, row, column);
      // An id or a name is in many rows.
      if (problems.list.some((other) => other.pointer === pointer && other.expected === flaw.expected)) continue;
      const code = name === 'relationship' ? 'ERR_RELATIONSHIP' : 'ERR_RECORD';
      problems.add(pointer, { ...flaw, message: `${what} ${flaw.message}`, code });
    }
  }
}

/** JSON text in ASCII: `\uXXXX` for each UTF-16 unit beyond it (RFC 8259, section 7), as Python's `json.dumps` writes them. */
export function escapeNonAscii(json: string): string {
  if (!/[^\0-\x7f]/.test(json)) return json;
  // By hand: `replace` takes five times as long for a text in Cyrillic letters.
  const bytes = Buffer.allocUnsafe(escapedBytes.of(json));
  let at = 0;
  for (let n = 0; n < json.length; n++) {
    const unit = json.charCodeAt(n);
    if (unit < 0x80) bytes[at++] = unit;
    else {
      bytes[at++] = 0x5c; // \
      bytes[at++] = 0x75; // u
      for (let shift = 12; shift >= 0; shift -= 4) bytes[at++] = '0123456789abcdef'.charCodeAt((unit >> shift) & 15);
    }
  }
  return bytes.toString('latin1');
}

/**
 * Whether texts that differ can be equal to a collation, "a" and "A" or "a" and "a ". Only those that compare bytes and do not pad tell all
 * texts apart; `latin1_bin` pads (https://mariadb.com/kb/en/supported-character-sets-and-collations/).
 */
export function collationFolds(collation: string): boolean {
  return !/^(binary|utf8mb4_0900_bin|\w+_nopad_bin)$/i.test(collation);
}

/** The texts of a CHAR or VARCHAR have a limit in characters, those of the TEXT types one in bytes. Escaped, both are the same. */
function limitsOf(fact: ColumnFacts | undefined, isEscaped: boolean): Pick<Check, 'limit' | 'measure' | 'unkept'> {
  const { charset = null, maxBytes = null, maxCharacters = null, dataType = '' } = fact ?? {};
  const hasCharacters = /char$/i.test(dataType);
  const limit = (hasCharacters ? maxCharacters : maxBytes) ?? Number.POSITIVE_INFINITY;
  if (isEscaped) return { limit, measure: escapedBytes, unkept: undefined };
  const bytes = charset === null || charset.startsWith('utf8') ? utf8Bytes : singleBytes;
  return { limit, measure: hasCharacters ? characters : bytes, unkept: unkeptBy(charset) };
}

/** Finds a character that a character set does not have, as far as it is known here. */
export function unkeptBy(charset: string | null): RegExp {
  return unkeptCharacters[charset ?? ''] ?? halfOfPair;
}

/** The quick look, which has to do for nearly all rows: false when they have to be measured, or do not fit. */
function surelyFit(values: readonly SqlValue[], checks: readonly Check[]): boolean {
  const width = checks.length;
  for (let column = 0; column < width; column++) {
    const { sureLength, unkept } = checks[column] as Check;
    for (let at = column; at < values.length; at += width) {
      const value = values[at];
      if (typeof value === 'string') {
        if (value.length > sureLength) return false;
        // The id is that of the row before.
        if (at >= width && value === values[at - width]) continue;
        if (unkept?.test(value)) return false;
      } else if (typeof value === 'number' && !Number.isFinite(value)) return false;
    }
  }
  return true;
}

function flawsOf(value: SqlValue | undefined, { limit, measure, unkept, title, charset }: Check): Flaw[] {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [{ message: `has the number ${value}, which no column keeps`, found: `number ${value}`, expected: 'a finite number' }];
  }
  if (typeof value !== 'string') return [];
  const flaws: Flaw[] = [];
  const size = value.length * measure.most > limit ? measure.of(value) : 0;
  if (size > limit) {
    const has = `${digits(size)} ${measure.unit}`;
    const expected = `at most ${digits(limit)} ${measure.unit}`;
    flaws.push({ message: `has ${has}, more than the store takes`, found: `text of ${has}`, expected });
  }
  const character = unkept?.exec(value)?.[0];
  if (character !== undefined) flaws.push(characterFlaw(character, `${title} (${charset})`, charset));
  return flaws;
}

function characterFlaw(character: string, column: string, charset: string): Flaw {
  const number = `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
  if (halfOfPair.test(character)) {
    const message = `has half of a surrogate pair, which is no character: ${number}`;
    return { message, found: number, expected: 'surrogates in pairs' };
  }
  const found = /[\p{C}\p{Z}]/u.test(character) ? number : `"${character}" (${number})`;
  const message = `has a character that the store's column ${column} cannot keep: ${found}`;
  return { message, found, expected: `characters of ${charset}` };
}

/** What a text has in its packet: UTF-8 with backslashes, whatever its column has. */
function packetBytes(value: SqlValue | undefined, measure: Measure): number {
  if (typeof value !== 'string') return 0;
  const bytes = measure === escapedBytes ? value.length + 6 * countUnits(value, 0x80, 0xffff) : Buffer.byteLength(value);
  return quotedUnits.reduce((sum, unit) => sum + countUnits(value, unit, unit), bytes);
}

function packetFlaw(bytes: number, most: number): Flaw {
  const message = `has ${digits(bytes)} bytes, more than the server takes at once: its max_allowed_packet is ${digits(most / 2 ** 20)} MiB`;
  return { message, found: `${digits(bytes)} bytes`, expected: `at most ${digits(most)} bytes` };
}

function digits(number: number): string {
  return number.toLocaleString('en-US');
}

/** How many UTF-16 units of a text are in a range. */
function countUnits(text: string, from: number, to: number): number {
  let count = 0;
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    if (unit >= from && unit <= to) count++;
  }
  return count;
}
