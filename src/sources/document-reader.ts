import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeOf, messageOf } from '../errors.js';
import type { StoreInfo } from '../records/kosh.js';
import { koshExportKeys, relationshipMembers, storedMembers, storedRelationship } from '../records/kosh-export.js';
import { parseRecord, parseRelationship } from '../records/parse.js';
import { quoted } from '../records/problems.js';
import { rowsOf } from '../records/rows.js';
import type { Members, Problem, SinaRecord } from '../records/types.js';
import type { DocumentFile } from './document-file.js';
import { gzipFault } from './gzip.js';
import { DocumentFault, type Element } from './json-scan.js';
import type { JsonSplitter } from './json-splitter.js';
import { foreignContent } from './known-content.js';
import type { LocalIds } from './local-ids.js';
import { RepeatedEntries } from './repeated-entries.js';
import type { Part, PreparedRecord, PreparedRelationship, Reject } from './source.js';

/** More problems of one document are counted, not listed. */
const listedRejects = 100;

export interface ReadOptions {
  readonly localIds: LocalIds;
  readonly info: StoreInfo;
  /** An export of Kosh, also when nothing in it says so. */
  readonly isKosh: boolean;
  /** Default: every element as it stands. */
  readonly mend?: Mend | undefined;
}

/** What is read instead of an element; undefined when it is left out. */
export type Mend = (element: Element) => Element | undefined;

/** Told what kind of document it was. */
export interface DocumentKind {
  isKosh: boolean;
}

/**
 * Reads a Sina document or an export of Kosh part by part. In one that is whole in memory, relationships wait until every record has been read. Everything
 * that is wrong with it comes as rejects in the parts; it never throws for what a document holds.
 */
export async function* readDocument(file: DocumentFile, options: ReadOptions, kind?: DocumentKind): AsyncGenerator<Part> {
  const reader = new DocumentReader(file, options);
  try {
    const { splitter, close } = file.open();
    try {
      for await (const elements of splitter.elements()) {
        reader.begin(splitter.noted);
        for (const element of elements) {
          const mended = options.mend ? options.mend(element) : element;
          if (mended) reader.take(mended);
        }
        yield reader.part();
        // Between two parts the thread's timers get their turn: a lock that is held shows that its holder lives. What is whole has one part, read without a lock.
        if (!file.whole) await nextTurn();
      }
      reader.end(splitter);
    } finally {
      await close();
    }
    reader.takeHeld();
  } catch (error) {
    await reader.fault(error);
  }
  if (kind) kind.isKosh = reader.isKosh;
  yield reader.lastPart();
}

class DocumentReader {
  readonly #file: DocumentFile;
  readonly #options: ReadOptions;
  readonly #held: Element[] = [];
  #records: PreparedRecord[] = [];
  #relationships: PreparedRelationship[] = [];
  #rejects: Reject[] = [];
  #read = { records: 0, relationships: 0 };
  #listed = 0;
  #unlisted = 0;
  #sourcesType: string | undefined;
  readonly #repeated: RepeatedEntries;
  isKosh: boolean;

  constructor(file: DocumentFile, options: ReadOptions) {
    this.#file = file;
    this.#options = options;
    this.#repeated = new RepeatedEntries(file.whole !== undefined);
    this.isKosh = options.isKosh;
  }

  /** What stands before the elements says whether Kosh has written them. */
  begin(noted: Members): void {
    this.isKosh ||= koshExportKeys.some((key) => noted.has(key));
    this.#sourcesType ??= noted.get('sources_type');
  }

  /** What has neither of the arrays is taken for a document of nothing by Sina; whoever gives it means something to be loaded. */
  end({ noted, foreignKey }: Pick<JsonSplitter, 'noted' | 'foreignKey'>): void {
    if (foreignKey === undefined) return;
    const isRecord = noted.has('type') && (noted.has('id') || noted.has('local_id'));
    const message = `this is ${isRecord ? 'a record, not a document' : 'no Sina document: it has neither "records" nor "relationships"'}`;
    const hint = isRecord
      ? 'Put it into {"records": [...]}, or on one line and give --format jsonl.'
      : 'Name the documents alone, or a pattern that only they match.';
    const found = `the key ${quoted(foreignKey)}`;
    this.#reject({ pointer: '', code: 'ERR_DOCUMENT', message, found, expected: '{"records": [...]}', hint }, null);
  }

  take(element: Element): void {
    if (element.array === 'records') this.#takeRecord(element);
    else if (this.#file.whole) this.#held.push(element);
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
      this.#rejects.push({ file: this.#file.path, recordId: null, pointer: '', code: 'ERR_DOCUMENT', message });
    }
    return this.part();
  }

  async fault(error: unknown): Promise<void> {
    if (error instanceof DocumentFault) {
      const { code, offset, expected, found } = error;
      const foreign = await this.#foreign(offset);
      const message = foreign ? `this is ${foreign.what}` : code === 'ERR_NOT_JSON' ? 'not valid JSON' : 'not a Sina document';
      const hint =
        foreign?.hint ?? (expected === 'the end of the document' ? 'Is it JSON Lines? Give --format jsonl.' : undefined);
      this.#reject({ pointer: '', code, message, found, expected, offset, ...(hint ? { hint } : {}) }, null);
    } else {
      const message = gzipFault(error) ?? messageOf(error);
      if (error instanceof RangeError || codeOf(error) === undefined) throw error;
      this.#reject({ pointer: '', code: 'ERR_INPUT', message: `cannot be read: ${message}` }, null);
    }
  }

  async #foreign(offset: number) {
    if (offset > 0 && !this.#file.whole) return undefined;
    for await (const block of this.#file.blocks()) return foreignContent(block.subarray(0, 1024));
    return undefined;
  }

  #takeRecord(element: Element): void {
    const { localIds } = this.#options;
    this.#read.records++;
    const pointer = `/records/${element.index}`;
    if (!element.members) {
      this.#notAnObject(element, pointer);
      return;
    }
    const members = this.#membersOf(element.members);
    const parsed = parseRecord(members, (localId) => localIds.forRecord(localId));
    const mapped = parsed.ok ? rowsOf(parsed.record) : parsed;
    if (parsed.ok && mapped.ok) {
      if (this.isKosh && this.#isRepeated(parsed.record, pointer)) return;
      const { id, type } = parsed.record;
      this.#records.push({ id, type, rows: mapped.rows, pointer });
      return;
    }
    const id = parsed.ok ? parsed.record.id : parsed.id;
    // Known all the same, so that what refers to it is not called wrong as well.
    if (!parsed.ok && id !== undefined && !members.has('id')) localIds.forRecord(id);
    if (!mapped.ok) this.#problems(mapped.problems, pointer, id ?? null);
  }

  #membersOf(members: Members): Members {
    return this.isKosh ? storedMembers(members, { from: this.#sourcesType, to: this.#options.info.sourcesType }) : members;
  }

  #isRepeated({ id, raw }: SinaRecord, pointer: string): boolean {
    const earlier = this.#repeated.record(id, raw);
    if (earlier === 'the same') this.#read.records--;
    else if (earlier === 'another') {
      const message = `record ${id} comes twice in the document, with other content`;
      const found = JSON.stringify(id);
      this.#reject({ pointer: `${pointer}/id`, code: 'ERR_RECORD_EXISTS', message, found, expected: 'every id once' }, id);
    }
    return earlier !== undefined;
  }

  #takeRelationship(element: Element): void {
    this.#read.relationships++;
    const pointer = `/relationships/${element.index}`;
    const members = this.isKosh ? relationshipMembers(element.members ?? element.text) : element.members;
    if (!members) {
      this.#notAnObject(element, pointer);
      return;
    }
    const parsed = parseRelationship(members, (localId) => this.#options.localIds.forEndpoint(localId));
    if (!parsed.ok) this.#problems(parsed.problems, pointer, null, this.isKosh ? undefined : koshHint(members));
    else if (!this.isKosh) this.#relationships.push({ ...parsed.relationship, pointer });
    else {
      const relationship = storedRelationship(parsed.relationship, this.#options.info);
      if (this.#repeated.relationship(relationship)) this.#read.relationships--;
      else this.#relationships.push({ ...relationship, pointer });
    }
  }

  #notAnObject({ text, offset, array }: Element, pointer: string): void {
    const code = array === 'records' ? 'ERR_RECORD' : 'ERR_RELATIONSHIP';
    const message = `an entry of "${array}" is not an object`;
    const hint = array === 'relationships' && text.startsWith('"') ? { hint: exportHint } : {};
    this.#reject({ pointer, code, message, found: text.slice(0, 80), expected: 'an object', offset, ...hint }, null);
  }

  #problems(problems: readonly Problem[], pointer: string, recordId: string | null, hint?: string): void {
    const hinted = hint === undefined ? {} : { hint };
    for (const problem of problems) this.#reject({ ...problem, ...hinted, pointer: pointer + problem.pointer }, recordId);
  }

  #reject(reject: Omit<Reject, 'file' | 'recordId'>, recordId: string | null): void {
    if (this.#listed === listedRejects) {
      this.#unlisted++;
      return;
    }
    this.#listed++;
    this.#rejects.push({ file: this.#file.path, recordId, ...reject });
  }
}

const exportHint = 'If Kosh has exported this document, give --format kosh.';

function koshHint(members: Members): string | undefined {
  return members.has('subject_id') || members.has('object_id') ? exportHint : undefined;
}
