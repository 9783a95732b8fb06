import { IngestError } from '../errors.js';
import type { StoreInfo } from '../records/kosh.js';
import { describe, isObject, quoted } from '../records/problems.js';
import { type Awaitable, type FoundRecord, type Reader, RowConflict, type Transaction } from '../stores/connection.js';
import type { Dataset } from './dataset.js';
import { type Joined, readThrough, transact } from './transact.js';

/** What every call takes. */
export interface CallOptions {
  /** Ends the waiting for a lock or for a try, not a transaction that runs: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Throws `ERR_USAGE` for options that are none. */
function signalOf(options: CallOptions): AbortSignal | undefined {
  if (!isObject(options)) throw new IngestError('ERR_USAGE', `options are an object; found ${describe(options)}`);
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new IngestError('ERR_USAGE', `signal must be an AbortSignal; found ${describe(signal)}`);
}

/** What a {@link StoreContext} is made of. */
export interface StoreFacts {
  readonly uri: string;
  /** Path of the store's file, or its URL. */
  readonly location: string;
  readonly info: StoreInfo;
  /** Name of the user who creates records. */
  readonly username: string;
  /** Type of the datasets that are created. */
  readonly datasetType: string;
  readonly readOnly: boolean;
  /** Makes the object that stands for a record. */
  readonly makeObject: (context: StoreContext, record: FoundRecord) => Dataset;
}

/** An open store as its objects share it: one transaction a call, through the strategy. */
export class StoreContext implements StoreFacts {
  readonly uri: string;
  readonly location: string;
  /** Another one when the store has been emptied. */
  info: StoreInfo;
  readonly username: string;
  readonly datasetType: string;
  readonly readOnly: boolean;
  readonly makeObject: StoreFacts['makeObject'];
  readonly joined: Joined;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(joined: Joined, facts: StoreFacts) {
    this.joined = joined;
    this.uri = facts.uri;
    this.location = facts.location;
    this.info = facts.info;
    this.username = facts.username;
    this.datasetType = facts.datasetType;
    this.readOnly = facts.readOnly;
    this.makeObject = facts.makeObject;
  }

  /** The object that stands for a record of this store: an `Ensemble`, or for all else a `Dataset`. */
  objectOf<T extends Dataset>(record: FoundRecord): T {
    return this.makeObject(this, record) as T;
  }

  /** `work` is one whole transaction and may run more than once. */
  write<T>(work: (tx: Transaction) => Awaitable<T>, options: CallOptions = {}): Promise<T> {
    return this.writeAfter(async () => undefined, work, options);
  }

  /** As {@link write}, after something that is done before any lock is asked for. */
  async writeAfter<P, T>(
    prepare: () => Promise<P>,
    work: (tx: Transaction, prepared: P) => Awaitable<T>,
    options: CallOptions = {},
  ): Promise<T> {
    this.assertWritable();
    const signal = signalOf(options);
    return await this.track(async () => {
      const prepared = await prepare();
      const write = () => transact(this.joined, (tx) => work(tx, prepared), { signal });
      // Somebody else was first, where an engine lets two write at once: looked at again, the store says what is there already.
      return write().catch((error: unknown) =>
        error instanceof RowConflict ? write().catch(throwAlike) : Promise.reject(error),
      );
    });
  }

  /** `work` reads one state of the store and may run more than once. */
  async read<T>(work: (reader: Reader) => Awaitable<T>, options: CallOptions = {}): Promise<T> {
    const signal = signalOf(options);
    return await this.track(() => readThrough(this.joined, work, { signal }));
  }

  /** Runs a call that {@link close} waits for. */
  async track<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new IngestError('ERR_USAGE', `the store ${this.uri} is closed`, { hint: 'Connect again.' });
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Throws `ERR_STORE_READ_ONLY` when the store was opened to be read. */
  assertWritable(): void {
    if (!this.readOnly) return;
    const hint = 'Connect without readOnly.';
    throw new IngestError('ERR_STORE_READ_ONLY', `the store ${this.uri} was opened with readOnly`, { hint });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.joined.connection.close();
  }
}

/** What is there already and was not seen when it was looked for is another text that the tables of the store take for the same. */
function throwAlike(error: unknown): never {
  if (!(error instanceof RowConflict)) throw error;
  const texts = error.row?.filter((value) => typeof value === 'string').slice(0, 2);
  const what = texts ? ` (${texts.map(quoted).join(', ')})` : '';
  const message = `a name or a uri${what} is one that the store takes for another one of the record: its tables do not tell the two apart`;
  throw new IngestError('ERR_RECORD', message, {
    hint: 'Give names that differ in more than case, accents or blanks at the end, or use a new database.',
    cause: error,
  });
}
