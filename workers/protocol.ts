import type { LoadConfig } from '../src/config/load-options.js';
import type { WireError } from '../src/errors.js';
import type { Acquisition } from '../src/kosh/transact.js';
import type { Chunk, Reject } from '../src/sources/source.js';

/** What a worker is given when its thread starts. Plain data. */
export interface WorkerSetup {
  readonly config: LoadConfig;
  /** Whose user record becomes the `creator` of what is generated. */
  readonly user: string;
  /** See {@link SharedState}. */
  readonly shared: SharedArrayBuffer;
}

export interface Counts {
  records: number;
  relationships: number;
}

/** What became of a chunk. Read = inserted + rejected; what is to be planned again counts in neither. */
export interface ChunkResult {
  readonly inserted: Counts;
  readonly rejected: Counts;
  readonly ensembles: number;
  readonly datasets: number;
  readonly rejects: readonly Reject[];
  readonly acquisitions: readonly Acquisition[];
  /** Units that only lack a record which another unit may still bring. */
  readonly again: readonly Chunk[];
}

/** A task for a worker. `final`: a unit that lacks a record is refused, not planned again. */
export interface ChunkTask {
  readonly chunk: Chunk;
  readonly final: boolean;
}

/** Never an exception: an Error thrown in a worker loses its class and code on the way. */
export type TaskReply = { readonly ok: true; readonly result: ChunkResult } | { readonly ok: false; readonly error: WireError };

/** Memory that all threads see: a request to stop, and how many records have been read. */
export class SharedState {
  readonly #stop: Int32Array;
  readonly #records: BigInt64Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#stop = new Int32Array(buffer, 0, 1);
    this.#records = new BigInt64Array(buffer, 8, 1);
  }

  /** Asks every worker to end its waiting and to begin nothing new. */
  stop(): void {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
  }

  get stopped(): boolean {
    return Atomics.load(this.#stop, 0) === 1;
  }

  /** Resolves when {@link stop} is called. */
  async whenStopped(): Promise<void> {
    const wait = Atomics.waitAsync(this.#stop, 0, 0);
    if (wait.async) await wait.value;
  }

  addRecords(count: number): void {
    Atomics.add(this.#records, 0, BigInt(count));
  }

  get records(): number {
    return Number(Atomics.load(this.#records, 0));
  }
}
