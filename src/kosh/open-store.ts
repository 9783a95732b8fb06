import { IngestError } from '../errors.js';
import type { LockStrategy, RunOptions } from '../locks/lock-strategy.js';
import { type StoreInfo, storeInfoFrom, storeInfoId, storeInfoRecord, userRecord } from '../records/kosh.js';
import { mergeRows } from '../records/merge-rows.js';
import { rowsOf } from '../records/rows.js';
import type { SinaRecord } from '../records/types.js';
import type { Connection, Transaction } from '../stores/connection.js';
import { type Joined, join, runThrough, transact } from './transact.js';

/** The user whom Kosh takes as the creator: `$USER`, else `default` (Kosh 3.1). */
export function currentUser(env: NodeJS.ProcessEnv): string {
  return env.USER || 'default';
}

/** A store that has been opened through a strategy. */
export interface OpenedStore {
  readonly joined: Joined;
  readonly info: StoreInfo;
}

/** Opens a store, creating it when it is missing, and sees to it that it has what Kosh writes on connecting. */
export async function openStore(
  store: string,
  strategy: LockStrategy,
  user: string,
  options: RunOptions = {},
): Promise<OpenedStore> {
  const { joined, found } = await openThrough(
    strategy,
    () => join(store, strategy),
    (opened) => ensureStore(opened, user, options),
    options,
  );
  return { joined, info: found };
}

/** Opens a store for loading rows into it. Throws `ERR_STORE` when it lacks what {@link openStore} sees to. */
export async function openStoreForLoading(
  store: string,
  strategy: LockStrategy,
  user: string,
  options: RunOptions = {},
): Promise<OpenedStore> {
  const read = async ({ connection }: Joined) => {
    const info = await readStore(connection, user);
    if (!info) throw new IngestError('ERR_STORE', `the store ${store} was emptied while it was being loaded`);
    return info;
  };
  const { joined, found } = await openThrough(strategy, () => join(store, strategy, { bulk: true }), read, options);
  return { joined, info: found };
}

/**
 * Opens, and looks at what was opened, through the strategy from the start: SQLite creates the file on opening, and Kosh cannot open an empty one, so who
 * never gets the lock leaves none behind; and also opening fails while another program holds the store for itself alone. A failed try leaves nothing open.
 */
async function openThrough<T>(
  strategy: LockStrategy,
  open: () => Joined,
  look: (joined: Joined) => Promise<T>,
  options: RunOptions,
): Promise<{ joined: Joined; found: T }> {
  const attempt = async () => {
    const joined = open();
    try {
      return { joined, found: await look(joined) };
    } catch (error) {
      await joined.connection.close();
      throw error;
    }
  };
  return runThrough(strategy, attempt, options);
}

/**
 * Makes sure that the store has its tables, Kosh's store-info record and the users `user` and `anonymous`, as `kosh.connect` does, and answers
 * what the store-info record says. Writes only what is missing, in one transaction under the strategy: several processes can call it at once.
 */
async function ensureStore(joined: Joined, user: string, options: RunOptions = {}): Promise<StoreInfo> {
  const { connection } = joined;
  const found = await readStore(connection, user);
  if (found) return found;
  await transact(joined, (tx) => createMissing(connection, tx, user), options);
  const created = await readStore(connection, user);
  if (!created) throw new Error('the store-info record is missing after it was written');
  return created;
}

function required(user: string): SinaRecord[] {
  const names = user === 'anonymous' ? [user] : [user, 'anonymous'];
  return [storeInfoRecord(), ...names.map(userRecord)];
}

/** What the store-info record says; undefined when the store lacks anything that Kosh would have written on connecting. */
async function readStore(connection: Connection, user: string): Promise<StoreInfo | undefined> {
  if ((await connection.schema()) === 'none') return undefined;
  const records = required(user);
  const stored = await connection.records(records.map((record) => record.id));
  const info = stored.get(storeInfoId);
  return info && stored.size === records.length ? storeInfoFrom(info.raw) : undefined;
}

async function createMissing(connection: Connection, tx: Transaction, user: string): Promise<void> {
  // Asked again: another process may have been first.
  if ((await connection.schema()) === 'none') await connection.createSchema();
  const records = required(user);
  const stored = await tx.records(records.map((record) => record.id));
  const missing = records.filter((record) => !stored.has(record.id));
  for (const [name, values] of mergeRows(missing.map(rowsFor))) await tx.insert(name, values);
}

function rowsFor(record: SinaRecord) {
  const mapped = rowsOf(record);
  if (!mapped.ok) throw new Error(`${record.id}: ${mapped.problems[0]?.message}`);
  return mapped.rows;
}
