import { columnText, type Range, rangeOf, tagsText } from './columns.js';
import { resolveCurves } from './curves.js';
import { type FlatRecord, flatten, type LibraryNames } from './flatten.js';
import { Problems } from './problems.js';
import type { Datum, InsertName, Problem, Rows, SinaRecord, SqlValue } from './types.js';

/** The rows of a record, or why it has none. */
export type RowsResult =
  | { readonly ok: true; readonly rows: Rows }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The rows of a valid record in Sina's tables (`datastores/sql.py` `create_sql_record`), those of each insert in the order
 * of its primary key. Refuses what only shows when the names of data, curves and libraries come together.
 */
export function rowsOf(record: SinaRecord, names: LibraryNames = 'path'): RowsResult {
  const { id, type, raw } = record;
  const rows: Rows = { record: [id, type, raw] };
  const flat = flatten(record, names);
  if (flat.curveSets.size === 0) {
    for (const name of sorted(Object.keys(flat.data))) addDatum(rows, id, name, flat.data[name] as Datum);
  } else {
    const problems = addDataAndCurves(rows, id, flat);
    if (!problems.none) return { ok: false, problems: problems.list };
  }
  addFiles(rows, record);
  return { ok: true, rows };
}

function list(rows: Rows, insert: InsertName): SqlValue[] {
  const found = rows[insert];
  if (found) return found;
  const made: SqlValue[] = [];
  rows[insert] = made;
  return made;
}

/** Sorts in place. Names mostly are in order already, and looking costs less than sorting. */
function sorted(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) {
    if ((names[i] as string) < (names[i - 1] as string)) return names.sort();
  }
  return names;
}

function addDataAndCurves(rows: Rows, id: string, flat: FlatRecord): Problems {
  const { data, curveSets } = flat;
  const problems = new Problems('ERR_RECORD');
  const curves = resolveCurves(flat, problems);
  for (const name of sorted([...curveSets.keys()])) {
    list(rows, 'curveSet').push(name, id, tagsText(curveSets.get(name)?.set.tags));
  }
  // One pass over the names of both, so that the ranges of lists and of curves, which share a table, come in order.
  const names = new Set([...Object.keys(data), ...curves.keys()]);
  for (const name of sorted([...names])) {
    if (Object.hasOwn(data, name)) addDatum(rows, id, name, data[name] as Datum);
    const curve = curves.get(name);
    if (curve) addRange(rows, id, name, { ...curve, tags: tagsText(curve.tags) });
  }
  return problems;
}

function addDatum(rows: Rows, id: string, name: string, datum: Datum): void {
  const { value } = datum;
  if (value === null) return;
  const units = columnText(datum.units);
  const tags = tagsText(datum.tags);
  // Columns that are NULL in most rows are left out of the insert.
  const isPlain = units === null && tags === null;
  if (typeof value === 'string') {
    if (isPlain) list(rows, 'string').push(id, name, value);
    else list(rows, 'stringFull').push(id, name, value, tags, units);
  } else if (typeof value === 'object') {
    addList(rows, id, name, { values: value, units, tags });
  } else if (isPlain) list(rows, 'scalar').push(id, name, Number(value));
  else list(rows, 'scalarFull').push(id, name, Number(value), tags, units);
}

interface Labels {
  readonly units: string | null;
  readonly tags: string | null;
}

/** An empty list has no rows: nothing in it could be found. */
function addList(rows: Rows, id: string, name: string, { values, units, tags }: Labels & { values: readonly unknown[] }): void {
  if (typeof values[0] === 'string') {
    list(rows, 'stringList').push(id, name, tags, units);
    const entries = list(rows, 'stringListEntry');
    for (let index = 0; index < values.length; index++) entries.push(id, name, index, values[index] as string);
    return;
  }
  const range = rangeOf(values);
  if (range) addRange(rows, id, name, { min: range.min, max: range.max, units, tags });
}

function addRange(rows: Rows, id: string, name: string, { min, max, units, tags }: Labels & Range): void {
  if (units === null && tags === null) list(rows, 'scalarList').push(id, name, min, max);
  else list(rows, 'scalarListFull').push(id, name, min, max, tags, units);
}

function addFiles(rows: Rows, { id, files }: SinaRecord): void {
  for (const uri of sorted(Object.keys(files))) {
    const file = files[uri];
    list(rows, 'document').push(id, uri, columnText(file?.mimetype), tagsText(file?.tags));
  }
}
