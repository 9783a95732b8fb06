/*
 * What Sina 1.15's loader and its SQL backend accept (`model.py` `is_valid`, `datastores/sql.py`, `utils.py`
 * `resolve_curve_sets`), told with places and without stopping at the first problem. `at` is the JSON pointer of the
 * section in its record.
 */

import { child, describe, isObject, type Problems, quoted } from './problems.js';

type Section = Readonly<Record<string, unknown>>;

const lists = 'a list of numbers or a list of texts';

/** Python's truth: the loader takes these for an absent section or absent tags. */
export function isFalsy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value;
  for (const _ in value) return false;
  return true;
}

/** Checks the entries of `data`: `is_valid` of the reference. */
export function checkData(data: Section, at: string, problems: Problems): void {
  for (const name of Object.keys(data)) {
    const datum = data[name];
    if (!isObject(datum)) {
      const message = `data entry ${quoted(name)} is not an object`;
      problems.add(child(at, name), { message, found: describe(datum), expected: 'an object with a "value"' });
      continue;
    }
    const { value } = datum;
    if (value === undefined) {
      const message = `data entry ${quoted(name)} has no value`;
      problems.add(child(at, name), { message, found: describe(datum), expected: 'a "value" among its members' });
    } else if (Array.isArray(value)) {
      checkList(value, () => child(child(at, name), 'value'), problems);
    } else if (typeof value === 'object' && value !== null) {
      const message = `data entry ${quoted(name)} has an object for a value`;
      const expected = `a number, a text, ${lists}`;
      problems.add(child(child(at, name), 'value'), { message, found: describe(value), expected });
    }
    if (!areTags(datum.tags)) addTags(datum.tags, child(at, name), problems);
    if (!isText(datum.units)) addText('units', datum.units, { at: child(at, name), problems });
  }
}

function checkList(values: readonly unknown[], at: () => string, problems: Problems): void {
  let kind: 'numbers' | 'texts' | undefined;
  for (let i = 0; i < values.length; i++) {
    const type = typeof values[i];
    const own = type === 'number' || type === 'boolean' ? 'numbers' : type === 'string' ? 'texts' : undefined;
    kind ??= own;
    if (own !== undefined && own === kind) continue;
    const message = own ? 'numbers and texts in one list' : 'a list holds something else than numbers or texts';
    const expected = own && kind === 'numbers' ? 'a number, as before it' : own ? 'a text, as before it' : lists;
    problems.add(child(at(), i), { message, found: describe(values[i]), expected });
    return;
  }
}

function areTags(tags: unknown): boolean {
  return tags === undefined || Array.isArray(tags) || isFalsy(tags);
}

function addTags(tags: unknown, at: string, problems: Problems): void {
  problems.add(child(at, 'tags'), { message: 'the tags are not a list', found: describe(tags), expected: 'a list of texts' });
}

/** Numbers and booleans pass: SQLite turns them into text for Sina. */
function isText(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

interface Place {
  readonly at: string;
  readonly problems: Problems;
}

function addText(key: 'units' | 'mimetype', value: unknown, { at, problems }: Place): void {
  problems.add(child(at, key), { message: `"${key}" is not a text`, found: describe(value), expected: 'a text or null' });
}

/** Checks curve sets and their curves, for which the reference has no check and fails while it writes. */
export function checkCurveSets(sets: Section, at: string, problems: Problems): void {
  for (const name of Object.keys(sets)) {
    const set = sets[name];
    const place = child(at, name);
    if (!isObject(set)) {
      const message = `curve set ${quoted(name)} is not an object`;
      problems.add(place, { message, found: describe(set), expected: 'an object with "independent" and "dependent"' });
      continue;
    }
    for (const side of ['independent', 'dependent']) {
      const curves = set[side];
      if (isObject(curves)) {
        for (const curve of Object.keys(curves)) checkCurve(curves[curve], child(child(place, side), curve), problems);
      } else {
        const message = `curve set ${quoted(name)} has no ${side} curves`;
        problems.add(child(place, side), { message, found: describe(curves), expected: 'an object of curves, {} for none' });
      }
    }
    if (!areTags(set.tags)) addTags(set.tags, place, problems);
  }
}

function checkCurve(curve: unknown, at: string, problems: Problems): void {
  if (!isObject(curve)) {
    problems.add(at, { message: 'a curve is not an object', found: describe(curve), expected: 'an object with a "value"' });
    return;
  }
  const { value } = curve;
  if (!Array.isArray(value) || value.length === 0) {
    const message = value === undefined ? 'a curve has no value' : 'a curve has no numbers';
    problems.add(child(at, 'value'), { message, found: describe(value), expected: 'a list of at least one number' });
  } else {
    const wrong = value.findIndex((item) => typeof item !== 'number' && typeof item !== 'boolean');
    if (wrong !== -1) {
      const found = describe(value[wrong]);
      problems.add(child(child(at, 'value'), wrong), {
        message: 'a curve holds something else than numbers',
        found,
        expected: 'a number',
      });
    }
  }
  if (!areTags(curve.tags)) addTags(curve.tags, at, problems);
  if (!isText(curve.units)) addText('units', curve.units, { at, problems });
}

/** Checks the entries of `files`: `is_valid` of the reference. */
export function checkFiles(files: Section, at: string, problems: Problems): void {
  for (const uri of Object.keys(files)) {
    const file = files[uri];
    if (!isObject(file)) {
      const expected = 'an object, {} when nothing is said about the file';
      problems.add(child(at, uri), { message: 'a file entry is not an object', found: describe(file), expected });
      continue;
    }
    if (!areTags(file.tags)) addTags(file.tags, child(at, uri), problems);
    if (!isText(file.mimetype)) addText('mimetype', file.mimetype, { at: child(at, uri), problems });
  }
}

const librarySections = { data: checkData, curve_sets: checkCurveSets, library_data: checkLibraries } as const;

/** Recurses: only for libraries whose depth is bounded. */
export function checkLibraries(libraries: Section, at: string, problems: Problems): void {
  for (const name of Object.keys(libraries)) {
    const library = libraries[name];
    const place = child(at, name);
    if (!isObject(library)) {
      if (Array.isArray(library) && library.length === 0) continue;
      const message = `library ${quoted(name)} is not an object`;
      problems.add(place, { message, found: describe(library), expected: 'an object' });
      continue;
    }
    for (const [key, check] of Object.entries(librarySections)) {
      const section = library[key];
      if (isObject(section)) check(section, child(place, key), problems);
      else if (section !== undefined) {
        const message = `"${key}" of library ${quoted(name)} is not an object`;
        problems.add(child(place, key), { message, found: describe(section), expected: 'an object' });
      }
    }
  }
}
