import { wholeBytes } from './document-file.js';
import { gunzipHead } from './gzip.js';
import { type InputFile, readFully, withFile } from './input-file.js';
import { isJson } from './json-scan.js';
import { type ForeignContent, foreignContent, isGzip } from './known-content.js';

/** What `--format` says. */
export type FormatOption = 'auto' | 'sina' | 'kosh' | 'jsonl' | 'csv';

/** How a file is read. */
export type Format = 'document' | 'jsonl' | 'csv';

export interface Detected {
  /** `unknown`: the file is none of the formats, or cannot be told. */
  readonly format: Format | 'unknown';
  readonly isPacked: boolean;
  readonly foreign?: ForeignContent | undefined;
}

const forced = { sina: 'document', kosh: 'document', jsonl: 'jsonl', csv: 'csv' } as const;
const byName: ReadonlyMap<string, Format> = new Map([
  ['json', 'document'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['dsv', 'csv'],
]);
const headBytes = 64 * 2 ** 10;
const topKeys = /^\s*\{\s*"(?:records|relationships|minimum_kosh_version|kosh_version|sources_type)"/;

/** The format of a file: that of the option, else by its name, else by how it begins. A small `*.json` is not opened. Throws what the file system says. */
export function detect(file: InputFile, option: FormatOption): Detected {
  const [, name = '', packed] = /\.([^./]+?)(\.gz)?$/i.exec(file.path) ?? [];
  const named = option === 'auto' ? byName.get(name.toLowerCase()) : forced[option];
  const isSmall = file.bytes <= wholeBytes;
  // A document says itself whether it is packed, and what is wrong with it.
  if (named === 'document' && (isSmall || option !== 'auto')) return { format: 'document', isPacked: packed !== undefined };
  const { head, isPacked } = headOf(file);
  const format = named === 'document' ? (hasLines(head) ? 'jsonl' : named) : (named ?? formatOf(head));
  const foreign = foreignContent(head);
  return { format: foreign && format !== 'document' ? 'unknown' : format, isPacked, foreign };
}

function headOf(file: InputFile): { readonly head: Buffer; readonly isPacked: boolean } {
  const bytes = Buffer.alloc(Math.min(headBytes, file.bytes + 1));
  const head = bytes.subarray(
    0,
    withFile(file, (fd) => readFully(fd, bytes, 0)),
  );
  return isGzip(head) ? { head: gunzipHead(head).subarray(0, headBytes), isPacked: true } : { head, isPacked: false };
}

/** Whether there is an object in the first line and another one behind it. */
function hasLines(head: Buffer): boolean {
  const [first = '', next = ''] = head.toString().split('\n', 2);
  return next.trimStart().startsWith('{') && isJson(first);
}

/** Lines that one looks at for an object: the first ones may be broken. */
const objectLines = 20;

function hasObjectLine(text: string): boolean {
  return text.split('\n', objectLines).some((line) => line.startsWith('{') && isJson(line));
}

/** By how a file begins. */
function formatOf(head: Buffer): Detected['format'] {
  const text = head.toString();
  const start = text.trimStart();
  if (start === '') return 'unknown';
  if (start.startsWith('[')) return 'document';
  if (!start.startsWith('{')) return head.includes(0) ? 'unknown' : hasObjectLine(start) ? 'jsonl' : 'csv';
  if (startsDocument(text)) return 'document';
  const end = start.indexOf('\n');
  // Many lines, or one that is whole, or one that is longer than what is looked at: a document begins with one of its keys, or takes many lines.
  if (end === -1) return isJson(start) || head.length >= headBytes ? 'jsonl' : 'document';
  return isJson(start.slice(0, end)) ? 'jsonl' : 'document';
}

/** Whether a text begins as a Sina document or an export of Kosh does. */
export function startsDocument(text: string): boolean {
  return topKeys.test(text);
}
