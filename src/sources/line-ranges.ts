import { closeSync, openSync } from 'node:fs';
import { type ByteRange, blocksOf, type InputFile, placeOf } from './input-file.js';

/** Lines of a file that are read together, and are one place of the journal. */
export interface LineRange extends ByteRange {
  /** 1-based line at `from`. */
  readonly line: number;
  /** Where the range begins that the file is cut into while nothing is done: whose shard it is in depends on that alone. */
  readonly base?: number | undefined;
  /** The place whose lines they were when these lacked a record. */
  readonly of?: string | undefined;
}

/** A row is not longer: a file without line feeds is not taken into memory. */
export const longestRow = 64 * 2 ** 20;
const mostBytes = 8 * 2 ** 20;

export function rangeKey(path: string, { from, to }: ByteRange): string {
  return `${placeOf(path)}@${from}-${to}`;
}

/** The place of the file and the range that a key of {@link rangeKey} names; undefined for another key. */
export function rangeOfKey(key: string): { readonly place: string; readonly range: ByteRange } | undefined {
  const match = /^(.*)@(\d+)-(\d+)$/s.exec(key);
  return match ? { place: match[1] as string, range: { from: Number(match[2]), to: Number(match[3]) } } : undefined;
}

export interface CutOptions {
  readonly from: number;
  readonly mostLines: number;
  /** Ranges that are done already: what is left is cut around them. */
  readonly done: readonly ByteRange[];
}

/** Puts rows together to ranges, up to a number of rows and of bytes. A longer row is a range of its own. */
export class RangeCutter {
  readonly #mostLines: number;
  /** Where a range ends that is done, by its start; and all ends. */
  readonly #done: ReadonlyMap<number, number>;
  readonly #doneEnds: ReadonlySet<number>;
  #left: LineRange[] = [];
  #from: number;
  #to: number;
  #fromLine = 1;
  #lines = 0;
  /** Of the range as it is without what is done. */
  #base: number;
  #baseLines = 0;
  #skipped = 0;

  constructor({ from, mostLines, done }: CutOptions) {
    this.#mostLines = mostLines;
    this.#done = new Map(done.map((range) => [range.from, range.to]));
    this.#doneEnds = new Set(done.map((range) => range.to));
    this.#from = from;
    this.#to = from;
    this.#base = from;
  }

  /** How many ranges that are done were passed. */
  get skipped(): number {
    return this.#skipped;
  }

  /** A row that begins at line `line` ends at byte `to`. */
  row(to: number, line: number): void {
    const isFull = this.#baseLines >= this.#mostLines || (this.#baseLines > 0 && to - this.#base > mostBytes);
    const isEdge = this.#done.has(this.#to) || this.#doneEnds.has(this.#to);
    // What is done is one range, however many rows it has.
    if (isEdge || (isFull && !this.#done.has(this.#from))) {
      this.#cut();
      if (isFull) {
        this.#base = this.#to;
        this.#baseLines = 0;
      }
    }
    if (this.#lines === 0) this.#fromLine = line;
    this.#lines++;
    this.#baseLines++;
    this.#to = to;
  }

  #cut(): void {
    const range = { from: this.#from, to: this.#to, line: this.#fromLine, base: this.#base };
    if (range.to === range.from) return;
    if (this.#done.get(range.from) === range.to) this.#skipped++;
    else this.#left.push(range);
    this.#from = this.#to;
    this.#lines = 0;
  }

  /** The ranges that are complete since the last call and not done. */
  take(): LineRange[] {
    const left = this.#left;
    this.#left = [];
    return left;
  }

  end(): LineRange[] {
    this.#cut();
    return this.take();
  }
}

/** Of ranges, those that lie in no other one, in order. */
export function outermost<R extends ByteRange>(ranges: readonly R[]): R[] {
  const ordered = [...ranges].sort((a, b) => a.from - b.from || b.to - a.to);
  let end = -1;
  return ordered.filter(({ to }) => {
    if (to <= end) return false;
    end = to;
    return true;
  });
}

/** The ranges of a file of lines, found while they are asked for. */
export function* lineRanges(file: InputFile, options: CutOptions): Generator<LineRange> {
  const cutter = new RangeCutter(options);
  const fd = file.fd ?? openSync(file.path, 'r');
  try {
    let line = 1;
    let base = options.from;
    let begun = base;
    for (const block of blocksOf(fd, { from: base })) {
      for (let at = block.indexOf(0x0a); at !== -1; at = block.indexOf(0x0a, at + 1)) {
        begun = base + at + 1;
        cutter.row(begun, line++);
      }
      yield* cutter.take();
      base += block.length;
    }
    if (begun < base) cutter.row(base, line);
    yield* cutter.end();
  } finally {
    if (file.fd === undefined) closeSync(fd);
  }
}

/** Ranges that were of one place and touch each other become one: what is left of a place is few chunks. */
export function mergeRanges(ranges: readonly LineRange[]): LineRange[] {
  const merged: LineRange[] = [];
  for (const range of outermost(ranges)) {
    const last = merged.at(-1);
    if (last?.of !== undefined && last.of === range.of && last.to === range.from)
      merged[merged.length - 1] = { ...last, to: range.to };
    else merged.push(range);
  }
  return merged;
}
