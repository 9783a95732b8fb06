import type { Chunk, Place, Reject } from './source.js';

/** A line of JSON Lines, or a mended reject. */
export interface LineText {
  readonly text: string;
  /** The file that rejects name. */
  readonly file: string | null;
  /** Where the line begins: 1-based line, 0-based byte. */
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
  /** What ids are made of when the line has none: the same for the same line of the same file. */
  readonly seed: string;
  readonly place?: Place | undefined;
  /** The chunk of this line alone. */
  readonly again?: (() => Chunk) | undefined;
}

/** A longer line is not copied into the rejects file. */
const longestRecord = 2 ** 20;

/** How a reject is mended whose "record" is not in a form that can be loaded, such as the cells of a row. */
export const mendIntoDataset = 'Mend "record" into {"id": "...", "ensemble": "...", "metadata": {...}}.';

/** A reject of a line with its place. */
export function lineReject(
  { file, line, offset, text }: Pick<LineText, 'file' | 'line' | 'offset' | 'text'>,
  reject: Omit<Reject, 'file'>,
): Reject {
  const record = text.length > longestRecord || text === '' ? {} : { record: text };
  return { ...reject, file, ...(line === undefined ? {} : { line }), ...(offset === undefined ? {} : { offset }), ...record };
}

/** Gives rejects that were found later the place and the text of the line. */
export function locateIn(line: Parameters<typeof lineReject>[0]): (rejects: readonly Reject[]) => Promise<readonly Reject[]> {
  return async (rejects) => rejects.map((reject) => (reject.line === undefined ? lineReject(line, reject) : reject));
}
