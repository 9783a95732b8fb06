import { isUtf8 } from 'node:buffer';
import { digestOfPieces } from './digest.js';
import { refusedPart } from './documents.js';
import type { Draft } from './drafts.js';
import { type ByteRange, encodingOf, type InputFile, placeOf, readRange } from './input-file.js';
import { foreignContent } from './known-content.js';
import { type LineRange, longestRow, rangeKey } from './line-ranges.js';
import { readLine } from './line-records.js';
import { lineReject } from './line-text.js';
import { type Chunk, type Place, placeWith, type Reject, type SourceContext } from './source.js';

export interface LinesOptions {
  readonly context: SourceContext;
  /** The chunk of a range alone. */
  readonly again: (range: LineRange) => Chunk;
}

/** The place of a range, with the bytes that were read of it. `header`: what else the units are made of. */
export function placeOfRange(path: string, range: ByteRange, bytes: Buffer, header = ''): Place {
  return placeWith(rangeKey(path, range), () => digestOfPieces([header, bytes]));
}

/** The lines of a range of a JSON Lines file. */
export function* readJsonLines(file: InputFile, range: LineRange, { context, again }: LinesOptions): Generator<Draft> {
  const tooLong = refuseTooLong(file, range);
  if (tooLong) {
    yield tooLong;
    return;
  }
  const bytes = readRange(file, range);
  const place = placeOfRange(file.path, range, bytes);
  const base = placeOf(file.path);
  const isSound = isUtf8(bytes);
  const encoding = encodingOf(bytes);
  let { line } = range;
  for (let at = 0; at < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    const text = bytes.toString(encoding, at, end).trim();
    const from = range.from + at;
    const where = { file: file.path, line, offset: from, text };
    if (text !== '' && !isSound && !isUtf8(bytes.subarray(at, end)))
      yield {
        unit: { file: file.path, place, content: refusedPart([notUtf8(where, bytes.subarray(at, end))], 1) },
        isKosh: false,
      };
    else if (text !== '') {
      const own = { from, to: range.from + end, line, of: place.key };
      yield readLine({ ...where, seed: `${base}@${from}:${text}`, place, again: () => again(own) }, context);
    }
    at = end;
  }
}

/** A row that is not read at all. */
export function refuseTooLong(file: InputFile, { from, to, line }: LineRange): Draft | undefined {
  if (to - from <= longestRow) return undefined;
  return refused({
    file: file.path,
    recordId: null,
    pointer: '',
    code: 'ERR_RECORD',
    message: `a line of ${Math.round((to - from) / 2 ** 20)} MiB`,
    expected: 'lines of at most 64 MiB',
    hint: 'Large data goes into a Sina document, or into files that are associated with a dataset.',
    line,
    offset: from,
  });
}

function notUtf8(where: Parameters<typeof lineReject>[0], bytes: Buffer): Reject {
  const foreign = foreignContent(bytes.subarray(0, 1024));
  return lineReject(where, {
    recordId: null,
    pointer: '',
    code: 'ERR_NOT_JSON',
    message: foreign ? `this is ${foreign.what}` : 'not valid UTF-8',
    expected: 'text in UTF-8',
    ...(foreign ? { hint: foreign.hint } : {}),
  });
}

function refused(reject: Reject): Draft {
  return { unit: { file: reject.file, content: refusedPart([reject], 1) }, isKosh: false };
}
