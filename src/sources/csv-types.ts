import { elementsOf } from '../records/json-text.js';
import type { WrittenValue } from '../records/kosh.js';
import { quoted } from '../records/problems.js';

/** What the cells of a column are: all numbers, all lists of one kind, else text. */
export type ColumnKind = 'number' | 'numbers' | 'texts' | 'text';

/** What a single cell is. An empty list goes with both kinds of lists. */
type CellKind = ColumnKind | 'empty list';

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Decimal numbers that JSON writes in another way: `+1`, `.5`, `5.`. */
const otherNumber = /^([+-]?)(0|[1-9]\d*|)(?:\.(\d*))?((?:[eE][+-]?\d+)?)$/;
const notANumber = /^[+-]?nan$/i;
/** A list of texts as Python prints it, as long as no text has quotes or backslashes in it. */
const pythonTexts = /^\[\s*'[^'"\\]*'(?:\s*,\s*'[^'"\\]*')*\s*,?\s*\]$/;

/** The JSON text of a number, `null` for NaN; undefined for what is no finite decimal number (`0x10`, `1e400`, `inf`), or has zeros in front (`007`). */
export function numberText(cell: string): string | undefined {
  const text = cell.trim();
  if (!jsonNumber.test(text)) return looseNumber(text);
  return Number.isFinite(Number(text)) ? text : undefined;
}

function looseNumber(text: string): string | undefined {
  if (notANumber.test(text)) return 'null';
  const [, sign = '', whole = '', fraction, exponent = ''] = otherNumber.exec(text) ?? [];
  if (whole === '' && !fraction) return undefined;
  const number = `${sign === '-' ? '-' : ''}${whole || '0'}${fraction === undefined ? '' : `.${fraction || '0'}`}${exponent}`;
  return Number.isFinite(Number(number)) ? number : undefined;
}

/** The JSON text of a list, and of what. */
export function listOf(cell: string): { readonly kind: 'numbers' | 'texts' | 'empty list'; readonly text: string } | undefined {
  const trimmed = cell.trim();
  if (!trimmed.startsWith('[') || !trimmed.endsWith(']')) return undefined;
  const text = pythonTexts.test(trimmed) ? trimmed.replaceAll("'", '"').replace(/,\s*\]$/, ']') : trimmed;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const compact = `[${elementsOf(text).join(',')}]`;
  if (list.length === 0) return { kind: 'empty list', text: compact };
  if (list.every((item) => typeof item === 'string')) return { kind: 'texts', text: compact };
  return list.every((item) => typeof item === 'number' && Number.isFinite(item)) ? { kind: 'numbers', text: compact } : undefined;
}

function kindOf(cell: string): CellKind {
  if (numberText(cell) !== undefined) return 'number';
  return listOf(cell)?.kind ?? 'text';
}

/** Finds the kind of a column, cell by cell. */
export class ColumnType {
  #kind: CellKind | undefined;
  /** The first cell that did not go with those before it. */
  #odd: { readonly line: number; readonly cell: string } | undefined;

  add(cell: string, line: number): void {
    if (this.#kind === 'text' || cell === '') return;
    const kind = kindOf(cell);
    if (this.#kind === undefined || this.#kind === kind) this.#kind = kind;
    else if (this.#kind === 'empty list' && isList(kind)) this.#kind = kind;
    else if (!(kind === 'empty list' && isList(this.#kind))) {
      this.#kind = 'text';
      this.#odd = { line, cell };
    }
  }

  /** A column without any cell is text. */
  get kind(): ColumnKind {
    return this.#kind === 'empty list' ? 'numbers' : (this.#kind ?? 'text');
  }

  /** For people. */
  describe(name: string): string {
    const words = { number: 'number', numbers: 'list of numbers', texts: 'list of texts', text: 'text' }[this.kind];
    const odd = this.#odd ? ` (line ${this.#odd.line.toLocaleString('en-US')}: ${quoted(this.#odd.cell)})` : '';
    return `${name} ${words}${odd}`;
  }
}

function isList(kind: CellKind): boolean {
  return kind === 'numbers' || kind === 'texts';
}

/** The value of a cell that is not empty, of a column of this kind. */
export function cellValue(cell: string, kind: ColumnKind): WrittenValue {
  if (kind === 'text') return { value: cell, text: JSON.stringify(cell) };
  const text = kind === 'number' ? numberText(cell) : listOf(cell)?.text;
  // Of a file that has changed since its types were found.
  if (text === undefined) return { value: cell, text: JSON.stringify(cell) };
  return { value: JSON.parse(text) as WrittenValue['value'], text };
}
