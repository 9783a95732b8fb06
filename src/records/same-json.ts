import { elementsOf, membersOf } from './json-text.js';

/** Whether two JSON texts say the same: keys in any order, numbers by value, integers exactly, however large. */
export function sameJson(one: string, other: string): boolean {
  return one === other || canonicalJson(one) === canonicalJson(other);
}

/** The text that all JSON texts share that say the same, see {@link sameJson}. Throws `ERR_NOT_JSON` for what is not JSON. */
export function canonicalJson(text: string): string {
  switch (text[0]) {
    case '{': {
      const members = [...membersOf(text)].map(([key, value]) => `${JSON.stringify(key)}:${canonicalJson(value)}`);
      return `{${members.sort().join(',')}}`;
    }
    case '[':
      return `[${elementsOf(text).map(canonicalJson).join(',')}]`;
    case '"':
      return JSON.stringify(JSON.parse(text));
    case 't':
    case 'f':
    case 'n':
      return text;
    default:
      return canonicalNumber(text);
  }
}

const numberParts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Integers by their digits, because no double holds all of them; fractions as the double that a reader makes of them. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = numberParts.exec(text) ?? [];
  const digits = whole + fraction;
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === '0') from++;
  if (from === to) return '0';
  while (digits[to - 1] === '0') to--;
  const power = Number(exponent) - fraction.length + digits.length - to;
  if (power >= 0) return `${sign}${digits.slice(from, to)}e${power}`;
  const value = Number(text);
  // A fraction too small for a double to tell.
  return Number.isInteger(value) ? canonicalNumber(String(value)) : String(value);
}
