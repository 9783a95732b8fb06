import { readDocument } from './document-reader.js';
import { findInputs } from './inputs.js';
import { HashedLocalIds, RememberedLocalIds } from './local-ids.js';
import type { Chunk, Part, Plan, Source, Unit } from './source.js';

/** A larger document is read as a stream inside its transaction. */
const wholeBytes = 8 * 2 ** 20;
const streamBytes = 4 * 2 ** 20;
/** What is put into one chunk when documents need one another. */
const atOnceBytes = 32 * 2 ** 20;
/** Documents of one chunk, however small they are. */
const chunkFiles = 5000;

export interface DocumentsChunk extends Chunk {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface SinaJsonOptions {
  readonly inputs: readonly string[];
  /** Records a transaction: small documents share a transaction up to about this many (at 1 KiB each). */
  readonly batchSize: number;
}

/** Sina documents (`{"records": [...], "relationships": [...]}`). Each is a unit: whole or not at all. */
export class SinaJsonSource implements Source<DocumentsChunk> {
  readonly #options: SinaJsonOptions;

  constructor(options: SinaJsonOptions) {
    this.#options = options;
  }

  async plan(): Promise<Plan<DocumentsChunk>> {
    const files = await findInputs(this.#options.inputs);
    const chunks = [...chunksOf(files, this.#chunkBytes)];
    return { weight: files.reduce((sum, file) => sum + file.bytes, 0), width: chunks.length, chunks };
  }

  again(chunks: readonly DocumentsChunk[], atOnce: boolean): Iterable<DocumentsChunk> {
    return chunksOf(
      chunks.flatMap(({ files }) => files),
      atOnce ? atOnceBytes : this.#chunkBytes,
    );
  }

  get #chunkBytes(): number {
    return Math.min(this.#options.batchSize * 1024, wholeBytes);
  }

  async *units({ stage, files }: DocumentsChunk): AsyncGenerator<Unit> {
    for (const file of files) {
      const { path, bytes } = file;
      const again = { stage, weight: bytes, files: [file] } satisfies DocumentsChunk;
      const content = bytes > wholeBytes ? streamed(path) : await readWhole(path, bytes);
      yield { file: path, content, again };
    }
  }
}

function* chunksOf(all: DocumentsChunk['files'], most: number): Generator<DocumentsChunk> {
  let files: DocumentsChunk['files'][number][] = [];
  let weight = 0;
  for (const file of all) {
    if (files.length > 0 && (weight + file.bytes > most || files.length === chunkFiles)) {
      yield { stage: 0, weight, files };
      files = [];
      weight = 0;
    }
    files.push(file);
    weight += file.bytes;
  }
  if (files.length > 0) yield { stage: 0, weight, files };
}

function streamed(path: string): () => AsyncIterable<Part> {
  // One for all readings, so that a second reading finds the ids of the first.
  const localIds = new HashedLocalIds();
  return () => readDocument(path, { localIds, bufferBytes: streamBytes, relationshipsLast: false });
}

async function readWhole(path: string, bytes: number): Promise<Part> {
  // One byte more than the file has, so that its end is seen in the first read.
  const options = { localIds: new RememberedLocalIds(), bufferBytes: bytes + 1, relationshipsLast: true };
  const parts: Part[] = [];
  for await (const part of readDocument(path, options)) parts.push(part);
  const sum = (of: 'records' | 'relationships') => parts.reduce((total, part) => total + part.read[of], 0);
  return {
    records: parts.flatMap((part) => part.records),
    relationships: parts.flatMap((part) => part.relationships),
    rejects: parts.flatMap((part) => part.rejects),
    read: { records: sum('records'), relationships: sum('relationships') },
  };
}
