import { isUtf8 } from 'node:buffer';
import { encodingOf } from './input-file.js';
import {
  bytes,
  DocumentFault,
  type Element,
  incomplete,
  isJson,
  JsonFault,
  keyText,
  longestElement,
  membersEnd,
  type ReadBytes,
  skipSpace,
  stringEnd,
  valueEnd,
} from './json-scan.js';

/** States: which token of the document comes next. */
type State = 'start' | 'firstKey' | 'key' | 'value' | 'afterValue' | 'firstElement' | 'element' | 'afterElement' | 'end';

/**
 * Splits `{ "name": [ {…}, {…} ], … }` into the elements of the arrays that are asked for, reading the file as a stream: memory is a
 * buffer and the largest element, whatever the size of the file.
 *
 * Own code because the streaming parsers that exist build every value from tokens in JavaScript (and lose the text of numbers or the order of keys); here
 * the bytes are only split, and `JSON.parse` does the rest.
 */
export class JsonSplitter {
  readonly #read: ReadBytes;
  readonly #arrays: ReadonlySet<string>;
  #buffer: Buffer;
  #pos = 0;
  #end: number;
  /** Offset in the file of the buffer's first byte. */
  #base = 0;
  #ended: boolean;
  /** Of what is in the buffer: ASCII is read as Latin-1, which is faster. */
  #encoding: 'latin1' | 'utf8';
  #state: State = 'start';
  #key = '';
  #index = 0;
  readonly #seen = new Set<string>();
  readonly #wanted: ReadonlySet<string>;
  readonly #noted = new Map<string, string>();
  #other: string | undefined;

  /** `buffer`: how many bytes are read at once, or the whole document. `wanted`: members beside the arrays that are kept, when they are short. */
  constructor(read: ReadBytes, arrays: readonly string[], buffer: number | Buffer, wanted: readonly string[] = []) {
    this.#read = read;
    this.#arrays = new Set(arrays);
    this.#wanted = new Set(wanted);
    this.#ended = typeof buffer !== 'number';
    this.#buffer = typeof buffer === 'number' ? Buffer.allocUnsafe(buffer) : buffer;
    this.#end = this.#ended ? this.#buffer.length : 0;
    this.#encoding = encodingOf(this.#buffer.subarray(0, this.#end));
  }

  /** Those of the wanted members that have been passed so far: JSON texts by key. */
  get noted(): ReadonlyMap<string, string> {
    return this.#noted;
  }

  /** The first key, when none of the arrays has been met. */
  get foreignKey(): string | undefined {
    return this.#seen.size === 0 ? this.#other : undefined;
  }

  /** The elements, one list for each buffer that is read. Throws {@link DocumentFault}. */
  async *elements(): AsyncGenerator<Element[]> {
    while (this.#state !== 'end' || !this.#ended) {
      if (!this.#ended) await this.#fill();
      const found: Element[] = [];
      let fault: unknown;
      try {
        while (this.#step(found));
      } catch (error) {
        fault = error instanceof JsonFault ? this.#fault(error) : error;
      }
      if (found.length > 0) yield found;
      if (fault) throw fault;
      if (this.#ended && this.#state !== 'end') throw this.#truncated();
    }
  }

  async #fill(): Promise<void> {
    // What is left moves to the front; a value larger than the buffer doubles it.
    this.#buffer.copy(this.#buffer, 0, this.#pos, this.#end);
    this.#base += this.#pos;
    this.#end -= this.#pos;
    if (this.#pos === 0 && this.#end === this.#buffer.length) {
      if (this.#end >= longestElement) throw this.#fault(new JsonFault(0, 'values of less than 512 MB', 'ERR_DOCUMENT'));
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    this.#pos = 0;
    while (this.#end < this.#buffer.length) {
      const bytesRead = await this.#read(this.#buffer, this.#end);
      if (bytesRead === 0) {
        this.#ended = true;
        break;
      }
      this.#end += bytesRead;
    }
    this.#encoding = encodingOf(this.#buffer.subarray(0, this.#end));
  }

  /** Takes one token. False when the buffer holds no complete one. */
  #step(found: Element[]): boolean {
    const buffer = this.#buffer;
    const at = skipSpace(buffer, this.#pos, this.#end);
    this.#pos = at;
    if (at === this.#end) return false;
    const c = buffer[at];
    switch (this.#state) {
      case 'start':
        if (c === 0xef) throw new JsonFault(at, 'UTF-8 without a byte order mark');
        if (c === bytes.openBracket) throw new JsonFault(at, 'a JSON object {"records": [...]}', 'ERR_DOCUMENT');
        return this.#punctuation(c === bytes.openBrace, 'firstKey', 'a JSON object {"records": [...]}');
      case 'firstKey':
      case 'key': {
        if (c === bytes.closeBrace && this.#state === 'firstKey') return this.#punctuation(true, 'end', '');
        return this.#takeKey(at);
      }
      case 'value':
        if (!this.#arrays.has(this.#key)) return this.#skipValue(at);
        this.#index = 0;
        if (c !== bytes.openBracket) throw new JsonFault(at, `a list for "${this.#key}"`, 'ERR_DOCUMENT');
        return this.#punctuation(true, 'firstElement', '');
      case 'afterValue':
        if (c === bytes.comma) return this.#punctuation(true, 'key', '');
        return this.#punctuation(c === bytes.closeBrace, 'end', "',' or '}'");
      case 'firstElement':
      case 'element':
        if (c === bytes.closeBracket && this.#state === 'firstElement') return this.#punctuation(true, 'afterValue', '');
        return this.#takeElement(at, found);
      case 'afterElement':
        if (c === bytes.comma) return this.#punctuation(true, 'element', '');
        return this.#punctuation(c === bytes.closeBracket, 'afterValue', "',' or ']'");
      case 'end':
        throw new JsonFault(at, 'the end of the document');
    }
  }

  #punctuation(right: boolean, next: State, expected: string): true {
    if (!right) throw new JsonFault(this.#pos, expected);
    this.#pos++;
    this.#state = next;
    return true;
  }

  #takeKey(at: number): boolean {
    if (this.#buffer[at] !== bytes.quote) throw new JsonFault(at, 'a key in double quotes');
    const end = stringEnd(this.#buffer, at, this.#end);
    if (end === incomplete) return false;
    const behind = skipSpace(this.#buffer, end, this.#end);
    if (behind === this.#end) return false;
    if (this.#buffer[behind] !== bytes.colon) throw new JsonFault(behind, "':'");
    this.#checkText(at, end);
    this.#key = keyText(this.#text(at + 1, end - 1), at);
    if (this.#arrays.has(this.#key)) {
      if (this.#seen.has(this.#key)) throw new JsonFault(at, `"${this.#key}" only once`, 'ERR_DOCUMENT');
      this.#seen.add(this.#key);
    } else this.#other ??= this.#key;
    this.#pos = behind + 1;
    this.#state = 'value';
    return true;
  }

  #skipValue(at: number): boolean {
    const end = valueEnd(this.#buffer, at, this.#end);
    if (end === incomplete) return false;
    this.#checkText(at, end);
    const text = this.#text(at, end);
    if (!isJson(text)) throw new JsonFault(at, `valid JSON for "${this.#key}"`);
    if (this.#wanted.has(this.#key) && text.length <= 1024) this.#noted.set(this.#key, text);
    this.#pos = end;
    this.#state = 'afterValue';
    return true;
  }

  #takeElement(at: number, found: Element[]): boolean {
    const isObject = this.#buffer[at] === bytes.openBrace;
    let members: Map<string, string> | undefined;
    let end: number;
    if (isObject) {
      members = new Map();
      end = membersEnd({ buffer: this.#buffer, to: this.#end, encoding: this.#encoding }, at, members);
    } else end = valueEnd(this.#buffer, at, this.#end);
    if (end === incomplete) return false;
    this.#checkText(at, end);
    found.push({
      array: this.#key,
      index: this.#index++,
      offset: this.#base + at,
      end: this.#base + end,
      members,
      text: members ? '' : this.#text(at, this.#buffer[at] === bytes.quote ? end : Math.min(end, at + 80)),
    });
    this.#pos = end;
    this.#state = 'afterElement';
    return true;
  }

  #checkText(from: number, to: number): void {
    if (this.#encoding === 'utf8' && !isUtf8(this.#buffer.subarray(from, to))) throw new JsonFault(from, 'text in UTF-8');
  }

  #text(from: number, to: number): string {
    return this.#buffer.toString(this.#encoding, from, to);
  }

  #fault({ at, expected, code }: JsonFault): DocumentFault {
    const rest = this.#buffer.subarray(at, Math.min(at + 24, this.#end));
    const text = JSON.stringify(rest.toString(isUtf8(rest) ? 'utf8' : 'latin1'));
    return new DocumentFault(code, this.#base + at, expected, at < this.#end ? text : 'the end of the file');
  }

  #truncated(): DocumentFault {
    const size = this.#base + this.#end;
    if (this.#state === 'start') return new DocumentFault('ERR_NOT_JSON', size, 'a JSON document', 'an empty file');
    const where: Partial<Record<State, string>> = { afterElement: "',' or ']'", afterValue: "',' or '}'" };
    return new DocumentFault('ERR_NOT_JSON', size, where[this.#state] ?? 'the rest of the document', 'the end of the file');
  }
}
