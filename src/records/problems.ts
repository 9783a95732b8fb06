import type { ErrorCode } from '../errors.js';
import type { Problem } from './types.js';

/** More problems of one record or relationship than this are not listed. */
export const problemLimit = 20;

/** What {@link Problems.add} is told: the message says what is wrong, without the place. */
export interface ProblemDetails {
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  /** When it differs from the code of the list. */
  readonly code?: ErrorCode;
}

/** Collects what is wrong with one record or relationship, up to {@link problemLimit}. */
export class Problems {
  readonly list: Problem[] = [];
  readonly #code: ErrorCode;

  constructor(code: ErrorCode) {
    this.#code = code;
  }

  get none(): boolean {
    return this.list.length === 0;
  }

  add(pointer: string, { message, found, expected, code = this.#code }: ProblemDetails): void {
    if (this.list.length < problemLimit) this.list.push({ code, pointer, message, found, expected });
  }
}

/** The JSON pointer of a member or element of the value at `pointer` (RFC 6901, section 3). */
export function child(pointer: string, key: string | number): string {
  if (typeof key === 'number') return `${pointer}/${key}`;
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A JSON object, as opposed to a list, null or a simple value. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const shownItems = 4;
const shownCharacters = 40;

/** A value as it is shown in `found`: its kind and the start of its text, short however large the value is. Never throws. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `text ${brief(value)}`;
  if (Array.isArray(value)) return `list [${shown(value.slice(0, shownItems).map(brief), value.length)}]`;
  if (typeof value !== 'object') return `${typeof value} ${brief(value)}`;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1).toLowerCase();
  if (kind !== 'object') return kind;
  const keys = Object.keys(value);
  return `object {${shown(keys.slice(0, shownItems).map(brief), keys.length)}}`;
}

function shown(items: string[], total: number): string {
  return items.join(', ') + (total > items.length ? ', …' : '');
}

function brief(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  return String(value);
}

/** A name or text in double quotes, its start when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);
}
