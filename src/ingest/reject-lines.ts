import { elementsOf } from '../records/json-text.js';
import { elementOf } from '../sources/locate-rejects.js';
import type { Reject } from '../sources/source.js';

/** The keys of a line, in their order. */
const keys = ['file', 'line', 'offset', 'pointer', 'code', 'message', 'found', 'expected', 'hint'] as const;
const keysOfMore = ['pointer', 'code', 'message', 'found', 'expected'] as const;

/**
 * Rejects as lines of a rejects file, each with its line end: one JSON object for each record, relationship, line or document that is refused. What else is wrong with the same
 * one goes into `more` of its line. `record` is the refused text: as JSON, with every number as it was written, when it is an object or a list, else as a text.
 */
export function rejectLines(rejects: readonly Reject[]): string[] {
  const groups = new Map<string, [Reject, ...Reject[]]>();
  for (const [n, reject] of rejects.entries()) {
    const key = keyOf(reject, n);
    const group = groups.get(key);
    if (group) group.push(reject);
    else groups.set(key, [reject]);
  }
  return [...groups.values()].map((group) => `${lineOf(group)}\n`);
}

/** What is refused: the same for all that is wrong with it. A line of a file is known by its number, a generated record by its id. */
function keyOf({ file, line, pointer, recordId }: Reject, n: number): string {
  const element = elementOf(pointer);
  return JSON.stringify(file === null ? [recordId ?? n] : [file, element, element === '' ? line : 0]);
}

function lineOf([first, ...others]: readonly [Reject, ...Reject[]]): string {
  const parts = textsOf(first, keys);
  const record = [first, ...others].find((reject) => reject.record !== undefined)?.record;
  if (record !== undefined) parts.push(`"record":${recordText(record)}`);
  if (first.recordId !== null) parts.push(`"recordId":${JSON.stringify(first.recordId)}`);
  if (others.length > 0) parts.push(`"more":[${others.map((other) => `{${textsOf(other, keysOfMore).join(',')}}`).join(',')}]`);
  return `{${parts.join(',')}}`;
}

function textsOf(reject: Reject, wanted: readonly (typeof keys)[number][]): string[] {
  return wanted.flatMap((key) => (reject[key] === undefined ? [] : `${JSON.stringify(key)}:${JSON.stringify(reject[key])}`));
}

function recordText(text: string): string {
  return compactJson(text) ?? JSON.stringify(text);
}

/** The text of an object or a list in one line; undefined for anything else. */
function compactJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return elementsOf(`[${text}]`)[0];
}
