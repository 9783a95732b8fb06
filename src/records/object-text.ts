import { membersOf } from './json-text.js';
import type { Members } from './types.js';

/**
 * A JSON object that can be changed member by member while all else stands as it was written: numbers that no double can hold, the order of
 * keys, white space apart.
 */
export class ObjectText {
  readonly #members: Map<string, string | ObjectText>;

  /** Throws `ERR_NOT_JSON` when a text is not one JSON object. */
  constructor(source: string | Members = '{}') {
    this.#members = new Map(typeof source === 'string' ? membersOf(source) : source);
  }

  keys(): string[] {
    return [...this.#members.keys()];
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** The text of a member, undefined when there is none. */
  text(key: string): string | undefined {
    return this.#members.get(key)?.toString();
  }

  /** The value of a member as `JSON.parse` gives it, undefined when there is none. */
  value(key: string): unknown {
    const text = this.text(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** A new member comes last, one that is there keeps its place. */
  set(key: string, text: string): void {
    this.#members.set(key, text);
  }

  delete(key: string): boolean {
    return this.#members.delete(key);
  }

  /** A member that is an object, to be changed; made when it is missing or is no object. */
  object(key: string): ObjectText {
    const member = this.#members.get(key);
    if (member instanceof ObjectText) return member;
    const object = new ObjectText(member?.startsWith('{') ? member : '{}');
    this.#members.set(key, object);
    return object;
  }

  toString(): string {
    return `{${[...this.#members].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
  }
}
