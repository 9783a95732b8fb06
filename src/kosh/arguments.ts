import { IngestError } from '../errors.js';
import { describe, isObject, quoted } from '../records/problems.js';

/** Throws `ERR_USAGE` for an argument that is no object, and for a key that it cannot have: what is misspelt would be lost. */
export function checkKeys(given: object, keys: readonly string[]): void {
  if (!isObject(given))
    throw new IngestError('ERR_USAGE', `expected an object with ${keys.join(', ')}; found ${describe(given)}`);
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw new IngestError('ERR_USAGE', `unknown argument ${quoted(unknown)}`, { hint: `Known: ${keys.join(', ')}.` });
}

/** Throws `ERR_USAGE` for anything but a text that is not empty. */
export function checkText(name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return;
  throw new IngestError('ERR_USAGE', `${name} must be a text that is not empty; found ${describe(value)}`);
}
