import { codeOf, IngestError, messageOf } from '../errors.js';
import { type CsvOptions, planCsv } from './csv-plan.js';
import { type Detected, detect, type FormatOption } from './detect.js';
import type { LinesPart } from './files-chunk.js';
import { gzipFault } from './gzip.js';
import type { ByteRange, InputFile } from './input-file.js';
import { findInputs } from './inputs.js';
import type { LineRange } from './line-ranges.js';
import { lineRanges } from './line-ranges.js';
import type { Reject } from './source.js';
import type { Spool } from './spool.js';

export interface FilesOptions extends Pick<CsvOptions, 'delimiter' | 'idColumn' | 'ensembleColumn'> {
  readonly inputs: readonly string[];
  readonly format: FormatOption;
  /** Records a transaction: lines, and small documents of about as many KiB. */
  readonly batchSize: number;
}

/** A file of lines that has been looked at. */
export interface LinesFile {
  readonly part: Omit<LinesPart, 'ranges'> & { readonly file: InputFile };
  readonly ranges: Iterable<LineRange>;
}

/** The files of a load by what they are. */
export interface FoundFiles {
  readonly documents: readonly InputFile[];
  readonly lines: readonly LinesFile[];
  readonly refused: readonly Reject[];
  readonly notes: readonly string[];
}

/** What is done of a file of lines. */
export type DoneRanges = (path: string) => readonly ByteRange[];

/** Finds the files of a load, unpacks what has to be, and looks how each can be cut. */
export async function findFiles(options: FilesOptions, doneOf: DoneRanges, spool: Spool): Promise<FoundFiles> {
  const documents: InputFile[] = [];
  const lines: LinesFile[] = [];
  const refused: Reject[] = [];
  const notes: string[] = [];
  for (const found of await findInputs(options.inputs, options.format, () => spool.stdin())) {
    try {
      const { format, isPacked, foreign } = detect(found, options.format);
      if (format === 'document') {
        documents.push(found);
        continue;
      }
      const file = isPacked && format !== 'unknown' ? await spool.unpacked(found) : found;
      const done = doneOf(file.path);
      const mostLines = options.batchSize;
      if (format === 'jsonl') lines.push({ part: { file }, ranges: lineRanges(file, { from: 0, mostLines, done }) });
      else if (format === 'csv') {
        const { table, ranges, skipped, note } = await planCsv(file, { ...options, mostLines, done });
        if (skipped !== done.length) throw changed(file.path);
        lines.push({ part: { file, table }, ranges });
        notes.push(note);
      } else refused.push(unknown(found, foreign));
    } catch (error) {
      refused.push(refusedFile(found, error));
    }
  }
  return { documents, lines, refused, notes };
}

export function changed(path: string): IngestError {
  return notAsItWas(path, 'has another content now');
}

export function gone(path: string): IngestError {
  return notAsItWas(path, 'is no longer among the inputs');
}

function notAsItWas(path: string, what: string): IngestError {
  return new IngestError('ERR_INPUT_CHANGED', `${path} was loaded before this load was interrupted, and ${what}`, {
    hint: 'Nothing was written. Restore it, or begin anew with --restart, and with --if-exists for what is in the store.',
  });
}

function unknown({ path, bytes }: InputFile, foreign: Detected['foreign']): Reject {
  const message = foreign ? `this is ${foreign.what}` : bytes === 0 ? 'the file is empty' : 'its format cannot be told';
  return reject(path, message, foreign?.hint ?? 'Give --format sina, kosh, jsonl or csv.');
}

function refusedFile({ path }: InputFile, error: unknown): Reject {
  const code = codeOf(error);
  if (error instanceof IngestError) {
    if (code !== 'ERR_NOT_CSV') throw error;
    return { ...reject(path, error.message, error.hint), code: 'ERR_NOT_CSV', line: 1, offset: 0 };
  }
  if (code === undefined || error instanceof RangeError) throw error;
  return reject(path, `cannot be read: ${gzipFault(error) ?? messageOf(error)}`);
}

function reject(file: string, message: string, hint?: string): Reject {
  return { file, recordId: null, pointer: '', code: 'ERR_INPUT', message, ...(hint === undefined ? {} : { hint }) };
}
