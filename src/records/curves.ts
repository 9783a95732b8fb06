import { columnText, type Range, rangeOf } from './columns.js';
import type { FlatRecord } from './flatten.js';
import { child, describe, type Problems, quoted } from './problems.js';
import type { Curve, Datum } from './types.js';
import { isFalsy } from './validate.js';

/** All curves of a record that have one name, as the tables hold them. */
export interface ResolvedCurve extends Range {
  readonly units: string | null;
  /** Null when empty. */
  readonly tags: readonly unknown[] | null;
  /** Place of the first of them. */
  readonly pointer: string;
}

/**
 * The curves of all sets by name (Sina: `utils.py` `resolve_curve_sets`): those of the same name become one with the least
 * minimum, the greatest maximum and the union of the tags, and so does a number datum of that name. Units must not differ;
 * none agree with any.
 */
export function resolveCurves({ data, curveSets }: FlatRecord, problems: Problems): ReadonlyMap<string, ResolvedCurve> {
  const curves = new Map<string, ResolvedCurve>();
  for (const { set, prefix, pointer } of curveSets.values()) {
    for (const side of ['independent', 'dependent'] as const) {
      for (const [ownName, curve] of Object.entries(set[side])) {
        const name = prefix + ownName;
        const resolved = resolve(curve, child(`${pointer}/${side}`, ownName), problems);
        if (!resolved) continue;
        const before = curves.get(name);
        curves.set(name, before ? join(before, resolved, { name, problems }) : resolved);
      }
    }
  }
  for (const [name, curve] of curves) {
    if (Object.hasOwn(data, name)) curves.set(name, joinDatum(curve, data[name] as Datum, { name, problems }));
  }
  return curves;
}

function resolve({ value, units, tags }: Curve, pointer: string, problems: Problems): ResolvedCurve | undefined {
  const range = rangeOf(value);
  if (!range) {
    const expected = 'a list of at least one number, and only numbers';
    problems.add(child(pointer, 'value'), { message: 'a curve has no range', found: describe(value), expected });
    return undefined;
  }
  return { ...range, ...labels(units, tags), pointer };
}

/** Empty units and tags of a curve count as none. */
function labels(units: unknown, tags: unknown): Pick<ResolvedCurve, 'units' | 'tags'> {
  return { units: columnText(units) || null, tags: isFalsy(tags) ? null : (tags as unknown[]) };
}

interface Joining {
  readonly name: string;
  readonly problems: Problems;
}

function join(one: ResolvedCurve, other: ResolvedCurve, { name, problems }: Joining): ResolvedCurve {
  if (one.units !== null && other.units !== null && one.units !== other.units) {
    const message = `curves and data of the name ${quoted(name)} have different units`;
    problems.add(child(other.pointer, 'units'), {
      message,
      found: describe(other.units),
      expected: `${describe(one.units)}, as in ${one.pointer}`,
    });
  }
  const tags = [...new Set([...(one.tags ?? []), ...(other.tags ?? [])])];
  return {
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    units: one.units ?? other.units,
    tags: tags.length === 0 ? null : tags,
    pointer: one.pointer,
  };
}

function joinDatum(curve: ResolvedCurve, { value, units, tags }: Datum, joining: Joining): ResolvedCurve {
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (isEmpty || typeof value === 'number' || typeof value === 'boolean') {
    const range = isEmpty ? curve : { min: Number(value), max: Number(value) };
    return join(curve, { min: range.min, max: range.max, ...labels(units, tags), pointer: curve.pointer }, joining);
  }
  const message = `the curve ${quoted(joining.name)} has the name of a datum that is not a number`;
  joining.problems.add(curve.pointer, {
    message,
    found: `the datum is ${describe(value)}`,
    expected: 'a number, or another name',
  });
  return curve;
}
