/** What is in a file that is none of the formats. */
export interface ForeignContent {
  readonly what: string;
  readonly hint: string;
}

interface Kind extends ForeignContent {
  /** The bytes it begins with, as Latin-1. */
  readonly magic: string;
}

const kinds: readonly Kind[] = [
  {
    what: 'a SQLite database',
    magic: 'SQLite format 3\0',
    hint: 'A store is given with --store. To copy one, export it first.',
  },
  { what: 'an HDF5 file', magic: '\x89HDF\r\n', hint: 'Write it as a Sina document, JSON Lines or CSV.' },
  { what: 'a PNG image', magic: '\x89PNG', hint: 'Associate it with a dataset instead.' },
  { what: 'a JPEG image', magic: '\xff\xd8\xff', hint: 'Associate it with a dataset instead.' },
  { what: 'a PDF document', magic: '%PDF-', hint: 'Associate it with a dataset instead.' },
  { what: 'a zip file, or a workbook', magic: 'PK\x03\x04', hint: 'Unpack it; save a workbook as CSV.' },
  { what: 'a file packed with bzip2', magic: 'BZh', hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a file packed with xz', magic: '\xfd7zXZ', hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a file packed with zstd', magic: '\x28\xb5\x2f\xfd', hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a program', magic: '\x7fELF', hint: 'Check the path.' },
  { what: 'a pickled Python object', magic: '\x80\x04\x95', hint: 'Write it as JSON.' },
  { what: 'a Parquet file', magic: 'PAR1', hint: 'Write it as JSON Lines or CSV.' },
];

const byteOrderMarks = ['\xff\xfe', '\xfe\xff'];
const utf16: ForeignContent = {
  what: 'text in UTF-16',
  hint: 'Write it in UTF-8, for example with iconv -f UTF-16 -t UTF-8.',
};

/** What a file is, by its first bytes, when it is nothing that can be loaded. */
export function foreignContent(head: Buffer): ForeignContent | undefined {
  const kind = kinds.find(({ magic }) => startsWith(head, magic));
  if (kind) return { what: kind.what, hint: kind.hint };
  if (byteOrderMarks.some((mark) => startsWith(head, mark))) return utf16;
  // What the formats begin with, an ASCII character, has a NUL beside it in UTF-16.
  if (head.length >= 4 && (head[0] === 0) !== (head[1] === 0) && (head[2] === 0) !== (head[3] === 0)) return utf16;
  return head.includes(0) ? { what: 'a binary file', hint: 'Check the path: loaded are JSON, JSON Lines and CSV.' } : undefined;
}

/** Whether the bytes are packed with gzip. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function startsWith(head: Buffer, magic: string): boolean {
  return head.toString('latin1', 0, magic.length) === magic;
}
