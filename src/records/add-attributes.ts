import { type Attributes, valueText } from './kosh-values.js';
import { ObjectText } from './object-text.js';
import type { RowsResult } from './rows.js';
import { rowsOfRaw } from './rows-of-raw.js';

/** The rows of a record, given by its `raw`, with the attributes that it lacks behind its own. What it has stands as it was written. */
export function withAttributes(raw: string, attributes: Attributes): RowsResult {
  const record = new ObjectText(raw);
  const data = record.object('data');
  for (const [name, value] of attributes) if (!data.has(name)) data.set(name, `{"value":${valueText(value)}}`);
  return rowsOfRaw(record.toString());
}
