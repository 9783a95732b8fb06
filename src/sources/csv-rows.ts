import { createRequire } from 'node:module';
import { encodingOf } from './input-file.js';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A row in bytes, its line feed included. */
export interface CsvRow {
  readonly from: number;
  readonly to: number;
  readonly isQuoted: boolean;
  /** A quote is opened in it that is never closed, or one of several lines is closed in the middle of a cell: the row is taken to end with its line. */
  readonly fault?: 'unclosed' | 'unmatched' | undefined;
}

/** Finds the ends of rows, which can have line feeds in quoted cells (RFC 4180). A quote inside of a cell that does not begin with one is a character. */
export class CsvRowScanner {
  readonly #bytes: Buffer;
  readonly #delimiter: Buffer;
  readonly #isLast: boolean;
  #at = 0;
  /** The next quote; the length when there is none. */
  #quote = -1;

  /** `isLast`: nothing comes behind the bytes. */
  constructor(bytes: Buffer, delimiter: string, isLast: boolean) {
    this.#bytes = bytes;
    this.#delimiter = Buffer.from(delimiter);
    this.#isLast = isLast;
  }

  /** Where the next row begins. */
  get offset(): number {
    return this.#at;
  }

  /** Undefined when no complete row is left. */
  next(): CsvRow | undefined {
    const from = this.#at;
    if (from >= this.#bytes.length) return undefined;
    const line = this.#lineEnd(from);
    const end = this.#rowEnd(from, line);
    const fault = typeof end === 'string' ? end : undefined;
    // Taken for a character, the quote costs one row, not all that come behind it.
    const to = typeof end === 'string' ? line : end;
    if ((fault === 'unclosed' && !this.#isLast) || to === -1) return undefined;
    const isQuoted = this.#quoteFrom(from) < to;
    this.#at = to;
    return { from, to, isQuoted, fault };
  }

  #rowEnd(from: number, firstLine: number): number | NonNullable<CsvRow['fault']> {
    let line = firstLine;
    for (let open = this.#quoteFrom(from); open < (line === -1 ? this.#bytes.length : line); ) {
      if (!this.#beginsCell(open, from)) {
        open = this.#indexOf(open + 1);
        continue;
      }
      const close = this.#closing(open);
      // What comes behind the last byte may double the quote, or follow it.
      if (close >= this.#bytes.length - (this.#isLast ? 0 : 2)) return 'unclosed';
      // On one line it can only be a slip; over several, the rows between would be swallowed.
      if (line !== -1 && close >= line && !this.#endsCell(close + 1)) return 'unmatched';
      line = this.#lineEnd(close + 1);
      open = this.#indexOf(close + 1);
    }
    return line;
  }

  /** Behind the line; -1 when it goes on behind the bytes. */
  #lineEnd(from: number): number {
    const feed = this.#bytes.indexOf(lineFeed, from);
    if (feed !== -1) return feed + 1;
    return this.#isLast ? this.#bytes.length : -1;
  }

  #closing(open: number): number {
    let close = this.#indexOf(open + 1);
    while (this.#bytes[close + 1] === quote && close + 1 < this.#bytes.length) close = this.#indexOf(close + 2);
    return close;
  }

  #beginsCell(at: number, from: number): boolean {
    const before = at - this.#delimiter.length;
    return at === from || (before >= from && this.#bytes.subarray(before, at).equals(this.#delimiter));
  }

  #endsCell(at: number): boolean {
    const byte = this.#bytes[at];
    if (byte === undefined || byte === lineFeed) return true;
    if (byte === carriageReturn) return at + 1 >= this.#bytes.length || this.#bytes[at + 1] === lineFeed;
    return this.#bytes.subarray(at, at + this.#delimiter.length).equals(this.#delimiter);
  }

  /** Remembered, since most rows have none. */
  #quoteFrom(from: number): number {
    if (this.#quote < from) this.#quote = this.#indexOf(from);
    return this.#quote;
  }

  #indexOf(from: number): number {
    const at = this.#bytes.indexOf(quote, from);
    return at === -1 ? this.#bytes.length : at;
  }
}

/** Rows that csv-parse is given at once. */
const atOnce = 500;

/**
 * The cells of rows, in order; undefined for a row that cannot be read. A row without a quote is cut at the delimiters, which is all there is to it
 * and several times as fast; csv-parse reads the others.
 */
export function* cellsOf(bytes: Buffer, rows: Iterable<CsvRow>, delimiter: string): Generator<[CsvRow, string[] | undefined]> {
  const encoding = encodingOf(bytes);
  const textOf = ({ from, to }: Pick<CsvRow, 'from' | 'to'>) => bytes.toString(encoding, from, to);
  let waiting: CsvRow[] = [];
  for (const row of rows) {
    if (row.isQuoted && !row.fault && waiting.length < atOnce) {
      waiting.push(row);
      continue;
    }
    yield* parsed(waiting, textOf, delimiter);
    waiting = [];
    if (row.fault) yield [row, undefined];
    else if (row.isQuoted) waiting.push(row);
    else
      yield [
        row,
        textOf(row)
          .replace(/\r?\n$/, '')
          .split(delimiter),
      ];
  }
  yield* parsed(waiting, textOf, delimiter);
}

function* parsed(
  rows: readonly CsvRow[],
  textOf: (range: Pick<CsvRow, 'from' | 'to'>) => string,
  delimiter: string,
): Generator<[CsvRow, string[] | undefined]> {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return;
  const all = parseText(textOf({ from: first.from, to: last.to }), delimiter);
  const isWhole = all?.length === rows.length;
  for (const [n, row] of rows.entries()) {
    if (isWhole) yield [row, all[n]];
    else {
      const alone = parseText(textOf(row), delimiter);
      yield [row, alone?.length === 1 ? alone[0] : undefined];
    }
  }
}

function parseText(text: string, delimiter: string): string[][] | undefined {
  // Loaded only here: it costs every thread some milliseconds.
  const { parse } = createRequire(import.meta.url)('csv-parse/sync') as typeof import('csv-parse/sync');
  try {
    return parse(text, { delimiter, record_delimiter: ['\r\n', '\n'], relax_column_count: true, relax_quotes: true });
  } catch {
    return undefined;
  }
}
