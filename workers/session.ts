import { threadId } from 'node:worker_threads';
import { dryRunOf, type LoadConfig, lockStrategyOf } from '../src/config/load-options.js';
import { ensembleViews } from '../src/kosh/ensemble-views.js';
import { openStoreForLoading } from '../src/kosh/open-store.js';
import { type Acquisition, type Joined, type Phase, readThrough } from '../src/kosh/transact.js';
import { addContents, contentsOf, emptyContents, type WholeUnit, type WriteOptions } from '../src/kosh/unit-fate.js';
import { writeUnits } from '../src/kosh/write-units.js';
import { type StoreInfo, userId } from '../src/records/kosh.js';
import { createSource } from '../src/sources/registry.js';
import type { Source, SourceContext, Unit } from '../src/sources/source.js';
import type { DryRunCounts, Reader } from '../src/stores/connection.js';
import { PlaceTaken } from '../src/stores/journal.js';
import { ChunkTally } from './chunk-tally.js';
import { PlaceJournal } from './place-journal.js';
import type { ChunkResult, ChunkTask } from './protocol.js';
import type { SharedState } from './shared-state.js';
import { type StreamedUnit, streamUnit } from './stream-unit.js';

export interface SessionOptions {
  readonly config: LoadConfig;
  readonly user: string;
  /** Id of the load in the journal of the store; undefined: nothing is written down. */
  readonly load?: string | undefined;
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
  /** What the transactions of a dry run would have written. */
  readonly #counts: DryRunCounts[];
  readonly #journal: PlaceJournal | undefined;
  #acquisitions: Acquisition[] = [];
  #phase: Phase = 'idle';

  /** The store must have its tables and Kosh's records: the coordinator has seen to that. */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, user, shared } = options;
    const strategy = lockStrategyOf(config);
    const firstHost = config.spread ? threadId : 0;
    // Opening goes through the strategy as well, and can wait as long as a transaction.
    const counts: DryRunCounts[] = [];
    const dryRun = dryRunOf(config, (count) => counts.push(count));
    // Before the store is opened: what is imported for it is not waited for with a connection in hand.
    const source = await createSource(config, () => session.#context());
    let session: Session;
    shared.moved('idle', 'waiting');
    try {
      const { joined, info } = await openStoreForLoading(config.store, strategy, user, {
        signal: options.signal,
        firstHost,
        sqlite: config.sqlite,
        dryRun,
      });
      session = new Session(options, info, { joined, counts, source });
      return session;
    } finally {
      shared.moved('waiting', 'idle');
    }
  }

  private constructor(
    options: SessionOptions,
    info: StoreInfo,
    { joined, counts, source }: { readonly joined: Joined; readonly counts: DryRunCounts[]; readonly source: Source },
  ) {
    this.#options = options;
    this.#counts = counts;
    this.#info = info;
    this.#joined = {
      ...joined,
      onAcquisition: (acquisition) => this.#acquisitions.push(acquisition),
      onPhase: (phase) => {
        options.shared.moved(this.#phase, phase);
        this.#phase = phase;
      },
    };
    options.shared.sessionOpened();
    this.#source = source;
    const { load } = options;
    if (load !== undefined) this.#journal = new PlaceJournal({ load, info, again: (chunks) => source.again(chunks, false) });
  }

  #context(): SourceContext {
    const { user, signal } = this.#options;
    // What is made of them is compared again in the transaction.
    const ensembles = (ids: readonly string[]) => ensembleViews(this.#joined, this.#info, ids, signal);
    return { info: this.#info, creator: userId(user), ensembles };
  }

  async process({ chunk, final }: ChunkTask): Promise<ChunkResult> {
    this.#acquisitions = [];
    const tally = new ChunkTally(this.#info, final);
    const { signal, shared, config } = this.#options;
    const onWritten: WriteOptions['onWritten'] = (tx, outcomes) => this.#journal?.write(tx, outcomes, final);
    const options: WriteOptions = { signal, ifExists: config.ifExists, info: this.#info, onWritten };
    let batch: WholeUnit[] = [];
    const flush = async () => {
      await this.#writeBatch(batch, options, tally);
      batch = [];
    };
    for await (const unit of this.#source.units(chunk)) {
      if (typeof unit.content === 'function') {
        await flush();
        const { content } = unit;
        await this.#stream({ ...unit, content }, options, tally);
      } else {
        shared.addRecords(unit.content.read.records);
        batch.push({ ...unit, content: unit.content });
      }
    }
    await flush();
    await tally.describe();
    const dryRun = this.#options.config.dryRun ? { dryRun: this.#counts.splice(0) } : {};
    return { ...tally.result(), worker: threadId, acquisitions: this.#acquisitions, ...dryRun };
  }

  /** Before the lock is asked for: the journal wants the digests while it is held. */
  #digest(units: readonly Unit[]): void {
    if (this.#journal) for (const { place } of units) place?.digest();
  }

  /** Units of places that another process has done meanwhile are left out, and the others written again. */
  async #writeBatch(batch: readonly WholeUnit[], options: WriteOptions, tally: ChunkTally): Promise<void> {
    let units = batch;
    this.#digest(batch);
    for (;;) {
      try {
        for (const [unit, outcome] of await writeUnits(this.#joined, units, options)) tally.add(unit, outcome);
        return;
      } catch (error) {
        if (!(error instanceof PlaceTaken)) throw error;
        await this.#addRemainsOf(error, tally);
        const taken = new Set(error.places);
        const isTaken = ({ place }: WholeUnit) => place !== undefined && taken.has(place.key);
        for (const { content } of units.filter(isTaken)) tally.addElsewhere(contentsOf(content));
        units = units.filter((unit) => !isTaken(unit));
      }
    }
  }

  async #stream(unit: StreamedUnit, options: WriteOptions, tally: ChunkTally): Promise<void> {
    const { shared } = this.#options;
    this.#digest([unit]);
    const streaming = { ...options, onRecords: (count: number) => shared.addRecords(count) };
    try {
      const outcome = await streamUnit(this.#joined, unit, streaming);
      // One that is refused has left its transaction before it could be looked for in the journal.
      if (outcome.fate && unit.place && this.#journal) await this.#check(this.#journal, unit.place.key);
      tally.add(unit, outcome);
    } catch (error) {
      if (!(error instanceof PlaceTaken)) throw error;
      await this.#addRemainsOf(error, tally);
      const contents = emptyContents();
      for await (const part of unit.content()) addContents(contents, part);
      tally.addElsewhere(contents);
    }
  }

  async #check(keeper: PlaceJournal, place: string): Promise<void> {
    const { signal } = this.#options;
    await readThrough(this.#joined, ({ journal }) => keeper.check(journal, [place]), { signal });
  }

  /** Each process that does the same load lists all that is refused, and tries all that is left: who ends first ends it for all. */
  async #addRemainsOf({ places }: PlaceTaken, tally: ChunkTally): Promise<void> {
    const { signal } = this.#options;
    const read = ({ journal }: Reader) => this.#journal?.remainsOf(journal, places) ?? { rejects: [], left: [] };
    tally.addRemains(await readThrough(this.#joined, read, { signal }));
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
