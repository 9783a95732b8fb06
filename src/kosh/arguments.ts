import { IngestError } from '../errors.js';
import { hasLoneSurrogate } from '../records/json-text.js';
import type { Metadata } from '../records/kosh.js';
import { describe, isObject, quoted } from '../records/problems.js';

/** Throws `ERR_USAGE` for an argument that is no object, and for a key that it cannot have: what is misspelt would be lost. */
export function checkKeys(given: object, keys: readonly string[]): void {
  if (!isObject(given))
    throw new IngestError('ERR_USAGE', `expected an object with ${keys.join(', ')}; found ${describe(given)}`);
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw new IngestError('ERR_USAGE', `unknown argument ${quoted(unknown)}`, { hint: `Known: ${keys.join(', ')}.` });
}

/** Throws `ERR_USAGE` for anything but a text that is not empty and that UTF-8 can hold. */
export function checkText(name: string, value: unknown): asserts value is string {
  if (value === '' || !isText(value)) {
    throw new IngestError('ERR_USAGE', `${name} must be a text that is not empty; found ${describe(value)}`);
  }
}

/** A text that UTF-8 can hold: without half of a surrogate pair. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && !hasLoneSurrogate(value);
}

/** A copy of what the caller may change before it is written. Throws `ERR_USAGE` for what is no object of attributes. */
export function copyMetadata(metadata: unknown): Metadata {
  if (!isObject(metadata)) {
    throw new IngestError('ERR_USAGE', `metadata must be an object of attributes and their values; found ${describe(metadata)}`);
  }
  const copies = Object.entries(metadata).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]);
  return Object.fromEntries(copies) as Metadata;
}
