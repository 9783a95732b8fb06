import { messageOf } from '../../src/errors.js';
import { openTables, type StoreTables } from '../support/store-tables.js';
import { ownRecords } from '../support/trial-store.js';
import { contentFaults } from './check-content.js';
import { examples, found } from './check-words.js';
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

/**
 * What is wrong with the store of a trial that is over, sentences: every record that was acknowledged is there, no other, none twice; up to 5,000 of them,
 * evenly spread, have the content that they have to have; and the engine finds its files sound.
 */
export async function faultsOf(expected: Expected): Promise<string[]> {
  const tables = await openTables(expected.store);
  try {
    const ids = generatedIds(tables);
    const looks = [
      async () => recordFaults(tables, await ids, expected),
      async () => contentFaults(tables, await ids, expected.attributes),
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

/** In their order. */
async function generatedIds(tables: StoreTables): Promise<string[]> {
  const rows = await tables.all(`SELECT id FROM "Record" WHERE type IN ('dataset', 'kosh_ensemble') ORDER BY id`);
  return rows.map(([id]) => String(id));
}

async function recordFaults(tables: StoreTables, ids: readonly string[], { written, given }: Expected): Promise<string[]> {
  const stored = new Set(ids);
  const [[all] = []] = await tables.all('SELECT count(*) FROM "Record"');
  const others = Number(all) - ids.length;
  const givenIds = ids.filter((id) => id.startsWith(givenPrefix));
  for (const id of givenIds) stored.delete(id);
  return [
    ...(givenIds.length === given ? [] : [`${givenIds.length} of ${given} records are there that were there before`]),
    ...(ids.length === new Set(ids).size ? [] : [`${ids.length - new Set(ids).size} records are there twice`]),
    ...(others === ownRecords ? [] : [`${others} records of Kosh's own are there, not ${ownRecords}`]),
    ...missingOrUnknown(stored, written),
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
