import { compareRows, type Row, type RowDifference, rowsOfTable, type TableShape } from './compare-rows.js';
import { membersOf, parseRecord } from './parse.js';
import { rowsOf } from './rows.js';
import type { Problem, SinaRecord } from './types.js';

/** A difference of one of the tables. */
export interface TableDifference extends RowDifference {
  readonly table: string;
}

/** How the rows of a stored record compare with what its raw implies. */
export type RawAgainstRows =
  | {
      readonly ok: true;
      readonly differences: readonly TableDifference[];
      /** Its libraries are named as Sina 1.15 names siblings, not by their path. */
      readonly addsUpLibraries: boolean;
    }
  /** Raw is no JSON, or no record that a store can hold. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compares the rows that the tables have of a record, by table, with those that its text implies. Throws `ERR_NOT_JSON` when it is not JSON. */
export function rawAgainstRows(
  raw: string,
  shapes: readonly TableShape[],
  found: ReadonlyMap<string, readonly Row[]>,
): RawAgainstRows {
  const parsed = parseRecord(membersOf(raw), (localId) => localId);
  if (!parsed.ok) return parsed;
  const { record } = parsed;
  const differencesOf = (names: 'path' | 'added up') => differences(record, names, { shapes, found });
  const byPath = differencesOf('path');
  if (!byPath.ok || byPath.differences.length === 0 || Object.keys(record.library_data).length === 0) return byPath;
  const addedUp = differencesOf('added up');
  return addedUp.ok && addedUp.differences.length === 0 ? addedUp : byPath;
}

interface Tables {
  readonly shapes: readonly TableShape[];
  readonly found: ReadonlyMap<string, readonly Row[]>;
}

function differences(record: SinaRecord, names: 'path' | 'added up', { shapes, found }: Tables): RawAgainstRows {
  const mapped = rowsOf(record, names);
  if (!mapped.ok) return mapped;
  const differences = shapes.flatMap((table) =>
    compareRows(table, found.get(table.name) ?? [], rowsOfTable(mapped.rows, table)).map((difference) => ({
      ...difference,
      table: table.name,
    })),
  );
  return { ok: true, differences, addsUpLibraries: names === 'added up' };
}
