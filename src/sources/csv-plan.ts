import { closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { IngestError } from '../errors.js';
import { quoted } from '../records/problems.js';
import { CsvRowScanner, cellsOf } from './csv-rows.js';
import { type ColumnKind, ColumnType } from './csv-types.js';
import { type ByteRange, countLines, type InputFile, readFully } from './input-file.js';
import { foreignContent } from './known-content.js';
import { type LineRange, longestRow, RangeCutter } from './line-ranges.js';

export interface CsvColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** What the rows of a delimited file are. Plain data. */
export interface CsvTable {
  readonly delimiter: string;
  readonly columns: readonly CsvColumn[];
  /** Index of the column, -1 for none. */
  readonly id: number;
  readonly ensemble: number;
}

export interface CsvOptions {
  /** Default: found out. */
  readonly delimiter?: string | undefined;
  readonly idColumn?: string | undefined;
  readonly ensembleColumn?: string | undefined;
  readonly mostLines: number;
  readonly done: readonly ByteRange[];
}

export interface CsvPlan {
  readonly table: CsvTable;
  readonly ranges: readonly LineRange[];
  /** How many of the ranges that are done were found again. */
  readonly skipped: number;
  /** How the file was understood, for people. */
  readonly note: string;
}

const blockBytes = 2 * 2 ** 20;
const candidates = [',', ';', '\t', '|', '%'] as const;
/** Columns that a note names. */
const shownColumns = 30;

/** Reads a delimited file once, in flat memory: what its columns are, and where it can be cut. Throws `ERR_NOT_CSV`; `ERR_USAGE` for a column that is not there. */
export async function planCsv(file: InputFile, options: CsvOptions): Promise<CsvPlan> {
  const fd = file.fd ?? openSync(file.path, 'r');
  try {
    const reading = new CsvReading(file.path, options);
    let bytes: Buffer = Buffer.alloc(0);
    let base = 0;
    for (let isLast = false; !isLast; ) {
      const wanted = Math.max(blockBytes, bytes.length * 2);
      const larger = Buffer.allocUnsafe(Math.min(wanted, longestRow + blockBytes));
      bytes.copy(larger);
      const read = readFully(fd, larger.subarray(bytes.length), base + bytes.length);
      isLast = read < larger.length - bytes.length;
      bytes = larger.subarray(0, bytes.length + read);
      const used = reading.take(bytes, base, { isLast, isFull: bytes.length > longestRow });
      base += used;
      bytes = bytes.subarray(used);
      await nextTurn();
    }
    return reading.plan();
  } finally {
    if (file.fd === undefined) closeSync(fd);
  }
}

interface Header {
  readonly names: readonly string[];
  readonly delimiter: string;
  readonly types: readonly ColumnType[];
}

class CsvReading {
  readonly #path: string;
  readonly #options: CsvOptions;
  #line = 1;
  /** Inside of a line that is too long to be held. */
  #isTooLong = false;
  #header: Header | undefined;
  #cutter: RangeCutter | undefined;

  constructor(path: string, options: CsvOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Takes the rows that are complete, and answers how many bytes they have. `isFull`: no more bytes are given at once. */
  take(bytes: Buffer, base: number, { isLast, isFull }: { readonly isLast: boolean; readonly isFull: boolean }): number {
    let used = 0;
    if (!this.#header) {
      const bom = base === 0 && bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
      used = this.#takeHeader(bytes.subarray(bom), isLast || isFull) + bom;
      if (!this.#header) return 0;
      this.#cutter = new RangeCutter({ from: base + used, mostLines: this.#options.mostLines, done: this.#options.done });
    }
    if (this.#isTooLong) used += this.#passLine(bytes.subarray(used), base + used, isLast);
    if (this.#isTooLong) return used;
    const { delimiter, types } = this.#header;
    const rest = bytes.subarray(used);
    const scanner = new CsvRowScanner(rest, delimiter, isLast);
    const rows = (function* () {
      for (let row = scanner.next(); row; row = scanner.next()) yield row;
    })();
    for (const [row, cells] of cellsOf(rest, rows, delimiter)) {
      const line = this.#line;
      this.#line += row.isQuoted ? countLines(rest.subarray(row.from, row.to)) : 1;
      this.#cutter?.row(base + used + row.to, line);
      if (cells?.length === types.length) for (let n = 0; n < types.length; n++) types[n]?.add(cells[n] as string, line);
    }
    // The row does not end in all that is held: it is taken to end with its line.
    if (isFull && scanner.offset === 0 && rest.length > 0) return used + this.#passLine(rest, base + used, isLast);
    return used + scanner.offset;
  }

  /** Passes over the rest of a line that is a row, and of which more may come. */
  #passLine(bytes: Buffer, base: number, isLast: boolean): number {
    const feed = bytes.indexOf(0x0a);
    const end = feed === -1 ? bytes.length : feed + 1;
    this.#isTooLong = feed === -1 && !isLast;
    if (!this.#isTooLong) this.#cutter?.row(base + end, this.#line++);
    return end;
  }

  #takeHeader(bytes: Buffer, isLast: boolean): number {
    const foreign = foreignContent(bytes.subarray(0, 1024));
    if (foreign) this.#refuse(`this is ${foreign.what}`, foreign.hint);
    // The header is what comes before the first line feed outside of quotes, whatever the delimiter is.
    const delimiter = this.#options.delimiter ?? delimiterOf(firstLine(bytes));
    const row = new CsvRowScanner(bytes, delimiter, isLast).next();
    if (!row) {
      if (isLast) this.#refuse('the file is empty', 'The first line of a delimited text names its columns.');
      return 0;
    }
    const [[, cells] = [row, undefined]] = cellsOf(bytes.subarray(row.from, row.to), [row], delimiter);
    if (!cells)
      this.#refuse('the header has a quote that is not closed', 'The first line of a delimited text names its columns.');
    const names = (cells as string[]).map((name) => name.trim());
    this.#checkHeader(names, delimiter);
    this.#header = { names, delimiter, types: names.map(() => new ColumnType()) };
    this.#line += countLines(bytes.subarray(row.from, row.to));
    return row.to;
  }

  #checkHeader(names: readonly string[], delimiter: string): void {
    const seen = new Set<string>();
    const twice = names.find((name) => name !== '' && seen.size === seen.add(name).size);
    if (twice !== undefined)
      this.#refuse(`the header has the column ${quoted(twice)} twice`, 'Give every column a name of its own.');
    if (names.every((name) => name === '')) this.#refuse('the header names no column', 'The first line has to name the columns.');
    for (const [flag, column] of [
      ['--id-column', this.#options.idColumn],
      ['--ensemble-column', this.#options.ensembleColumn],
    ] as const) {
      if (column === undefined || names.includes(column)) continue;
      const shown = names.slice(0, shownColumns).map(quoted).join(', ');
      throw new IngestError('ERR_USAGE', `${flag} ${column}: ${this.#path} has no such column`, {
        hint: `Its columns, cut at ${quoted(delimiter)}, are ${shown}.`,
      });
    }
  }

  #refuse(what: string, hint: string): never {
    throw new IngestError('ERR_NOT_CSV', what, { hint });
  }

  plan(): CsvPlan {
    const { names, delimiter, types } = this.#header as Header;
    const { idColumn = 'id', ensembleColumn } = this.#options;
    const id = names.indexOf(idColumn);
    const ensemble = ensembleColumn === undefined ? -1 : names.indexOf(ensembleColumn);
    const columns = names.map(
      (name, n) => ({ name, kind: n === id || n === ensemble ? 'text' : (types[n] as ColumnType).kind }) as const,
    );
    const shown = names.slice(0, shownColumns).map((name, n) => {
      if (name === '') return `column ${n + 1} has no name and is passed over`;
      if (n === id || n === ensemble) return `${name} (the ${n === id ? 'id' : 'ensemble'})`;
      return (types[n] as ColumnType).describe(name);
    });
    const more = names.length > shownColumns ? `, and ${names.length - shownColumns} more` : '';
    const ranges = this.#cutter?.end() ?? [];
    const note = `${this.#path}, cut at ${quoted(delimiter)}: ${shown.join(', ')}${more}`;
    return { table: { delimiter, columns, id, ensemble }, ranges, skipped: this.#cutter?.skipped ?? 0, note };
  }
}

function firstLine(bytes: Buffer): string {
  const feed = bytes.indexOf(0x0a);
  return bytes.toString('utf8', 0, Math.min(feed === -1 ? bytes.length : feed, 2 ** 20));
}

/** The candidate that the header has most often outside of quotes; a comma when it has none. */
export function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return candidates.reduce<string>((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best), ',');
}
