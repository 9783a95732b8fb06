import { readCsv } from './csv.js';
import { groupsOf, readUnit, refusedPart, weightOf } from './documents.js';
import { type Draft, unitsOf } from './drafts.js';
import { type FilesChunk, isReadable, type LinesPart } from './files-chunk.js';
import { checkDone, doneRanges, notDone } from './files-done.js';
import { type FilesOptions, type FoundFiles, findFiles } from './files-plan.js';
import { type InputFile, placeOf } from './input-file.js';
import { readJsonLines } from './json-lines.js';
import { type LineRange, mergeRanges } from './line-ranges.js';
import { type Shard, shardOf } from './shard.js';
import type { Done, Plan, Reject, Source, SourceContext, Unit } from './source.js';
import { Spool } from './spool.js';

/** Small documents of one chunk. */
const chunkBytes = 8 * 2 ** 20;
/** What is put into one chunk when units need one another. */
const atOnceBytes = 32 * 2 ** 20;
const chunkFiles = 5000;
/** Ranges of lines are hardly smaller: for how many workers there is work. */
const leastRangeBytes = 2 ** 16;

export interface FilesSourceOptions extends FilesOptions {
  readonly shard?: Shard | undefined;
}

/** Everything that is loaded from files: documents, each of which is a unit, and files of lines, of which each line is one. */
export class FilesSource implements Source<FilesChunk> {
  readonly #options: FilesSourceOptions;
  readonly #context: () => SourceContext;
  readonly #spool: Spool;
  /** Files of lines by path, as planning has found them: what a chunk that only knows the path lacks. */
  #lines: ReadonlyMap<string, Omit<LinesPart, 'ranges'>> = new Map();

  /** `context` is asked when the first unit is read: planning needs no store. */
  constructor(options: FilesSourceOptions, context: () => SourceContext, spool = new Spool()) {
    this.#spool = spool;
    this.#options = options;
    this.#context = context;
  }

  async plan(done: Done = new Map()): Promise<Plan<FilesChunk>> {
    const ranges = doneRanges(done);
    const found = await findFiles(this.#options, (path) => ranges.get(placeOf(path)) ?? [], this.#spool);
    const doneDocuments = checkDone(done, found);
    this.#lines = new Map(found.lines.map(({ part }) => [part.file.path, part]));
    const documents = found.documents.filter(({ path }) => !doneDocuments.has(placeOf(path)) && this.#isMine(path));
    const whole = [...groupsOf(documents, this.#documentBytes, chunkFiles)].map(documentsChunk);
    const left = [...done.values()].flatMap((place) => place.left as readonly FilesChunk[]);
    const lineBytes = found.lines.reduce((sum, { part }) => sum + part.file.bytes, 0);
    return {
      weight: documents.reduce((sum, file) => sum + weightOf(file), lineBytes),
      width: whole.length + found.refused.length + Math.ceil(lineBytes / leastRangeBytes) + left.length,
      chunks: chain(found.refused.map(refusedChunk), whole, this.again(notDone(left, done), false), this.#lineChunks(found)),
      notes: found.notes,
    };
  }

  *#lineChunks({ lines }: FoundFiles): Generator<FilesChunk> {
    for (const { part, ranges } of lines) {
      for (const range of ranges)
        if (this.#isMine(`${part.file.path}@${range.base ?? range.from}`)) yield linesChunk([{ ...part, ranges: [range] }]);
    }
  }

  #isMine(key: string): boolean {
    const { shard } = this.#options;
    return shard === undefined || shardOf(key, shard.count) === shard.index;
  }

  get #documentBytes(): number {
    return Math.min(this.#options.batchSize * 1024, chunkBytes);
  }

  /** Can be called for what it has answered: ranges that have been put together stay so. */
  again(chunks: readonly FilesChunk[], atOnce: boolean, done?: Done): Iterable<FilesChunk> {
    const together = this.#together(chunks, atOnce);
    // What was done was put together in the same way before.
    return done ? notDone([...together], done) : together;
  }

  *#together(chunks: readonly FilesChunk[], atOnce: boolean): Generator<FilesChunk> {
    const mostBytes = atOnce ? atOnceBytes : this.#documentBytes;
    const documents = [
      ...groupsOf(
        chunks.flatMap((chunk) => chunk.documents ?? []),
        mostBytes,
        chunkFiles,
      ),
    ].map(documentsChunk);
    const lines = [...this.#groupsOfRanges(chunks, mostBytes)].map(linesChunk);
    // The last of each can need one another.
    const [first, ...others] = atOnce ? lines : [];
    if (atOnce && first && documents.length > 0) {
      const last = documents.pop() as FilesChunk;
      yield* documents;
      yield { ...last, ...first, documents: last.documents ?? [], weight: last.weight + first.weight };
      yield* others;
    } else {
      yield* documents;
      yield* lines;
    }
  }

  *#groupsOfRanges(chunks: readonly FilesChunk[], mostBytes: number): Generator<LinesPart[]> {
    let parts: LinesPart[] = [];
    let bytes = 0;
    for (const [path, ranges] of rangesByPath(chunks)) {
      const part = this.#lines.get(path) ?? { file: { path } };
      for (const range of mergeRanges(ranges)) {
        const size = range.to - range.from;
        if (bytes > 0 && bytes + size > mostBytes) {
          yield parts;
          parts = [];
          bytes = 0;
        }
        const last = parts.at(-1);
        if (last?.file === part.file) parts[parts.length - 1] = { ...last, ranges: [...last.ranges, range] };
        else parts.push({ ...part, ranges: [range] });
        bytes += size;
      }
    }
    if (bytes > 0) yield parts;
  }

  async *units(chunk: FilesChunk): AsyncGenerator<Unit> {
    if (chunk.refused) yield { file: chunk.refused.file, content: refusedPart([chunk.refused]) };
    const context = this.#context();
    const drafts: Draft[] = [];
    for (const file of chunk.documents ?? []) {
      const draft = await readUnit(file, { context, isKosh: this.#options.format === 'kosh', again: documentsChunk([file]) });
      if ('unit' in draft && typeof draft.unit.content === 'function') yield draft.unit;
      else drafts.push(draft);
    }
    for (const part of chunk.lines ?? []) {
      for (const range of part.ranges) for (const draft of this.#readRange(part, range, context)) drafts.push(draft);
    }
    yield* await unitsOf(drafts, context);
  }

  #readRange(part: LinesPart, range: LineRange, context: SourceContext): Iterable<Draft> {
    if (!isReadable(part)) throw new Error(`${part.file.path}: a chunk that was not planned`);
    const { file, table } = part;
    const again = (own: LineRange) => linesChunk([{ file: { path: file.path }, ranges: [own] }]);
    return table ? readCsv(file, range, table, { context, again }) : readJsonLines(file, range, { context, again });
  }

  async close(): Promise<void> {
    await this.#spool.close();
  }
}

function* chain<T>(...all: Iterable<T>[]): Generator<T> {
  for (const one of all) yield* one;
}

function documentsChunk(documents: readonly InputFile[]): FilesChunk {
  return { stage: 0, weight: documents.reduce((sum, file) => sum + weightOf(file), 0), documents };
}

function linesChunk(lines: readonly LinesPart[]): FilesChunk {
  const ranges = lines.flatMap((part) => part.ranges);
  return { stage: 0, weight: ranges.reduce((sum, { from, to }) => sum + to - from, 0), lines };
}

function refusedChunk(refused: Reject): FilesChunk {
  return { stage: 0, weight: 0, refused };
}

function rangesByPath(chunks: readonly FilesChunk[]): Map<string, LineRange[]> {
  const byPath = new Map<string, LineRange[]>();
  for (const { lines = [] } of chunks) {
    for (const { file, ranges } of lines) {
      const own = byPath.get(file.path);
      if (own) own.push(...ranges);
      else byPath.set(file.path, [...ranges]);
    }
  }
  return byPath;
}
