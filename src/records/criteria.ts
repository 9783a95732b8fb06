import { IngestError } from '../errors.js';
import { describe, isObject, quoted } from './problems.js';

/** Bounds of an interval, both numbers or both texts; at least one of them is given (Sina: `DataRange`). */
export interface DataRange {
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
  /** Default true. */
  readonly minInclusive?: boolean | undefined;
  /** Default false. */
  readonly maxInclusive?: boolean | undefined;
}

/**
 * What an attribute must be for its record to be found: equal to a number (true is 1, false is 0) or a text, or what one of the functions
 * of this module says.
 */
export type Criterion = string | number | boolean | SpecialCriterion;

export type SpecialCriterion =
  | { readonly kind: 'exists' }
  | { readonly kind: 'range' | 'allIn' | 'anyIn'; readonly range: DataRange }
  | { readonly kind: 'hasAll' | 'hasAny'; readonly values: readonly string[] };

/** The attribute (or a curve of that name) is there, whatever its value. Null and empty lists cannot be found, as in Sina. */
export function exists(): Criterion {
  return { kind: 'exists' };
}

/** A number or a text in a range; by default `min` belongs to it and `max` does not, as in Sina. Throws `ERR_USAGE` for a range that makes no sense. */
export function dataRange(range: DataRange): Criterion {
  return { kind: 'range', range: checkRange(range) };
}

/** A list of numbers (or a curve) of which all are in the range. */
export function allIn(range: DataRange): Criterion {
  return { kind: 'allIn', range: checkNumbers(range) };
}

/** A list of numbers (or a curve) whose span from least to greatest meets the range, which is all that Sina's tables keep of it. */
export function anyIn(range: DataRange): Criterion {
  return { kind: 'anyIn', range: checkNumbers(range) };
}

/** A list of texts with all of these. */
export function hasAll(...values: readonly string[]): Criterion {
  return { kind: 'hasAll', values: checkTexts(values) };
}

/** A list of texts with at least one of these. */
export function hasAny(...values: readonly string[]): Criterion {
  return { kind: 'hasAny', values: checkTexts(values) };
}

/** Throws for a criterion that was not made by the functions above, and has not their shape. */
const shapes: Readonly<
  Record<SpecialCriterion['kind'], (criterion: { range: DataRange; values: readonly string[] }) => unknown>
> = {
  exists: () => undefined,
  range: ({ range }) => checkRange(range),
  allIn: ({ range }) => checkNumbers(range),
  anyIn: ({ range }) => checkNumbers(range),
  hasAll: ({ values }) => checkTexts(values),
  hasAny: ({ values }) => checkTexts(values),
};

/** Throws `ERR_USAGE`, with the attribute's name, for a value that is no criterion. */
export function checkCriterion(name: string, criterion: unknown): void {
  if (typeof criterion === 'string' || typeof criterion === 'boolean') return;
  if (typeof criterion === 'number' && Number.isFinite(criterion)) return;
  if (isObject(criterion) && Object.hasOwn(shapes, String(criterion.kind))) {
    shapes[criterion.kind as SpecialCriterion['kind']](criterion as never);
    return;
  }
  throw new IngestError('ERR_USAGE', `cannot look for attribute ${quoted(name)}: found ${describe(criterion)}`, {
    hint: 'Give a finite number, a text, a boolean, or exists(), dataRange(), allIn(), anyIn(), hasAll(), hasAny().',
  });
}

function checkRange(range: DataRange): DataRange {
  if (typeof range !== 'object' || range === null)
    throw new IngestError('ERR_USAGE', `a range is an object with min and max; found ${describe(range)}`);
  const { min, max, minInclusive = true, maxInclusive = false } = range;
  const given = [min, max].filter((bound) => bound !== undefined);
  const refuse = (expected: string): never => {
    throw new IngestError('ERR_USAGE', `a range from ${describe(min)} to ${describe(max)} makes no sense`, { hint: expected });
  };
  if (given.length === 0) refuse('Give min, max or both.');
  const isText = typeof given[0] === 'string';
  const isBound = (bound: unknown) => (isText ? typeof bound === 'string' : typeof bound === 'number' && !Number.isNaN(bound));
  if (!given.every(isBound)) refuse('Give two numbers or two texts.');
  if (min !== undefined && max !== undefined) {
    if (min > max) refuse('Give the smaller bound as min.');
    if (min === max && !(minInclusive && maxInclusive)) refuse('Set maxInclusive to find one value, or give the value itself.');
  }
  return { min, max, minInclusive, maxInclusive };
}

function checkNumbers(range: DataRange): DataRange {
  const checked = checkRange(range);
  if (typeof (checked.min ?? checked.max) !== 'string') return checked;
  throw new IngestError('ERR_USAGE', 'lists of texts have no range', { hint: 'Use hasAll() or hasAny().' });
}

function checkTexts(values: readonly unknown[]): readonly string[] {
  if (Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string'))
    return [...new Set(values as string[])];
  throw new IngestError('ERR_USAGE', `hasAll() and hasAny() take texts, found ${describe(values)}`, {
    hint: "Give the texts one by one, as in hasAll('x', 'y'); a list of numbers is found by allIn() or anyIn().",
  });
}
