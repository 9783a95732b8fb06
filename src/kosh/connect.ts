import { IngestError } from '../errors.js';
import type { LockStrategy } from '../locks/lock-strategy.js';
import { None } from '../locks/none.js';
import { datasetType as defaultDatasetType } from '../records/kosh.js';
import { describe } from '../records/problems.js';
import type { FoundRecord } from '../stores/connection.js';
import { storeLocation } from '../stores/store-location.js';
import { checkKeys, checkText } from './arguments.js';
import { type CallOptions, StoreContext, type StoreFacts } from './context.js';
import { Dataset } from './dataset.js';
import { Ensemble } from './ensemble.js';
import { currentUser, emptyStore, openStore, openStoreReadOnly } from './open-store.js';
import { Store } from './store.js';
import type { Joined } from './transact.js';

/** How a store is opened. */
export interface ConnectOptions extends CallOptions {
  /** How writers keep out of each other's way. Default: a new `None`, for a store that nobody else uses at the same time. */
  readonly lockStrategy?: LockStrategy | undefined;
  /** Opens a store that is there, for reading alone. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Empties the store first. Default false. */
  readonly deleteAllContents?: boolean | undefined;
  /** The creator of what is created. Default: `$USER`, else `default`. */
  readonly username?: string | undefined;
  /** Type of the datasets that are created. Default `dataset`. */
  readonly datasetRecordType?: string | undefined;
}

const keys = ['lockStrategy', 'readOnly', 'deleteAllContents', 'username', 'datasetRecordType', 'signal'] as const;

/**
 * Opens a Kosh store, creating it when it is missing (Kosh: `connect`). `uri` is the path of a SQLite file, in which `~` is the
 * home directory, or the URL of a MariaDB database. Throws
 * `ERR_USAGE` for arguments that make no sense, `ERR_STORE_OPEN`, `ERR_STORE_NOT_SQLITE`, `ERR_STORE_SCHEMA` or `ERR_STORE_READ_ONLY` for a store that
 * cannot be used, and what the lock strategy throws when others keep it busy.
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Store> {
  checkText('uri', uri);
  checkKeys(options, keys);
  const { readOnly = false, deleteAllContents = false, username = currentUser(process.env), signal } = options;
  const { lockStrategy: strategy = new None(), datasetRecordType: datasetType = defaultDatasetType } = options;
  checkText('username', username);
  checkText('datasetRecordType', datasetType);
  checkStrategy(strategy);
  if (readOnly && deleteAllContents) {
    throw new IngestError('ERR_USAGE', 'a store that is opened with readOnly cannot be emptied');
  }
  const location = storeLocation(uri, 'uri');
  const opening = readOnly
    ? openStoreReadOnly(location, strategy, { signal })
    : openStore(location, strategy, username, { signal });
  const { joined, info: found } = await opening;
  let info = found;
  try {
    if (deleteAllContents) info = await emptyStore(joined, username, { signal });
  } catch (error) {
    await joined.connection.close();
    throw error;
  }
  return new Store(contextOf(joined, { uri, location, info, username, datasetType, readOnly }));
}

/** What the objects of a store share whose connection has been opened. @internal For what measures {@link connect}. */
export function contextOf(joined: Joined, facts: Omit<StoreFacts, 'makeObject'>): StoreContext {
  return new StoreContext(joined, { ...facts, makeObject });
}

function makeObject(context: StoreContext, record: FoundRecord): Dataset {
  return record.type === context.info.ensemblesType ? new Ensemble(context, record) : new Dataset(context, record);
}

function checkStrategy(strategy: LockStrategy): void {
  const given = strategy as Partial<LockStrategy> | null;
  if (typeof given === 'object' && typeof given?.run === 'function' && typeof given.name === 'string') return;
  const found =
    typeof strategy === 'function' ? `the class ${(strategy as { name: string }).name}, without new` : describe(strategy);
  throw new IngestError('ERR_USAGE', `lockStrategy must be a lock strategy; found ${found}`, {
    hint: 'For example new lockStrategies.RFileLock(), or an object with name, run and close of your own.',
  });
}
