import { hasLoneSurrogate } from './json-text.js';
import { child, describe, Problems, quoted } from './problems.js';
import type { DatumValue, Problem } from './types.js';

/** What the caller of Kosh gives a dataset or an ensemble: attribute name to value. */
export type Metadata = Readonly<Record<string, DatumValue>>;

/** The attributes of a stored dataset or ensemble, in the order of its record. */
export type Attributes = ReadonlyMap<string, DatumValue>;

/** Names that are no attributes: Kosh drops them when it creates a record, and when it opens one that has them (`core_sina.py`, the protected names). */
const ignored: ReadonlySet<string> = new Set([
  'id',
  '_associated_data_',
  '_associated_datasets_',
  '__creator__',
  '__features__',
  '__name__',
  '__ok_duplicates__',
  '__protected__',
  '__record_handler__',
  '__schema__',
  '__store__',
  '__type__',
]);

/** Kosh reads these back as pickled Python objects, and cannot open the dataset when they are anything else. */
const pickled: ReadonlySet<string> = new Set(['schema', 'alias_feature']);

/** False for a key of metadata that Kosh drops. */
export function isAttribute(name: string): boolean {
  return !ignored.has(name);
}

/**
 * What is wrong with metadata that comes from a caller, one problem for each attribute: a value is a finite number, a text,
 * a boolean, null, a list of numbers and booleans or a list of texts. Kosh refuses the same, but for NaN (which it fails
 * on) and infinity (which it stores as a null that it then cannot find).
 */
export function checkMetadata(metadata: Readonly<Record<string, unknown>>): Problem[] {
  const problems = new Problems('ERR_RECORD');
  for (const [name, value] of Object.entries(metadata)) checkAttribute(name, value, problems);
  return problems.list;
}

/** As {@link checkMetadata}, for one attribute. */
export function checkAttribute(name: string, value: unknown, problems: Problems): void {
  if (!isAttribute(name)) return;
  if (hasLoneSurrogate(name)) {
    problems.add(child('/data', name), {
      message: 'half a surrogate pair in the name of an attribute',
      found: quoted(name),
      expected: 'Unicode text',
    });
  } else if (pickled.has(name)) {
    const message = `Kosh keeps a Python object as attribute ${quoted(name)}`;
    problems.add(child('/data', name), { message, found: describe(value), expected: 'another name' });
  } else {
    const fault = faultOf(value);
    if (fault) problems.add(child('/data', name), { ...fault, message: `attribute ${quoted(name)} ${fault.message}` });
  }
}

interface Fault {
  readonly message: string;
  readonly found: string;
  readonly expected: string;
}

const kinds = 'a finite number, a text, a boolean, null, a list of numbers or a list of texts';

function faultOf(value: unknown): Fault | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value)) return simpleFault(value, kinds);
  const isText = typeof value[0] === 'string';
  const expected = isText ? 'a text' : 'a finite number';
  // By index, because a hole in a list is a fault too, and the methods of arrays skip it.
  for (let i = 0; i < value.length; i++) {
    const item: unknown = value[i];
    const fault = simpleFault(item, i === 0 ? 'a finite number or a text' : expected);
    if (fault) return { ...fault, message: `${fault.message}, at index ${i}` };
    if ((typeof item === 'string') !== isText) {
      return { message: `is a list of numbers and texts, from index ${i}`, found: describe(item), expected };
    }
  }
  return undefined;
}

function simpleFault(value: unknown, expected: string): Fault | undefined {
  const fault = (message: string): Fault => ({ message, found: describe(value), expected });
  if (typeof value === 'string') return hasLoneSurrogate(value) ? fault('has half a surrogate pair') : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : fault('is not a finite number');
  return typeof value === 'boolean' ? undefined : fault('has a value that a store cannot keep');
}

/** Equality as Python has it: true is 1 and false is 0, lists are compared element by element. */
export function sameValue(one: DatumValue, other: DatumValue): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, i) => sameValue(item, other[i] as DatumValue));
  }
  return numeric(one) === numeric(other);
}

function numeric(value: DatumValue): DatumValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** The same names with the same values, in whatever order. */
export function sameAttributes(one: Attributes, other: Attributes): boolean {
  if (one.size !== other.size) return false;
  for (const [name, value] of one) {
    const own = other.get(name);
    if (own === undefined || !sameValue(value, own)) return false;
  }
  return true;
}

/** The JSON text of a value; unlike `JSON.stringify` it keeps the sign of zero, as Python does. */
export function valueText(value: DatumValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`;
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}
