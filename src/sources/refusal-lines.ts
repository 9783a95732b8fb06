import { isUtf8 } from 'node:buffer';
import { closeSync, openSync } from 'node:fs';
import { IngestError, messageOf } from '../errors.js';
import { membersOf } from '../records/json-text.js';
import type { Members } from '../records/types.js';
import { blocksOf } from './input-file.js';

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
 * The lines of a rejects file, but for empty ones, one after the other: it can be larger than memory. Throws `ERR_INPUT` when it cannot be read, and for the first
 * line that is no JSON object or no reject.
 */
export function* readRefusalLines(path: string): Generator<RefusalLine> {
  let at = 0;
  for (const bytes of linesOf(path)) {
    at++;
    if (!isUtf8(bytes)) throw unreadable(`line ${at} of the rejects file ${path} is not UTF-8 text`);
    // With a byte order mark, which some editors put there.
    const text = bytes.toString().trim();
    if (text !== '') yield refusalLine(text, at, path);
  }
}

function* linesOf(path: string): Generator<Buffer> {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    let begun: Buffer[] = [];
    for (const block of blocksOf(fd)) {
      let from = 0;
      for (let end = block.indexOf(0x0a); end !== -1; end = block.indexOf(0x0a, from)) {
        yield Buffer.concat([...begun, block.subarray(from, end)]);
        begun = [];
        from = end + 1;
      }
      // The block is overwritten by the next one.
      begun.push(Buffer.from(block.subarray(from)));
    }
    yield Buffer.concat(begun);
  } catch (cause) {
    throw unreadable(`cannot read the rejects file ${path}: ${messageOf(cause)}`, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unreadable(message: string, cause?: unknown): IngestError {
  return new IngestError('ERR_INPUT', message, { hint: 'Nothing was written. Give the rejects file of an earlier load.', cause });
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
