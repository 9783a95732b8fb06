import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeOf, messageOf } from '../errors.js';
import { parseRecord, parseRelationship } from '../records/parse.js';
import { rowsOf } from '../records/rows.js';
import type { Problem } from '../records/types.js';
import { DocumentFault } from './json-scan.js';
import { type Element, JsonSplitter, type ReadBytes } from './json-splitter.js';
import type { LocalIds } from './local-ids.js';
import type { Part, PreparedRecord, PreparedRelationship, Reject } from './source.js';

/** More problems of one document are counted, not listed. */
const listedRejects = 100;

export interface ReadOptions {
  readonly localIds: LocalIds;
  /** Bytes that are read at once: about the size of a part. */
  readonly bufferBytes: number;
  /** Relationships wait until every record of the document has been read. Only for documents that fit in memory. */
  readonly relationshipsLast: boolean;
}

/** Reads a Sina document part by part. Everything that is wrong with it comes as rejects in the parts; it never throws for what a document holds. */
export async function* readDocument(path: string, options: ReadOptions): AsyncGenerator<Part> {
  const reader = new DocumentReader(path, options);
  try {
    // Without promises: there are as many of these as there are small documents, and a worker has nothing else to do meanwhile.
    const file = openSync(path, 'r');
    try {
      const read: ReadBytes = (buffer, start) => readSync(file, buffer, { offset: start });
      const splitter = new JsonSplitter(read, ['records', 'relationships'], options.bufferBytes);
      for await (const elements of splitter.elements()) {
        for (const element of elements) reader.take(element);
        yield reader.part();
        // Between two parts the thread's timers get their turn: a lock that is held shows that its holder lives.
        await nextTurn();
      }
    } finally {
      closeSync(file);
    }
    reader.takeHeld();
  } catch (error) {
    await reader.fault(error);
  }
  yield reader.lastPart();
}

class DocumentReader {
  readonly #path: string;
  readonly #options: ReadOptions;
  readonly #held: Element[] = [];
  #records: PreparedRecord[] = [];
  #relationships: PreparedRelationship[] = [];
  #rejects: Reject[] = [];
  #read = { records: 0, relationships: 0 };
  #listed = 0;
  #unlisted = 0;

  constructor(path: string, options: ReadOptions) {
    this.#path = path;
    this.#options = options;
  }

  take(element: Element): void {
    if (element.array === 'records') this.#takeRecord(element);
    else if (this.#options.relationshipsLast) this.#held.push(element);
    else this.#takeRelationship(element);
  }

  takeHeld(): void {
    for (const element of this.#held) this.#takeRelationship(element);
  }

  part(): Part {
    const part = {
      records: this.#records,
      relationships: this.#relationships,
      rejects: this.#rejects,
      read: this.#read,
    };
    this.#records = [];
    this.#relationships = [];
    this.#rejects = [];
    this.#read = { records: 0, relationships: 0 };
    return part;
  }

  lastPart(): Part {
    if (this.#unlisted > 0) {
      const message = `${this.#unlisted} more problems in this document are not listed`;
      this.#rejects.push({ file: this.#path, recordId: null, pointer: '', code: 'ERR_DOCUMENT', message });
    }
    return this.part();
  }

  async fault(error: unknown): Promise<void> {
    if (error instanceof DocumentFault) {
      const { code, offset, expected, found } = error;
      const line = await lineAt(this.#path, offset);
      const message = code === 'ERR_NOT_JSON' ? 'not valid JSON' : 'not a Sina document';
      this.#reject({ pointer: '', code, message: `${message} at line ${line}`, found, expected, line, offset }, null);
    } else {
      const code = codeOf(error);
      if (error instanceof RangeError || code === undefined) throw error;
      this.#reject({ pointer: '', code: 'ERR_INPUT', message: `cannot be read: ${messageOf(error)}` }, null);
    }
  }

  #takeRecord(element: Element): void {
    const { localIds } = this.#options;
    this.#read.records++;
    const pointer = `/records/${element.index}`;
    const { members } = element;
    if (!members) {
      this.#notAnObject(element, pointer);
      return;
    }
    const parsed = parseRecord(members, (localId) => localIds.forRecord(localId));
    const mapped = parsed.ok ? rowsOf(parsed.record) : parsed;
    if (parsed.ok && mapped.ok) {
      const { id, type } = parsed.record;
      this.#records.push({ id, type, rows: mapped.rows, pointer });
      return;
    }
    const id = parsed.ok ? parsed.record.id : parsed.id;
    // Known all the same, so that what refers to it is not called wrong as well.
    if (!parsed.ok && id !== undefined && !members.has('id')) localIds.forRecord(id);
    if (!mapped.ok) this.#problems(mapped.problems, pointer, id ?? null);
  }

  #takeRelationship(element: Element): void {
    this.#read.relationships++;
    const pointer = `/relationships/${element.index}`;
    if (!element.members) {
      this.#notAnObject(element, pointer);
      return;
    }
    const parsed = parseRelationship(element.members, (localId) => this.#options.localIds.forEndpoint(localId));
    if (parsed.ok) this.#relationships.push({ ...parsed.relationship, pointer });
    else this.#problems(parsed.problems, pointer, null);
  }

  #notAnObject({ text, offset, array }: Element, pointer: string): void {
    const code = array === 'records' ? 'ERR_RECORD' : 'ERR_RELATIONSHIP';
    const message = `an entry of "${array}" is not an object`;
    this.#reject({ pointer, code, message, found: text, expected: 'an object', offset }, null);
  }

  #problems(problems: readonly Problem[], pointer: string, recordId: string | null): void {
    for (const problem of problems) this.#reject({ ...problem, pointer: pointer + problem.pointer }, recordId);
  }

  #reject(reject: Omit<Reject, 'file' | 'recordId'>, recordId: string | null): void {
    if (this.#listed === listedRejects) {
      this.#unlisted++;
      return;
    }
    this.#listed++;
    this.#rejects.push({ file: this.#path, recordId, ...reject });
  }
}

/** The 1-based line of a byte of a file. */
async function lineAt(path: string, offset: number): Promise<number> {
  if (offset === 0) return 1;
  let line = 1;
  for await (const chunk of createReadStream(path, { end: offset - 1 })) {
    for (let at = (chunk as Buffer).indexOf(0x0a); at !== -1; at = (chunk as Buffer).indexOf(0x0a, at + 1)) line++;
  }
  return line;
}
