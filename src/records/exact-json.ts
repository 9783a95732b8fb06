import { elementsOf, membersOf } from './json-text.js';

/** A value of JSON in which a whole number that no double can hold is a bigint. */
export type ExactValue = string | number | bigint | boolean | null | ExactValue[] | { [key: string]: ExactValue };

/** Whole numbers of so many digits may be beyond 2^53. A text in quotes that looks like one only costs time. */
const longInteger = /(?:^|[[:,\s])-?\d{16,}(?![\d.eE])/;
const integer = /^-?\d+$/;

/** The value of a JSON text, whole numbers exactly. Throws `ERR_NOT_JSON` or a SyntaxError for what is not JSON. */
export function parseExact(text: string): ExactValue {
  return longInteger.test(text) ? exactly(text.trim()) : (JSON.parse(text) as ExactValue);
}

function exactly(text: string): ExactValue {
  if (text.startsWith('{')) {
    // Without a prototype "__proto__" is a key like any other.
    const object = Object.create(null) as { [key: string]: ExactValue };
    for (const [key, member] of membersOf(text)) object[key] = parseExact(member);
    return object;
  }
  const value = JSON.parse(text) as ExactValue;
  if (Array.isArray(value)) return elementsOf(text).map(parseExact);
  return integer.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}
