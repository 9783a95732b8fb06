import type { DocumentFile } from './document-file.js';
import { countLines } from './input-file.js';
import { DocumentFault, type Element } from './json-scan.js';
import type { Reject } from './source.js';

/** A longer record is not copied into the rejects file. */
const longestRecordBytes = 2 ** 20;
/** A document that is refused as a whole stands in the rejects file when it is as small as this. */
const smallDocumentBytes = 64 * 2 ** 10;

interface Place {
  readonly offset: number;
  readonly end?: number;
}

/**
 * Says of rejects of a document at which line and byte they are, and gives the text of what is refused. Reads the document again: only a document of which
 * something is refused costs that.
 */
export async function locateRejects(file: DocumentFile, rejects: readonly Reject[]): Promise<readonly Reject[]> {
  if (rejects.every(({ line }) => line !== undefined)) return rejects;
  try {
    const places = await placesOf(file, new Set(rejects.map(({ pointer }) => elementOf(pointer))));
    const found = rejects.map((reject) => places.get(elementOf(reject.pointer)) ?? { offset: reject.offset ?? 0 });
    const lines = await linesOf(file, found);
    return rejects.map((reject, n) => {
      const { offset } = found[n] as Place;
      const at = { line: lines.line(offset), offset: reject.offset ?? offset };
      const record = reject.record ?? lines.text(found[n] as Place);
      return { ...reject, ...at, ...(record === undefined ? {} : { record }) };
    });
  } catch {
    // It cannot be read (any more): what is known is told without.
    return rejects;
  }
}

/** The pointer of the record or relationship that a reject is about, empty for the document as a whole. */
export function elementOf(pointer: string): string {
  return /^\/(?:records|relationships)\/\d+(?=\/|$)/.exec(pointer)?.[0] ?? '';
}

async function placesOf(file: DocumentFile, entries: ReadonlySet<string>): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  const note = ({ array, index, offset, end }: Element) => {
    const entry = `/${array}/${index}`;
    if (entries.has(entry)) places.set(entry, { offset, end });
  };
  if (entries.size === 1 && entries.has('')) return places;
  const { splitter, close } = file.open();
  try {
    for await (const elements of splitter.elements()) elements.forEach(note);
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
  } finally {
    await close();
  }
  return places;
}

interface Lines {
  line(offset: number): number;
  text(place: Place): string | undefined;
}

/** One pass over the bytes: the lines of offsets, and the texts of what lies between offsets. */
async function linesOf(file: DocumentFile, places: readonly Place[]): Promise<Lines> {
  const lines = new Map<number, number>();
  const offsets = [...new Set(places.map(({ offset }) => offset))].sort((a, b) => a - b);
  const texts = new Map<number, Buffer[]>();
  let begun = 0;
  let base = 0;
  let line = 1;
  for await (const block of file.blocks()) {
    let from = 0;
    for (; begun < offsets.length && (offsets[begun] as number) <= base + block.length; begun++) {
      const to = (offsets[begun] as number) - base;
      line += countLines(block.subarray(from, to));
      lines.set(offsets[begun] as number, line);
      from = to;
    }
    line += countLines(block.subarray(from));
    for (const { offset, end = offset } of places) {
      if (end - offset > longestRecordBytes || end <= base || offset >= base + block.length) continue;
      const piece = block.subarray(Math.max(0, offset - base), end - base);
      const pieces = texts.get(offset) ?? [];
      // Two rejects of one record share its text.
      if (pieces.reduce((sum, { length }) => sum + length, 0) < Math.min(end, base + block.length) - offset) {
        texts.set(offset, [...pieces, Buffer.from(piece)]);
      }
    }
    base += block.length;
  }
  const whole = isSmallText(file.whole) ? file.whole.toString() : undefined;
  return {
    line: (offset) => lines.get(offset) ?? line,
    text: ({ offset, end }) =>
      end === undefined ? whole : texts.get(offset) && Buffer.concat(texts.get(offset) ?? []).toString(),
  };
}

function isSmallText(bytes: Buffer | undefined): bytes is Buffer {
  return bytes !== undefined && bytes.length <= smallDocumentBytes && !bytes.includes(0);
}
