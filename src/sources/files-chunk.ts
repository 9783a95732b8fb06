import type { CsvTable } from './csv-plan.js';
import type { InputFile } from './input-file.js';
import type { LineRange } from './line-ranges.js';
import type { Chunk, Reject } from './source.js';

/** Ranges of one file of lines. */
export interface LinesPart {
  /** Undefined where only the path is known: in a chunk that comes from the journal or from a unit. */
  readonly file: InputFile | { readonly path: string };
  readonly ranges: readonly LineRange[];
  /** Of a delimited file. */
  readonly table?: CsvTable | undefined;
}

/** What of the files a worker reads, to be written in one transaction. */
export interface FilesChunk extends Chunk {
  readonly documents?: readonly InputFile[];
  readonly lines?: readonly LinesPart[];
  /** A file that is refused as a whole. */
  readonly refused?: Reject;
}

export function isReadable(part: LinesPart): part is LinesPart & { readonly file: InputFile } {
  return 'bytes' in part.file;
}
