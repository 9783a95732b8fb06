import { resolve } from 'node:path';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { detect } from './detect.js';
import { digestOfPieces, digestOfWhole } from './digest.js';
import { refusedPart } from './documents.js';
import { type DocumentDraft, unitsOf } from './drafts.js';
import { stat } from './file-stats.js';
import { digestOf, type InputFile, readFully, withFile } from './input-file.js';
import { unitsOfLines } from './line-records.js';
import type { LineText } from './line-text.js';
import { MendedDocument, type MendedDocumentData, wholeOf } from './mended-document.js';
import { isLeftOut, type MendedLine, readMendedLines } from './mended-lines.js';
import { type Chunk, type Done, type Plan, placeWith, type Source, type SourceContext, type Unit } from './source.js';

/** Documents in a chunk, and their bytes, at the most; more when they need one another. */
const chunkDocuments = 500;
const chunkBytes = 8 * 2 ** 20;
const atOnce = 4000;

export interface MendedChunk extends Chunk {
  readonly documents: readonly MendedDocumentData[];
  readonly lines: readonly MendedLine[];
}

export interface RejectsOptions {
  /** The rejects file. */
  readonly fromRejects: string;
  /** Records a transaction: as many documents at the most. */
  readonly batchSize: number;
}

/**
 * What a rejects file holds after it has been mended: of a document all but what was refused is read from its file again. A document is a unit, and
 * a line of a file of lines.
 */
export class RejectsSource implements Source<MendedChunk> {
  readonly #options: RejectsOptions;
  readonly #context: () => SourceContext;

  /** `context` is asked when the first unit is read. */
  constructor(options: RejectsOptions, context: () => SourceContext) {
    this.#options = options;
    this.#context = context;
  }

  async plan(done: Done = new Map()): Promise<Plan<MendedChunk>> {
    const byFile = new Map<string, MendedLine[]>();
    for (const line of readMendedLines(this.#options.fromRejects)) {
      const lines = byFile.get(line.file);
      if (lines) lines.push(line);
      else byFile.set(line.file, [line]);
    }
    const documents: MendedDocumentData[] = [];
    const single: MendedLine[] = [];
    const isLeft = (line: MendedLine) => !this.#isDone(line, done) && !isLeftOut(line);
    for (const [file, lines] of byFile) {
      const bytes = (await stat(file).catch(() => undefined))?.size ?? 0;
      const isDocument = lines.some(({ element }) => element !== '');
      if (isDocument && file === '-') throw fromStdin(lines);
      if (!isDocument && hasLines({ path: file, bytes })) {
        for (const line of lines) if (isLeft(line)) single.push(line);
      } else documents.push({ file, bytes, lines });
    }
    for (const document of documents) if (!wholeOf(document)) this.#checkIsHere(document);
    const left = documents.filter((document) => !isDone(document, done) && !isLeftOut(wholeOf(document)));
    const chunks = [...chunksOf(left, single, this.#chunkDocuments)];
    return { weight: chunks.reduce((sum, { weight }) => sum + weight, 0), width: Math.max(1, chunks.length), chunks };
  }

  again(chunks: readonly MendedChunk[], together: boolean): Iterable<MendedChunk> {
    const documents = chunks.flatMap((chunk) => chunk.documents);
    const lines = chunks.flatMap((chunk) => chunk.lines);
    return chunksOf(documents, lines, together ? atOnce : this.#chunkDocuments);
  }

  get #chunkDocuments(): number {
    return Math.min(this.#options.batchSize, chunkDocuments);
  }

  async *units({ documents, lines }: MendedChunk): AsyncGenerator<Unit> {
    const context = this.#context();
    const drafts: DocumentDraft[] = [];
    for (const document of documents) {
      const again = { stage: 0, weight: weightOf(document), documents: [document], lines: [] } satisfies MendedChunk;
      const { unit, isKosh } = await (await MendedDocument.of(document)).draft(again, context);
      const place = placeWith(resolve(document.file), () => digestOfMended(document));
      if (typeof unit.content === 'function') yield { ...unit, place };
      else drafts.push({ unit: { ...unit, place }, isKosh });
    }
    yield* await unitsOf(drafts, context);
    yield* await unitsOfLines(
      lines.flatMap((line) => this.#lineText(line)),
      context,
    );
    for (const line of lines) if (line.record === undefined) yield unmended(line);
  }

  #lineText(mended: MendedLine): LineText[] {
    const { file, line, offset, record } = mended;
    if (record === undefined) return [];
    const again = () => ({ stage: 0, weight: 1, documents: [], lines: [mended] }) satisfies MendedChunk;
    const place = placeWith(this.#keyOf(mended), () => digestOfWhole(record));
    return [{ text: record, file, line, offset, seed: `${resolve(file)}@${offset}:${record}`, place, again }];
  }

  #keyOf({ at }: MendedLine): string {
    return `${resolve(this.#options.fromRejects)}@${at}`;
  }

  #isDone(line: MendedLine, done: Done): boolean {
    const place = done.get(this.#keyOf(line));
    if (place && place.digest !== digestOfWhole(line.record ?? '')) throw changed(line.file);
    return place !== undefined;
  }

  /** A document is read again, all but what was mended of it. */
  #checkIsHere({ file, lines: [line] }: MendedDocumentData): void {
    try {
      withFile({ path: file }, (fd) => readFully(fd, Buffer.alloc(1), 0));
    } catch (cause) {
      const why = codeOf(cause) === 'ENOENT' ? 'is not here' : `cannot be read: ${messageOf(cause)}`;
      throw new IngestError('ERR_INPUT', `${this.#options.fromRejects}: line ${line?.at} names ${file}, which ${why}`, {
        hint: 'Nothing was written. Start it in the folder in which the first load was started.',
        cause,
      });
    }
  }
}

/** Whether each line of a file is a unit of its own. One that is gone is told by its name. */
function hasLines(file: InputFile): boolean {
  try {
    return detect(file, 'auto').format !== 'document';
  } catch {
    return !/\.json(\.gz)?$/i.test(file.path);
  }
}

function fromStdin([line]: readonly MendedLine[]): IngestError {
  return new IngestError(
    'ERR_INPUT',
    `line ${line?.at} of the rejects file is about a document that came from stdin and cannot be read again`,
    {
      hint: 'Nothing was written. Mend the document itself and load it again, or take its lines out.',
    },
  );
}

/** The place of a line in its file says nothing any more once the file was changed. */
function unmended({ file, line, offset, recordId }: MendedLine): Unit {
  const message = 'there is no mended "record" to load for this line';
  const hint = 'Put the mended line into "record", or load the file again, with --if-exists skip.';
  const place = { line, offset, recordId: recordId ?? null };
  return { file, content: refusedPart([{ file, ...place, pointer: '', code: 'ERR_INPUT', message, hint }]) };
}

function weightOf({ bytes }: MendedDocumentData): number {
  return bytes + 1;
}

function* chunksOf(documents: readonly MendedDocumentData[], lines: readonly MendedLine[], most: number): Generator<MendedChunk> {
  const bytes = most === atOnce ? 4 * chunkBytes : chunkBytes;
  let some: MendedDocumentData[] = [];
  let weight = 0;
  for (const document of documents) {
    if (some.length > 0 && (weight + document.bytes > bytes || some.length === most)) {
      yield { stage: 0, weight, documents: some, lines: [] };
      some = [];
      weight = 0;
    }
    some.push(document);
    weight += weightOf(document);
  }
  if (some.length > 0) yield { stage: 0, weight, documents: some, lines: [] };
  for (let at = 0; at < lines.length; at += most) {
    const slice = lines.slice(at, at + most);
    yield { stage: 0, weight: slice.length, documents: [], lines: slice };
  }
}

function isDone(document: MendedDocumentData, done: Done): boolean {
  const place = done.get(resolve(document.file));
  if (!place) return false;
  if (place.digest === digestOfMended(document)) return true;
  throw changed(document.file);
}

function changed(file: string): IngestError {
  return new IngestError('ERR_INPUT_CHANGED', `what was mended of ${file}, or the file, has changed since it was loaded`, {
    hint: 'Nothing was written. Load the rest with --restart, and with --if-exists for what is there already.',
  });
}

/** Of what was mended, and of the file as far as it is read. */
function digestOfMended(document: MendedDocumentData): string {
  const mended = document.lines.map(({ element, record }) => JSON.stringify([element, record ?? null]));
  if (wholeOf(document)) return digestOfPieces(mended);
  return digestOfPieces([...mended, digestOf({ path: document.file })]);
}
