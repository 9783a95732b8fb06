/** The value of the `tags` columns: JSON text. An empty list stays one, as in Sina; without tags, or with `null`, NULL. */
export function tagsText(tags: unknown): string | null {
  return tags === undefined || tags === null ? null : JSON.stringify(tags);
}

/** The value of a text column such as units. Sina leaves it to SQLite to turn numbers and booleans into text. */
export function columnText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** What the tables keep of a list of numbers. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Smallest and largest of the numbers, booleans being 1 and 0; undefined when there is none, or anything else among them.
 */
export function rangeOf(values: readonly unknown[]): Range | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    let value = values[i];
    if (typeof value === 'boolean') value = Number(value);
    if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return values.length === 0 ? undefined : { min, max };
}
