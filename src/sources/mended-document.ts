import type { Mend } from './document-reader.js';
import { joinParts, readUnit } from './documents.js';
import type { DocumentDraft } from './drafts.js';
import { DocumentFault, type Element } from './json-scan.js';
import { JsonSplitter } from './json-splitter.js';
import { elementOf } from './locate-rejects.js';
import { isLeftOut, type MendedLine } from './mended-lines.js';
import type { Chunk, Part, Reject, SourceContext, Unit } from './source.js';

/** A document some of whose records or relationships were refused, with what is to be read instead of them. Plain data. */
export interface MendedDocumentData {
  readonly file: string;
  /** Size of the file, 0 when there is none. */
  readonly bytes: number;
  readonly lines: readonly MendedLine[];
}

/** The line whose record stands for the whole document; undefined when its file is read. */
export function wholeOf({ lines }: MendedDocumentData): MendedLine | undefined {
  return lines.find(({ element, record }) => element === '' && record !== undefined);
}

interface Mended {
  readonly line: MendedLine;
  readonly text: string;
  /** Undefined for a text that is no JSON value. */
  readonly element: Element | undefined;
  readonly fault: DocumentFault | undefined;
}

/** A document, read with what was mended in its place. */
export class MendedDocument {
  readonly #file: string;
  /** The whole document, mended. */
  readonly #text: string | undefined;
  readonly #fileBytes: number;
  readonly #mended: ReadonlyMap<string, Mended>;
  /** What could not be put in place in this reading. */
  #misfits: Reject[] = [];
  #placed = new Set<string>();

  static async of(document: MendedDocumentData): Promise<MendedDocument> {
    const { file, bytes, lines } = document;
    const mended = new Map<string, Mended>();
    for (const line of lines) {
      const { element, record } = line;
      if (element !== '' && record !== undefined)
        mended.set(element, { line, text: record, ...(await elementFrom(line.element, record)) });
    }
    return new MendedDocument({ file, fileBytes: bytes, mended, text: wholeOf(document)?.record });
  }

  private constructor({ file, text, fileBytes, mended }: Parts) {
    this.#file = file;
    this.#text = text;
    this.#fileBytes = fileBytes;
    this.#mended = mended;
  }

  async draft(again: Chunk, context: SourceContext): Promise<DocumentDraft> {
    this.#begin();
    const input = { path: this.#file, bytes: this.#fileBytes };
    const { unit, isKosh } = await readUnit(input, { context, isKosh: false, again, mend: this.#mend, text: this.#text });
    const { content } = unit;
    const whole = typeof content === 'function' ? () => this.#streamed(content) : joinParts([content, ...this.#end()]);
    const { locate } = unit;
    return { isKosh, unit: { ...unit, content: whole, again, locate: (rejects) => this.#locate(rejects, locate) } };
  }

  async *#streamed(content: () => AsyncIterable<Part>): AsyncGenerator<Part> {
    this.#begin();
    yield* content();
    yield* this.#end();
  }

  #begin(): void {
    this.#misfits = [];
    this.#placed = new Set();
  }

  /** What was mended and has no place in the document any more is refused, and the document with it. */
  #end(): Part[] {
    for (const [pointer, { text }] of this.#mended) {
      if (!this.#placed.has(pointer)) this.#misfit(pointer, text, 'there is no such entry in the document');
    }
    const read = { records: 0, relationships: 0 };
    return this.#misfits.length > 0 ? [{ records: [], relationships: [], rejects: this.#misfits, read }] : [];
  }

  #misfit(pointer: string, record: string, message: string): void {
    const hint = 'Load the document itself again: what was mended belongs to another state of it.';
    this.#misfits.push({ file: this.#file, recordId: null, pointer, code: 'ERR_DOCUMENT', message, hint, record });
  }

  readonly #mend: Mend = (element) => {
    const pointer = pointerOf(element);
    const mended = this.#mended.get(pointer);
    if (!mended) return element;
    this.#placed.add(pointer);
    const { line, text, fault } = mended;
    // Only in the file itself: a mended document as a whole has places of its own.
    if (this.#text === undefined && line.offset !== undefined && line.offset !== element.offset) {
      this.#misfit(pointer, text, 'the document has changed since its entry was refused');
      return undefined;
    }
    if (isLeftOut(line)) return undefined;
    if (!mended.element) {
      const { found, expected } = fault ?? {};
      const message = 'the mended entry is not valid JSON';
      const place = { pointer, code: 'ERR_NOT_JSON', message, found, expected, record: text } as const;
      this.#misfits.push({ file: this.#file, recordId: line.recordId ?? null, ...place });
      return undefined;
    }
    return { ...mended.element, array: element.array, index: element.index, offset: element.offset };
  };

  /** What was mended is not lost when something else of the document is refused: it is in the new rejects, too. */
  async #locate(rejects: readonly Reject[], locate: Unit['locate']): Promise<readonly Reject[]> {
    const texts = rejects.map((reject) => {
      const record = this.#mended.get(elementOf(reject.pointer))?.text;
      return record === undefined ? reject : { ...reject, record };
    });
    const refused = new Set(rejects.map(({ pointer }) => elementOf(pointer)));
    const others = [...this.#mended].filter(([pointer]) => !refused.has(pointer));
    const kept = others.map(([pointer, { text, line }]) => this.#kept(pointer, text, line.recordId));
    if (this.#text !== undefined && !refused.has('')) kept.unshift(this.#kept('', this.#text));
    const all = [...texts, ...kept];
    return (await locate?.(all)) ?? all;
  }

  #kept(pointer: string, record: string, recordId: string | null = null): Reject {
    const message = 'mended, and kept because something else of the document is refused';
    return { file: this.#file, recordId, pointer, code: 'ERR_DOCUMENT', message, record };
  }
}

function pointerOf({ array, index }: Element): string {
  return `/${array}/${index}`;
}

interface Parts {
  readonly file: string;
  readonly text: string | undefined;
  readonly fileBytes: number;
  readonly mended: ReadonlyMap<string, Mended>;
}

/** A mended text as the reader of documents would have found it. */
async function elementFrom(pointer: string, text: string): Promise<Pick<Mended, 'element' | 'fault'>> {
  const array = pointer.split('/')[1] as string;
  const bytes = Buffer.from(`{"${array}":[${text}\n]}`);
  const splitter = new JsonSplitter(() => 0, [array], bytes);
  try {
    let found: Element[] = [];
    for await (const elements of splitter.elements()) found = found.concat(elements);
    if (found.length === 1) return { element: found[0], fault: undefined };
    return { element: undefined, fault: new DocumentFault('ERR_NOT_JSON', 0, 'one record or relationship', `${found.length}`) };
  } catch (error) {
    if (error instanceof DocumentFault) return { element: undefined, fault: error };
    throw error;
  }
}
