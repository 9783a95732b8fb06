import { readFile } from 'node:fs/promises';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { membersOf } from '../records/json-text.js';
import type { Members } from '../records/types.js';
import { elementOf } from './locate-rejects.js';

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
  /** What is to be loaded instead: text of JSON, or of a line or a document. Undefined: the file itself was mended. */
  readonly record: string | undefined;
}

/**
 * The lines of a rejects file. Throws `ERR_INPUT` for one that cannot be read, and for the first line that is no reject or that names no file: nothing is loaded then.
 */
export async function readMendedLines(path: string): Promise<MendedLine[]> {
  const text = await textOf(path);
  const lines: MendedLine[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() !== '') lines.push(mendedLine(line, n + 1, path));
  }
  return lines;
}

async function textOf(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const why = codeOf(cause) === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : messageOf(cause);
    throw new IngestError('ERR_INPUT', `cannot read the rejects file ${path}: ${why}`, {
      hint: 'Nothing was written. Give the rejects file of an earlier load with --from-rejects.',
      cause,
    });
  }
}

function mendedLine(text: string, at: number, path: string): MendedLine {
  const refuse = (what: string, hint: string, cause?: unknown): never => {
    throw new IngestError('ERR_INPUT', `line ${at} of the rejects file ${path} ${what}`, {
      hint: `Nothing was written. ${hint}`,
      cause,
    });
  };
  let members: Members = new Map();
  try {
    members = membersOf(text);
  } catch (cause) {
    const { message, hint = '' } = cause as IngestError;
    refuse(`is not JSON: ${message}`, `A line is one JSON object. ${hint}`, cause);
  }
  const value = (key: string): unknown => JSON.parse(members.get(key) ?? 'null');
  const [file, pointer] = [value('file'), value('pointer')];
  if (typeof pointer !== 'string' || typeof value('code') !== 'string') {
    refuse('is no reject: it has no "pointer" or no "code"', 'Change nothing but "record" in a line, or take the line out.');
  }
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
    element: elementOf(pointer as string),
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
