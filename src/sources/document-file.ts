import { closeSync, openSync } from 'node:fs';
import { koshExportKeys } from '../records/kosh-export.js';
import { digestOfWhole } from './digest.js';
import { gunzipReader, gunzipWhole, unpackedBlocks } from './gzip.js';
import { blocksOf, digestOf, type InputFile, readFully, withFile } from './input-file.js';
import type { ReadBytes } from './json-scan.js';
import { JsonSplitter } from './json-splitter.js';
import { isGzip } from './known-content.js';

/** A larger document is read as a stream inside its transaction. */
export const wholeBytes = 8 * 2 ** 20;
const streamBytes = 4 * 2 ** 20;
const arrays = ['records', 'relationships'] as const;
/** What of the top of a document says what it is. */
const notedKeys = [...koshExportKeys, 'id', 'local_id', 'type'];
/** What a packed file is taken to unpack to, in multiples of its size. One that unpacks to more is read as a stream. */
export const unpackedShare = 10;
const leastUnpackedBytes = 256 * 2 ** 10;

/** A document that has been looked at: in memory when it is small, else as a file that can be read from its start again and again. */
export class DocumentFile {
  readonly path: string;
  /** All of it, unpacked, when it is small. */
  readonly whole: Buffer | undefined;
  readonly #file: InputFile;
  readonly #isPacked: boolean;
  #digest: string | undefined;

  /** `text`: the document itself, which then need not be on the disk. Throws what the file system, or gzip, says. */
  constructor(file: InputFile, text?: string) {
    this.path = file.path;
    this.#file = file;
    if (text !== undefined) {
      this.#isPacked = false;
      this.whole = Buffer.from(text);
      return;
    }
    if (file.bytes > wholeBytes) {
      this.#isPacked = withFile(file, (fd) => isGzip(headOf(fd)));
      return;
    }
    // One byte more than the file has, so that it is seen when it has grown.
    const bytes = withFile(file, (fd) => readWhole(fd, file.bytes));
    this.#isPacked = bytes !== undefined && isGzip(bytes);
    if (!bytes) return;
    if (this.#isPacked) this.#digest = digestOfWhole(bytes);
    const most = Math.min(wholeBytes, Math.max(leastUnpackedBytes, bytes.length * unpackedShare));
    this.whole = this.#isPacked ? gunzipWhole(bytes, most) : bytes;
  }

  /** Of the file as it is on the disk. */
  get digest(): string {
    // Of what was read, not of what the file has become since.
    this.#digest ??= this.whole ? digestOfWhole(this.whole) : digestOf(this.#file);
    return this.#digest;
  }

  /** A splitter that reads the document from its start. `close` it. */
  open(): { readonly splitter: JsonSplitter; readonly close: () => unknown } {
    const { whole } = this;
    const splitter = (read: ReadBytes) => new JsonSplitter(read, arrays, whole ?? streamBytes, notedKeys);
    if (whole) return { splitter: splitter(() => 0), close: () => undefined };
    if (this.#isPacked) {
      const { read, close } = gunzipReader(this.#file);
      return { splitter: splitter(read), close };
    }
    // Without promises: a worker has nothing else to do meanwhile.
    const fd = this.#file.fd ?? openSync(this.path, 'r');
    let at = 0;
    const read = (buffer: Buffer, start: number) => {
      const got = readFully(fd, buffer.subarray(start), at);
      at += got;
      return got;
    };
    return { splitter: splitter(read), close: () => (this.#file.fd === undefined ? closeSync(fd) : undefined) };
  }

  /** The bytes, unpacked, block by block. */
  async *blocks(): AsyncGenerator<Buffer> {
    if (this.whole) yield this.whole;
    else if (this.#isPacked) yield* unpackedBlocks(this.#file);
    else {
      const fd = this.#file.fd ?? openSync(this.path, 'r');
      try {
        yield* blocksOf(fd);
      } finally {
        if (this.#file.fd === undefined) closeSync(fd);
      }
    }
  }
}

function headOf(fd: number): Buffer {
  const head = Buffer.alloc(2);
  return head.subarray(0, readFully(fd, head, 0));
}

/** Undefined for a file that has grown beyond what is read whole. */
function readWhole(fd: number, expectedBytes: number): Buffer | undefined {
  for (let size = expectedBytes + 1; ; size = wholeBytes + 1) {
    const buffer = Buffer.allocUnsafe(size);
    const bytes = buffer.subarray(0, readFully(fd, buffer, 0));
    if (bytes.length < size) return bytes;
    if (size > wholeBytes) return undefined;
  }
}
