import { readFile } from 'node:fs/promises';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { membersOf } from '../records/json-text.js';
import type { Members } from '../records/types.js';

/** A line of a rejects file as it stands there. */
export interface RefusalLine {
  /** 1-based, in the rejects file. */
  readonly at: number;
  /** The texts of its values, by key. */
  readonly members: Members;
  /** The value of a key; null when it is absent. */
  value(key: string): unknown;
  /** Throws `ERR_INPUT`: "line `at` of the rejects file …" and `what`. */
  refuse(what: string, hint: string): never;
}

/**
 * The lines of a rejects file, but for empty ones. Throws `ERR_INPUT` when it cannot be read, and for the first line that is no JSON object or no reject.
 */
export async function readRefusalLines(path: string): Promise<RefusalLine[]> {
  const text = await textOf(path);
  return text.split('\n').flatMap((line, n) => (line.trim() === '' ? [] : [refusalLine(line, n + 1, path)]));
}

async function textOf(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const why = codeOf(cause) === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : messageOf(cause);
    throw new IngestError('ERR_INPUT', `cannot read the rejects file ${path}: ${why}`, {
      hint: 'Nothing was written. Give the rejects file of an earlier load.',
      cause,
    });
  }
}

function refusalLine(text: string, at: number, path: string): RefusalLine {
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
  if (typeof value('pointer') !== 'string' || typeof value('code') !== 'string') {
    refuse('is no reject: it has no "pointer" or no "code"', 'Change nothing but "record" in a line, or take the line out.');
  }
  return { at, members, value, refuse };
}
