import { child } from './problems.js';
import type { CurveSet, Datum, LibraryData, SinaRecord } from './types.js';

/** A curve set under the name that it has in the tables, and its place in the record. */
export interface NamedCurveSet {
  readonly set: CurveSet;
  readonly name: string;
  /** Put before the names of its curves. */
  readonly prefix: string;
  readonly pointer: string;
}

/** Data and curve sets of a record by the names that they have in the tables. */
export interface FlatRecord {
  readonly data: Readonly<Record<string, Datum>>;
  readonly curveSets: ReadonlyMap<string, NamedCurveSet>;
}

const noSets: ReadonlyMap<string, NamedCurveSet> = new Map();

/** How the data of libraries are named: by their path, or as Sina 1.15 does, where the names of siblings add up. */
export type LibraryNames = 'path' | 'added up';

/**
 * The data and curve sets of a record with those of its libraries, which are named `library/inner/name` and replace what
 * has the same name outside (Sina: `flatten_library_content`; unlike there the names of siblings do not add up, unless
 * that is asked for to recognise what Sina wrote).
 */
export function flatten({ data, curve_sets, library_data }: SinaRecord, names: LibraryNames = 'path'): FlatRecord {
  const hasLibraries = hasMembers(library_data);
  if (!hasLibraries && !hasMembers(curve_sets)) return { data, curveSets: noSets };
  const curveSets = new Map<string, NamedCurveSet>();
  addCurveSets(curveSets, curve_sets, { prefix: '', pointer: '' });
  if (!hasLibraries) return { data, curveSets };
  const flatData = { ...data };
  addLibraries(flatData, curveSets, { libraries: library_data, names, prefix: '', pointer: '' });
  return { data: flatData, curveSets };
}

function hasMembers(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

interface Place {
  readonly prefix: string;
  readonly pointer: string;
}

function addLibraries(
  data: Record<string, Datum>,
  curveSets: Map<string, NamedCurveSet>,
  { libraries, names, ...outer }: Place & { libraries: LibraryData; names: LibraryNames },
): void {
  const pointer = `${outer.pointer}/library_data`;
  let before = outer.prefix;
  for (const [name, library] of Object.entries(libraries)) {
    const place = { prefix: `${before}${name}/`, pointer: child(pointer, name) };
    if (names === 'added up') before = place.prefix;
    for (const [datumName, datum] of Object.entries(library.data ?? {})) {
      // The slash in it keeps this name from being "__proto__".
      data[place.prefix + datumName] = datum;
    }
    addCurveSets(curveSets, library.curve_sets ?? {}, place);
    if (library.library_data) addLibraries(data, curveSets, { libraries: library.library_data, names, ...place });
  }
}

function addCurveSets(
  into: Map<string, NamedCurveSet>,
  sets: Readonly<Record<string, CurveSet>>,
  { prefix, pointer }: Place,
): void {
  for (const [setName, set] of Object.entries(sets)) {
    const name = prefix + setName;
    into.set(name, { set, name, prefix, pointer: child(`${pointer}/curve_sets`, setName) });
  }
}
