import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { messageOf } from '../../../src/errors.js';
import { tables } from '../../../src/stores/schema.js';
import { storeName } from '../../../src/stores/store-location.js';
import { openTables, type Row, type StoreTables } from '../../support/store-tables.js';
import { type FinalEvent, nowUs, type SeenDataset } from '../events.js';
import { counterType, counterValue, datasetType, memberOf, readDataset } from './records.js';
import { differences, followingTables, type RecordRow } from './rows-of-texts.js';

/** What is looked at when all has ended. */
export interface FinalPlace {
  readonly store: string;
  /** Beside which nothing should be left. */
  readonly lockPath?: string | undefined;
  /** URLs of the nodes of a cluster, each of which is looked at. Default: the store. */
  readonly nodes?: readonly string[] | undefined;
}

type Content = Omit<FinalEvent, 't' | 'e' | 'node' | 'locksLeft'>;

/** What stands in the store, one event for each node. Does not throw: a store that cannot be read is a finding. */
export async function readFinal({ store, lockPath, nodes }: FinalPlace): Promise<FinalEvent[]> {
  const locksLeft = lockPath === undefined ? [] : namesBeside(lockPath);
  const events: FinalEvent[] = [];
  for (const url of nodes ?? [store]) {
    const content = await readContent(url).catch((error: unknown) => ({ ...nothing, unreadable: messageOf(error) }));
    events.push({ t: nowUs(), e: 'final', ...(nodes === undefined ? {} : { node: storeName(url) }), ...content, locksLeft });
  }
  return events;
}

const nothing: Content = { counters: {}, datasets: [], torn: [], integrity: [], foreignKeys: [], marksLeft: 0 };

/** The lock, and what is made beside it while it is taken and let go; `lockPath` itself is a file of Kosh's. */
function namesBeside(lockPath: string): string[] {
  const name = basename(lockPath);
  return readdirSync(dirname(lockPath)).filter((other) => other.startsWith(name) && other !== name);
}

async function readContent(url: string): Promise<Content> {
  const store = await openTables(url);
  try {
    const integrity = await store.integrity();
    // A damaged store may not be readable to its end: what it says about itself is told all the same.
    return await readRows(store, integrity).catch((error: unknown) => ({ ...nothing, integrity, unreadable: messageOf(error) }));
  } finally {
    await store.close();
  }
}

async function readRows(store: StoreTables, integrity: readonly string[]): Promise<Content> {
  const rows = new Map<string, readonly Row[]>();
  for (const table of tables) rows.set(table.name, await store.rows(table));
  const records = (rows.get('Record') ?? []).map(([id, type, raw]) => ({ id, type, raw: String(raw) }) as RecordRow);
  const memberships = membershipsIn(rows.get('Relationship') ?? []);
  const torn = differences(records, new Map(followingTables.map(({ name }) => [name, rows.get(name) ?? []])));
  return {
    ...seenIn(records, memberships),
    torn,
    integrity,
    foreignKeys: await store.foreignKeys(),
    marksLeft: await store.marks(),
  };
}

function membershipsIn(rows: readonly Row[]): Map<string, string[]> {
  const ensembles = new Map<string, string[]>();
  for (const [subject, object, predicate] of rows as readonly string[][]) {
    if (predicate !== memberOf || subject === undefined || object === undefined) continue;
    ensembles.set(subject, [...(ensembles.get(subject) ?? []), object]);
  }
  return ensembles;
}

function seenIn(records: readonly RecordRow[], memberships: Map<string, string[]>): Pick<Content, 'counters' | 'datasets'> {
  const counters: Record<string, number> = {};
  const datasets: SeenDataset[] = [];
  for (const { id, type, raw } of records) {
    if (type === counterType) counters[id] = counterValue(raw) ?? Number.NaN;
    if (type !== datasetType) continue;
    const { own, torn } = readDataset(id, raw);
    datasets.push({
      id,
      there: true,
      ...(own === undefined ? {} : { own }),
      ensembles: memberships.get(id) ?? [],
      ...(torn === undefined ? {} : { torn }),
    });
    memberships.delete(id);
  }
  for (const [id, ensembles] of memberships) datasets.push({ id, there: false, ensembles });
  return { counters, datasets };
}
