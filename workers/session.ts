import { threadId } from 'node:worker_threads';
import { type LoadConfig, lockStrategyOf } from '../src/config/load-options.js';
import { openStoreForLoading } from '../src/kosh/open-store.js';
import type { Acquisition, Joined, Phase } from '../src/kosh/transact.js';
import { type Contents, contentsOf, type Fate, type WholeUnit } from '../src/kosh/unit-fate.js';
import { writeUnits } from '../src/kosh/write-units.js';
import { type StoreInfo, userId } from '../src/records/kosh.js';
import { createSource } from '../src/sources/registry.js';
import type { Chunk, Reject, Source, Unit } from '../src/sources/source.js';
import type { ChunkResult, ChunkTask } from './protocol.js';
import type { SharedState } from './shared-state.js';
import { streamUnit } from './stream-unit.js';

export interface SessionOptions {
  readonly config: LoadConfig;
  readonly user: string;
  readonly shared: SharedState;
  /** Ends the waiting for a lock, and the reading of a large document between two parts. */
  readonly signal: AbortSignal;
}

/** One connection joined with one lock strategy, and the source that its chunks are read from. Works without threads. */
export class Session {
  readonly #options: SessionOptions;
  readonly #joined: Joined;
  readonly #source: Source;
  readonly #info: StoreInfo;
  #acquisitions: Acquisition[] = [];
  #phase: Phase = 'idle';

  /** The store must have its tables and Kosh's records: the coordinator has seen to that. */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, user, shared } = options;
    const strategy = lockStrategyOf(config);
    const firstHost = config.spread ? threadId : 0;
    // Opening goes through the strategy as well, and can wait as long as a transaction.
    shared.moved('idle', 'waiting');
    try {
      const { joined, info } = await openStoreForLoading(config.store, strategy, user, {
        signal: options.signal,
        firstHost,
        sqlite: config.sqlite,
      });
      return new Session(options, info, joined);
    } finally {
      shared.moved('waiting', 'idle');
    }
  }

  private constructor(options: SessionOptions, info: StoreInfo, joined: Joined) {
    this.#options = options;
    this.#info = info;
    this.#joined = {
      ...joined,
      onAcquisition: (acquisition) => this.#acquisitions.push(acquisition),
      onPhase: (phase) => {
        options.shared.moved(this.#phase, phase);
        this.#phase = phase;
      },
    };
    const creator = userId(options.user);
    options.shared.sessionOpened();
    this.#source = createSource(options.config, () => ({ info, creator }));
  }

  async process({ chunk, final }: ChunkTask): Promise<ChunkResult> {
    this.#acquisitions = [];
    const tally = new ChunkTally(this.#info, final);
    const { signal, shared } = this.#options;
    let batch: WholeUnit[] = [];
    const flush = async () => {
      const fates = await writeUnits(this.#joined, batch, signal);
      for (const unit of batch) tally.add(unit, contentsOf(unit.content), fates.get(unit));
      batch = [];
    };
    for await (const unit of this.#source.units(chunk)) {
      if (typeof unit.content === 'function') {
        await flush();
        const content = unit.content;
        const streamed = { ...unit, content };
        const { contents, fate } = await streamUnit(this.#joined, streamed, { signal, onRecords: (n) => shared.addRecords(n) });
        tally.add(unit, contents, fate);
      } else {
        shared.addRecords(unit.content.read.records);
        batch.push({ ...unit, content: unit.content });
      }
    }
    await flush();
    return { ...tally.result(), worker: threadId, acquisitions: this.#acquisitions };
  }

  async close(): Promise<void> {
    try {
      await this.#joined.strategy.close();
      await this.#joined.connection.close();
    } finally {
      this.#options.shared.sessionClosed();
    }
  }
}

/** Counts what became of the units of a chunk. */
class ChunkTally {
  readonly #info: StoreInfo;
  readonly #final: boolean;
  readonly #inserted = { records: 0, relationships: 0 };
  readonly #rejected = { records: 0, relationships: 0 };
  readonly #rejects: Reject[] = [];
  readonly #again: Chunk[] = [];
  #ensembles = 0;
  #datasets = 0;

  constructor(info: StoreInfo, final: boolean) {
    this.#info = info;
    this.#final = final;
  }

  /** `fate` is undefined for a unit that was inserted. */
  add({ again }: Unit, { read, types }: Contents, fate: Fate | undefined): void {
    if (fate?.lacksRecord && again && !this.#final) {
      this.#again.push(again);
      return;
    }
    const into = fate ? this.#rejected : this.#inserted;
    into.records += read.records;
    into.relationships += read.relationships;
    if (fate) this.#rejects.push(...fate.rejects);
    else for (const [type, count] of types) this.#count(type, count);
  }

  #count(type: string, count: number): void {
    if (type === this.#info.ensemblesType) this.#ensembles += count;
    else if (!this.#info.reservedTypes.includes(type)) this.#datasets += count;
  }

  result(): Omit<ChunkResult, 'acquisitions' | 'worker'> {
    return {
      inserted: this.#inserted,
      rejected: this.#rejected,
      ensembles: this.#ensembles,
      datasets: this.#datasets,
      rejects: this.#rejects,
      again: this.#again,
    };
  }
}
