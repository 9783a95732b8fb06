/** What is in a file that is none of the formats. */
export interface ForeignContent {
  readonly what: string;
  readonly hint: string;
}

interface Kind extends ForeignContent {
  readonly magic: readonly (number | string)[];
}

const kinds: readonly Kind[] = [
  {
    what: 'a SQLite database',
    magic: ['SQLite format 3\0'],
    hint: 'A store is given with --store. To copy one, export it first.',
  },
  { what: 'an HDF5 file', magic: [0x89, 'HDF\r\n'], hint: 'Write it as a Sina document, JSON Lines or CSV.' },
  { what: 'a PNG image', magic: [0x89, 'PNG'], hint: 'Associate it with a dataset instead.' },
  { what: 'a JPEG image', magic: [0xff, 0xd8, 0xff], hint: 'Associate it with a dataset instead.' },
  { what: 'a PDF document', magic: ['%PDF-'], hint: 'Associate it with a dataset instead.' },
  { what: 'a zip file, or a workbook', magic: ['PK', 3, 4], hint: 'Unpack it; save a workbook as CSV.' },
  { what: 'a file packed with bzip2', magic: ['BZh'], hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a file packed with xz', magic: [0xfd, '7zXZ'], hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a file packed with zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], hint: 'Unpack it, or pack it with gzip.' },
  { what: 'a program', magic: [0x7f, 'ELF'], hint: 'Check the path.' },
  { what: 'a pickled Python object', magic: [0x80, 4, 0x95], hint: 'Write it as JSON.' },
  { what: 'a Parquet file', magic: ['PAR1'], hint: 'Write it as JSON Lines or CSV.' },
];

const utf16: ForeignContent = {
  what: 'text in UTF-16',
  hint: 'Write it in UTF-8, for example with iconv -f UTF-16 -t UTF-8.',
};

/** What a file is, by its first bytes, when it is nothing that can be loaded. */
export function foreignContent(head: Buffer): ForeignContent | undefined {
  const kind = kinds.find(({ magic }) => startsWith(head, magic));
  if (kind) return { what: kind.what, hint: kind.hint };
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return utf16;
  // What the formats begin with, an ASCII character, has a NUL beside it in UTF-16.
  if (head.length >= 4 && (head[0] === 0) !== (head[1] === 0) && (head[2] === 0) !== (head[3] === 0)) return utf16;
  return head.includes(0) ? { what: 'a binary file', hint: 'Check the path: loaded are JSON, JSON Lines and CSV.' } : undefined;
}

/** Whether the bytes are packed with gzip. */
export function isGzip(head: Buffer): boolean {
  return startsWith(head, [0x1f, 0x8b]);
}

function startsWith(head: Buffer, magic: Kind['magic']): boolean {
  const wanted = Buffer.concat(
    magic.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))),
  );
  return head.length >= wanted.length && head.subarray(0, wanted.length).equals(wanted);
}
