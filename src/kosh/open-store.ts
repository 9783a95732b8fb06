import { exitCodes, IngestError, messageOf } from '../errors.js';
import type { Lease, LockStrategy, RunOptions } from '../locks/lock-strategy.js';
import { defaultStoreInfo, type StoreInfo, storeInfoFrom, storeInfoId, storeInfoRecord, userRecord } from '../records/kosh.js';
import { mergeRows } from '../records/merge-rows.js';
import { rowsOf } from '../records/rows.js';
import type { SinaRecord } from '../records/types.js';
import { type Connection, type OpenOptions, RowConflict, type Transaction } from '../stores/connection.js';
import { storeName } from '../stores/store-location.js';
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
  { sqlite, dryRun, ...options }: RunOptions & Pick<OpenOptions, 'sqlite' | 'dryRun'> = {},
): Promise<OpenedStore> {
  const { joined, found } = await openThrough(
    { store, strategy, open: { sqlite, dryRun } },
    (opened, lease) => ensureStore(opened, user, { lease, ...options }),
    options,
  );
  return { joined, info: found };
}

/** Opens a store that is there, for reading alone. One that Sina made and Kosh never saw is read as Kosh would. */
export async function openStoreReadOnly(store: string, strategy: LockStrategy, options: RunOptions = {}): Promise<OpenedStore> {
  const read = ({ connection }: Joined) =>
    connection.read(async (reader) => {
      if ((await connection.schema()) === 'none') {
        const hint = 'Give the path or the URL of a Kosh store that is there.';
        throw new IngestError('ERR_STORE_SCHEMA', `${storeName(store)} holds no store`, { hint });
      }
      const stored = await reader.records([storeInfoId]);
      return storeInfoFrom(stored.get(storeInfoId)?.raw ?? '{}');
    }, options);
  const { joined, found } = await openThrough({ store, strategy, open: { readOnly: true } }, read, options);
  return { joined, info: found };
}

/** Opens a store for loading rows into it. Throws `ERR_STORE` when it lacks what {@link openStore} sees to. */
export async function openStoreForLoading(
  store: string,
  strategy: LockStrategy,
  user: string,
  { firstHost, sqlite, dryRun, ...options }: RunOptions & Pick<OpenOptions, 'firstHost' | 'sqlite' | 'dryRun'> = {},
): Promise<OpenedStore> {
  const read = async ({ connection }: Joined) => {
    const info = await readStore(connection, user, options);
    if (!info) throw new IngestError('ERR_STORE', `the store ${storeName(store)} was emptied while it was being loaded`);
    return info;
  };
  const { joined, found } = await openThrough(
    { store, strategy, open: { bulk: true, firstHost, sqlite, dryRun } },
    read,
    options,
  );
  return { joined, info: found };
}

/** A store, and how it is opened. */
interface Way {
  readonly store: string;
  readonly strategy: LockStrategy;
  readonly open: Parameters<typeof join>[2];
}

/** Something is wrong with a record of Kosh's own, which is no reject of a load. */
function isOfRecord(error: unknown): boolean {
  return error instanceof RowConflict || (error instanceof IngestError && error.exitCode === exitCodes.rejects);
}

function unfit(store: string, cause: unknown): IngestError {
  const why = cause instanceof RowConflict ? 'rows are there of a record that is missing' : messageOf(cause);
  return new IngestError(
    'ERR_STORE',
    `the store ${storeName(store)} has records of Kosh's own that cannot be read or written: ${why}`,
    {
      hint: 'It has been damaged by hand, or its tables cannot keep the name of the user ($USER). Restore it, or take another store.',
      cause,
    },
  );
}

/**
 * Opens, and looks at what was opened, through the strategy from the start: SQLite creates the file on opening, and Kosh cannot open an empty one, so who
 * never gets the lock leaves none behind; and also opening fails while another program holds the store for itself alone. A failed try leaves nothing open.
 */
async function openThrough<T>(
  { store, strategy, open }: Way,
  look: (joined: Joined, lease: Lease) => Promise<T>,
  options: RunOptions,
): Promise<{ joined: Joined; found: T }> {
  const attempt = async (lease: Lease) => {
    const joined = await join(store, strategy, open);
    try {
      return { joined, found: await look(joined, lease) };
    } catch (error) {
      await joined.connection.close();
      throw isOfRecord(error) ? unfit(store, error) : error;
    }
  };
  return runThrough(strategy, attempt, options);
}

/** Deletes everything and writes again what {@link openStore} sees to, in one transaction. Answers what the new store-info record says. */
export async function emptyStore(joined: Joined, user: string, options: RunOptions = {}): Promise<StoreInfo> {
  const work = async (tx: Transaction) => {
    await tx.deleteAll();
    await createMissing(joined.connection, tx, user);
  };
  await transact(joined, work, options);
  return defaultStoreInfo;
}

interface Opening extends RunOptions {
  readonly lease: Lease;
}

/**
 * Makes sure that the store has its tables, Kosh's store-info record and the users `user` and `anonymous`, as `kosh.connect` does, and answers
 * what the store-info record says. Writes only what is missing, in one transaction under the lease: several processes can call it at once.
 */
async function ensureStore({ connection }: Joined, user: string, { lease, signal }: Opening): Promise<StoreInfo> {
  const beforeCommit = () => lease.assertHeld();
  for (let tries = 1; ; tries++) {
    const found = await readStore(connection, user, { signal });
    if (found) return found;
    if (tries > 5) {
      throw new IngestError('ERR_STORE', 'the records that were written on opening the store cannot be read back', {
        hint: 'Somebody else keeps deleting them, or the settings of the server keep them from being seen.',
      });
    }
    try {
      await connection.transaction((tx) => createMissing(connection, tx, user), { beforeCommit, signal });
    } catch (error) {
      // Another process was first, where an engine lets two write at once: looked at again.
      if (!(error instanceof RowConflict) || tries === 5) throw error;
    }
  }
}

function required(user: string): SinaRecord[] {
  const names = user === 'anonymous' ? [user] : [user, 'anonymous'];
  return [storeInfoRecord(), ...names.map(userRecord)];
}

/** What the store-info record says; undefined when the store lacks anything that Kosh would have written on connecting. */
function readStore(connection: Connection, user: string, options: RunOptions): Promise<StoreInfo | undefined> {
  const records = required(user);
  return connection.read(async (reader) => {
    if ((await connection.schema()) === 'none') return undefined;
    const stored = await reader.records(records.map((record) => record.id));
    const info = stored.get(storeInfoId);
    if (!info || stored.size < records.length) return undefined;
    return storeInfoFrom(info.raw);
  }, options);
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
