import { elementOf } from './locate-rejects.js';
import { type RefusalLine, readRefusalLines } from './refusal-lines.js';

/** A line of a rejects file, as far as it is loaded again. Plain data. */
export interface MendedLine {
  /** 1-based, in the rejects file. */
  readonly at: number;
  readonly file: string;
  /** Of the record or relationship that was refused; empty for a document as a whole, and in a line of a file. */
  readonly element: string;
  /** Place in `file` of what was refused. */
  readonly line: number | undefined;
  readonly offset: number | undefined;
  readonly recordId: string | undefined;
  /** What is to be loaded instead: text of JSON, or of a line or a document. Undefined: the file itself was mended. Blank: {@link isLeftOut}. */
  readonly record: string | undefined;
}

/**
 * The lines of a rejects file. Throws `ERR_INPUT` for one that cannot be read, and for the first line that is no reject or that names no file: nothing is loaded then.
 */
export function* readMendedLines(path: string): Generator<MendedLine> {
  for (const line of readRefusalLines(path)) yield mendedLine(line);
}

/** Whether what was refused is to be left out: nothing is loaded in its place. */
export function isLeftOut(line: MendedLine | undefined): boolean {
  return line?.record?.trim() === '';
}

function mendedLine({ at, members, value, refuse }: RefusalLine): MendedLine {
  const file = value('file');
  if (typeof file !== 'string') {
    return refuse('names no file: it is about a generated record', 'Generate again, with another --prefix, instead.');
  }
  const record = recordIn(members.get('record') ?? 'null');
  if (record === false) {
    return refuse(
      'has a "record" that is no object, list or text',
      'Give the mended record, or null when the file itself was mended.',
    );
  }
  const [line, offset, recordId] = [value('line'), value('offset'), value('recordId')];
  return {
    at,
    file,
    element: elementOf(String(value('pointer'))),
    line: typeof line === 'number' ? line : undefined,
    offset: typeof offset === 'number' ? offset : undefined,
    recordId: typeof recordId === 'string' ? recordId : undefined,
    record: isUnmended(value('code'), record) ? undefined : record,
  };
}

/** What was no UTF-8 stands in a rejects file with another character in its place, which is not to get into a store. */
function isUnmended(code: unknown, record: string | undefined): boolean {
  return code === 'ERR_NOT_JSON' && record?.includes('\ufffd') === true;
}

/** As text; undefined for none, false for what can be no record. */
function recordIn(text: string): string | undefined | false {
  if (text === 'null') return undefined;
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return /^[[{]/.test(text) ? text : false;
}
