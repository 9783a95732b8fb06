import { membersOf } from './json-text.js';
import { parseRecord } from './parse.js';
import { type RowsResult, rowsOf } from './rows.js';

/** The rows of the text of a record that is in a store, or is going to be. Throws `ERR_NOT_JSON` for what is not the text of an object. */
export function rowsOfRaw(raw: string): RowsResult {
  const parsed = parseRecord(membersOf(raw), (localId) => localId);
  return parsed.ok ? rowsOf(parsed.record) : parsed;
}
