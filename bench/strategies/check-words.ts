/** How many ids a finding names. */
const named = 3;

/** A finding about records: none when there are none. */
export function found(ids: readonly string[], what: string): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${ids.length === 1 ? 'record is' : 'records are'} ${what} (${examples(ids)})`];
}

/** The first few of them. */
export function examples(ids: readonly string[]): string {
  return ids.slice(0, named).join(', ') + (ids.length > named ? ', …' : '');
}
