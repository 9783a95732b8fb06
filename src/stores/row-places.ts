import { child, quoted } from '../records/problems.js';
import { type InsertName, inserts, type SqlValue } from '../records/types.js';

/** A thing of a record in words, and its JSON pointer in the record. */
export interface Place {
  readonly what: string;
  readonly pointer: string;
}

/** What a column of a row is called, and where it is in the record; without a column, the row as a whole. */
export function placeOf(name: InsertName, row: readonly SqlValue[], column = ''): Place {
  const columns: readonly string[] = inserts[name].columns;
  const cell = (of: string) => String(row[columns.indexOf(of)]);
  const own = /^(id|type|predicate|subject|object)(_id)?$/.exec(column)?.[1];
  if (own !== undefined) return { what: `the ${own} ${quoted(cell(column))}`, pointer: `/${own}` };
  const { what, pointer } = thingOf(name, cell);
  if (column === 'name' || column === 'uri') return { what: `the name of ${what}`, pointer };
  if (/^(units|tags|mimetype)$/.test(column)) return { what: `the ${column} of ${what}`, pointer: `${pointer}/${column}` };
  if (column !== 'value') return { what, pointer };
  if (name !== 'stringListEntry') return { what, pointer: `${pointer}/value` };
  return { what: `entry ${cell('index')} of ${what}`, pointer: `${pointer}/value/${cell('index')}` };
}

function thingOf(name: InsertName, cell: (column: string) => string): Place {
  if (name === 'record' || name === 'relationship') return { what: `the ${name}`, pointer: '' };
  const key = cell(name === 'document' ? 'uri' : 'name');
  if (name === 'document') return { what: `the file ${quoted(key)}`, pointer: child('/files', key) };
  if (name === 'curveSet') return { what: `the curve set ${quoted(key)}`, pointer: child('/curve_sets', key) };
  // Curves have their ranges in one table with lists, and rows do not tell which is which.
  const kind = name.startsWith('scalarList') ? 'list or curve' : 'attribute';
  return { what: `the ${kind} ${quoted(key)}`, pointer: child('/data', key) };
}
