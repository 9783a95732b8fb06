import { isStamp } from './compare-json.js';
import { ObjectText } from './object-text.js';
import { canonicalJson } from './same-json.js';

/** What is in a record because of who wrote it and when: never a difference between two records, and never merged. */
const writersOwn: ReadonlySet<string> = new Set(['/data/creator', '/data/_associated_data_']);

const information = '/user_defined/kosh_information';

/** Whether the member at `pointer` of a record is one that says who wrote it and when: the creator, Kosh's stamps. */
export function isWritersOwn(pointer: string): boolean {
  if (writersOwn.has(pointer)) return true;
  return pointer.startsWith(`${information}/`) && isStamp(pointer.slice(information.length + 1));
}

/** Sections that say nothing when they are empty. */
const sections = ['data', 'curve_sets', 'library_data', 'files', 'user_defined'] as const;

/**
 * A text that two records share when they say the same: their raw without what says who wrote it and when, and without the attributes `inherited`.
 * Throws `ERR_NOT_JSON` for a raw that is not the text of an object.
 */
export function contentOf(raw: string, inherited: Iterable<string> = []): string {
  const record = new ObjectText(raw);
  if (record.text('data')?.startsWith('{')) {
    const data = record.object('data');
    for (const name of ['creator', '_associated_data_', ...inherited]) data.delete(name);
  }
  if (record.text('user_defined')?.startsWith('{')) dropStamps(record.object('user_defined'));
  for (const key of sections) if (record.text(key) === '{}') record.delete(key);
  return canonicalJson(record.toString());
}

function dropStamps(userDefined: ObjectText): void {
  const key = 'kosh_information';
  if (!userDefined.text(key)?.startsWith('{')) return;
  const stamps = userDefined.object(key);
  for (const name of stamps.keys()) if (isStamp(name)) stamps.delete(name);
  if (stamps.keys().length === 0) userDefined.delete(key);
}
