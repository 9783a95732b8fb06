import { IngestError } from '../errors.js';
import type { StoreInfo } from '../records/kosh.js';
import type { Awaitable, FoundRecord, Reader, Transaction } from '../stores/connection.js';
import type { Dataset } from './dataset.js';
import { type Joined, readThrough, transact } from './transact.js';

/** What every call takes. */
export interface CallOptions {
  /** Ends the waiting for a lock or for a try, not a transaction that runs: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a {@link StoreContext} is made of. */
export interface StoreFacts {
  readonly uri: string;
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
  write<T>(work: (tx: Transaction) => Awaitable<T>, { signal }: CallOptions = {}): Promise<T> {
    this.assertWritable();
    return this.track(() => transact(this.joined, work, { signal }));
  }

  /** `work` reads one state of the store and may run more than once. */
  read<T>(work: (reader: Reader) => Awaitable<T>, { signal }: CallOptions = {}): Promise<T> {
    return this.track(() => readThrough(this.joined, work, { signal }));
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
