import { createRequire } from 'node:module';
import type { ParseError } from 'jsonc-parser';
import { child, type ProblemDetails } from './problems.js';

type Fault = ReturnType<typeof import('jsonc-parser').printParseErrorCode>;

/** What stands where the grammar expects something else. */
const expectations: Partial<Record<Fault, string>> = {
  PropertyNameExpected: 'a key in double quotes',
  ValueExpected: 'a value',
  ColonExpected: "':'",
  InvalidSymbol: 'text in double quotes, a number, true, false or null',
  CommaExpected: "',' or the end of the list or object",
  CloseBraceExpected: "',' or '}'",
  CloseBracketExpected: "',' or ']'",
  EndOfFileExpected: 'the end of the value',
  InvalidCommentToken: 'a value: JSON has no comments',
  UnexpectedEndOfString: 'a closing quote',
  UnexpectedEndOfNumber: 'a digit',
  InvalidUnicode: '\\u and four hexadecimal digits',
  InvalidEscapeCharacter: 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u',
  InvalidCharacter: 'control characters in texts as escapes',
};

/** Where a text stops being JSON. */
export interface SyntaxFault {
  /** 0-based, in characters. */
  readonly offset: number;
  /** The keys and indexes that lead to the value at this place. */
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly expected: string;
}

/** The first fault of a text that `JSON.parse` refused: its own message does not say where on every Node. */
export function syntaxFault(text: string): SyntaxFault {
  // Loaded only here: it costs every thread some milliseconds.
  const jsonc = createRequire(import.meta.url)('jsonc-parser') as typeof import('jsonc-parser');
  const errors: ParseError[] = [];
  let path: (string | number)[] = [];
  try {
    jsonc.parse(text, errors, { disallowComments: true });
    path = jsonc.getLocation(text, errors[0]?.offset ?? 0).path;
    // The last step is empty where a key was expected.
    if (path.at(-1) === '') path.pop();
  } catch (error) {
    // jsonc-parser recurses: brackets that do not match can take it deeper than the stack allows.
    if (!(error instanceof RangeError)) throw error;
  }
  const [first] = errors;
  const offset = first?.offset ?? 0;
  const expected = (first && expectations[jsonc.printParseErrorCode(first.error)]) ?? 'a JSON value';
  return { offset, path, found: wordAt(text, offset) || 'the end of the text', expected };
}

/** As a problem of the value at `pointer`: the place is the JSON pointer of the value that goes wrong. */
export function syntaxProblem(text: string, pointer: string): { place: string; details: ProblemDetails } {
  const { offset, path, found, expected } = syntaxFault(text);
  const named = /^-?(?:nan|inf|infinity)$/i.test(found) ? `: ${found} is no JSON number` : '';
  const where = pointer === '' ? '' : ` of ${pointer}`;
  const message = `not valid JSON at character ${offset}${where}${named}`;
  return { place: path.reduce<string>(child, pointer), details: { code: 'ERR_NOT_JSON', message, found, expected } };
}

function wordAt(text: string, offset: number): string {
  return /^(?:"[^"]{0,38}"?|[^\s,:[\]{}"]{1,40}|.)/u.exec(text.slice(offset, offset + 40))?.[0] ?? '';
}
