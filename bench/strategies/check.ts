import { messageOf } from '../../src/errors.js';
import { openTables, type StoreTables } from '../support/store-tables.js';
import type { Written } from './protocol.js';
import { givenPrefix } from './work/calls.js';

/** What a store is expected to hold besides what Kosh puts into every one. */
export interface Expected {
  readonly store: string;
  readonly written: readonly Written[];
  /** Own attributes of each record. */
  readonly attributes: number;
  /** Records that were there before. */
  readonly given: number;
}

/** How many ids a finding names. */
const named = 3;

/** Records of the notebook, and of how many the rows are not what they have to be. */
const recordsSql = `SELECT r.id, r.type, (SELECT count(*) FROM "StringData" s WHERE s.id = r.id), (SELECT count(*) FROM "Relationship" m WHERE m.subject_id = r.id)
FROM "Record" r WHERE r.type IN ('dataset', 'kosh_ensemble')`;

/**
 * What is wrong with the store of a trial that is over, sentences: every record that was acknowledged is there with all its rows, no other, none twice, and the
 * engine finds its files sound.
 */
export async function faultsOf(expected: Expected): Promise<string[]> {
  const tables = await openTables(expected.store);
  try {
    const looks = [
      () => recordFaults(tables, expected),
      async () => (await tables.integrity()).map((said) => `the store is damaged: ${said}`),
      async () => (await tables.foreignKeys()).map((said) => `foreign_key_check: ${said}`),
    ];
    const faults: string[] = [];
    for (const look of looks) faults.push(...(await look().catch(unreadable)));
    return faults;
  } finally {
    await tables.close();
  }
}

function unreadable(error: unknown): string[] {
  return [`the store cannot be read: ${messageOf(error)}`];
}

async function recordFaults(tables: StoreTables, { written, attributes, given }: Expected): Promise<string[]> {
  const stored = new Map<string, number>();
  const halves: string[] = [];
  let givenFound = 0;
  for (const [name, type, texts, memberships] of await tables.all(recordsSql)) {
    const id = String(name);
    if (id.startsWith(givenPrefix)) givenFound++;
    else stored.set(id, (stored.get(id) ?? 0) + 1);
    // Its own attributes, creator and name; a member has those of its ensemble too.
    const isMember = type === 'dataset';
    const wanted = attributes * (isMember ? 2 : 1) + 2;
    if (Number(texts) !== wanted || Number(memberships) !== (isMember ? 1 : 0)) halves.push(id);
  }
  return [
    ...(givenFound === given ? [] : [`${givenFound} of ${given} records are there that were there before`]),
    ...found(halves, 'incomplete or with rows too many'),
    ...found(
      [...stored].flatMap(([id, count]) => (count > 1 ? [id] : [])),
      'there twice',
    ),
    ...missingOrUnknown(new Set(stored.keys()), written),
  ];
}

function missingOrUnknown(stored: Set<string>, written: readonly Written[]): string[] {
  const faults: string[] = [];
  const missing: string[] = [];
  let acknowledged = 0;
  for (const one of written) {
    if (one.kind === 'ids') {
      acknowledged += one.ids.length;
      for (const id of one.ids) if (!stored.delete(id)) missing.push(id);
      for (const id of one.unknown) stored.delete(id);
    } else {
      const { prefix, least, most = Number.POSITIVE_INFINITY } = one;
      const own = [...stored].filter((id) => id.startsWith(prefix));
      for (const id of own) stored.delete(id);
      if (own.length < least) faults.push(`${least - own.length} of ${least} records lost that were acknowledged to ${prefix}`);
      if (own.length > most)
        faults.push(`${own.length - most} records more than the ${most} that were acknowledged to ${prefix}`);
    }
  }
  return [
    ...(missing.length === 0
      ? []
      : [`lost ${missing.length} of ${acknowledged} records that were acknowledged (${examples(missing)})`]),
    ...faults,
    ...found([...stored], 'there that nobody was told of'),
  ];
}

function found(ids: readonly string[], what: string): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${ids.length === 1 ? 'record is' : 'records are'} ${what} (${examples(ids)})`];
}

function examples(ids: readonly string[]): string {
  return ids.slice(0, named).join(', ') + (ids.length > named ? ', …' : '');
}
