import type { Loaded, PlaceText } from '../../workers/journal-text.js';
import type { LoadConfig } from '../config/load-options.js';
import { type Joined, readThrough, transact } from '../kosh/transact.js';
import { type UnfinishedLoad, unfinishedLoad } from '../kosh/unfinished-loads.js';
import type { Chunk, Done, DonePlace, Reject } from '../sources/source.js';
import type { Transaction } from '../stores/connection.js';
import { type JournalLine, PlaceTaken } from '../stores/journal.js';
import { loadIds, ownIdOf } from './load-id.js';

/** What the load's own line says, as JSON. */
interface OwnText extends Omit<UnfinishedLoad, 'shards'> {
  /** Id of the first shard, by which all shards of a load are known. */
  readonly whole: string;
  /** Those that the load was planned with: another plan would cut the input at other places. */
  readonly batchSize: number;
  readonly workers: number;
  /** Of a shard that has ended: what it left for the last one. */
  readonly ended?: { readonly left: readonly Chunk[] };
}

/** What was done before this run. */
export interface Begun {
  readonly startedAt: string;
  /** What the load is planned with. */
  readonly sizes: Pick<LoadConfig, 'batchSize' | 'workers'>;
  /** Whether there was such a load. */
  readonly goesOn: boolean;
  readonly done: Done;
  /** Of places that are done. */
  readonly rejects: readonly Reject[];
  readonly loaded: Loaded;
  /** This shard has ended already. */
  readonly hasEnded: boolean;
  /** Other loads into the store that run now, or were interrupted. */
  readonly others: readonly UnfinishedLoad[];
}

/** What a load has done, in its store. */
export class LoadJournal {
  readonly #joined: Joined;
  readonly #config: LoadConfig;
  readonly #signal: AbortSignal;
  /** Of all shards. */
  readonly #ids: readonly string[];
  readonly #id: string;

  constructor(joined: Joined, config: LoadConfig, signal: AbortSignal) {
    this.#joined = joined;
    this.#config = config;
    this.#signal = signal;
    this.#ids = loadIds(config);
    this.#id = ownIdOf(config);
  }

  /** Writes the load's own line, or finds the one of the run that was interrupted. With `restart` that one is forgotten. */
  async begin(): Promise<Begun> {
    for (;;) {
      try {
        return await this.#transact((tx) => this.#begin(tx));
      } catch (error) {
        // Another process began the same load at the same moment, where an engine lets two write at once.
        if (!(error instanceof PlaceTaken)) throw error;
      }
    }
  }

  /** What an interrupted run has done; undefined when there was none. Changes nothing. */
  async found(): Promise<Begun | undefined> {
    if (this.#config.restart) return undefined;
    return readThrough(
      this.#joined,
      async ({ journal }) => {
        const [own] = await journal.ownLines([this.#id]);
        return own && begunFrom(own, await journal.lines(this.#id));
      },
      { signal: this.#signal },
    );
  }

  async #begin({ journal }: Transaction): Promise<Begun> {
    if (this.#config.restart) await journal.erase([this.#id]);
    // After that: where nothing is left, the table is gone.
    await this.#joined.connection.createJournal();
    const [own] = await journal.ownLines([this.#id]);
    if (own) return begunFrom(own, await journal.lines(this.#id));
    const { inputs, shard } = this.#config;
    const [other] = await journal.ownLines(this.#ids);
    const { batchSize, workers } = other ? (JSON.parse(other.text) as OwnText) : this.#config;
    const whole = this.#ids[0] ?? this.#id;
    const text: OwnText = { whole, startedAt: new Date().toISOString(), batchSize, workers, inputs, ...(shard && { shard }) };
    const line = { load: this.#id, place: '', text: JSON.stringify(text) };
    const others = (await journal.ownLines()).filter(({ load }) => !this.#ids.includes(load)).flatMap(unfinishedLoad);
    await journal.write(this.#id, [line]);
    return { ...begunFrom(line, []), goesOn: false, others };
  }

  /**
   * Ends a shard. The last of all gets what they have left, which is its own to try now. The others get undefined: theirs waits.
   */
  async endShard(left: readonly Chunk[]): Promise<readonly Chunk[] | undefined> {
    return this.#transact(async ({ journal }) => {
      const lines = await journal.ownLines(this.#ids);
      const own = lines.find(({ load }) => load === this.#id);
      // Gone: the last one has ended the load, this shard's part included.
      if (!own) return undefined;
      const others = lines.filter((line) => line !== own).map((line) => JSON.parse(line.text) as OwnText);
      if (others.length === this.#ids.length - 1 && others.every(({ ended }) => ended)) {
        return [...left, ...others.flatMap(({ ended }) => ended?.left ?? [])];
      }
      await journal.rewrite({ ...own, text: JSON.stringify({ ...(JSON.parse(own.text) as OwnText), ended: { left } }) });
      return undefined;
    });
  }

  /** Removes all lines of the load, of all its shards. */
  async end(): Promise<void> {
    await this.#transact(async ({ journal }) => journal.erase(this.#ids));
  }

  #transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return transact(this.#joined, work, { signal: this.#signal });
  }
}

function begunFrom(own: JournalLine, lines: readonly JournalLine[]): Begun {
  const { startedAt, batchSize, workers, ended } = JSON.parse(own.text) as OwnText;
  const done = new Map<string, DonePlace>();
  const rejects: Reject[] = [];
  const loaded = { records: 0, relationships: 0, ensembles: 0, datasets: 0 };
  for (const { place, text } of lines) {
    if (place === '') continue;
    const { digest = '', left = [], loaded: ofPlace, rejects: some = [] } = JSON.parse(text) as PlaceText;
    done.set(place, { digest, left });
    for (const reject of some) rejects.push(reject);
    for (const key of Object.keys(loaded) as (keyof typeof loaded)[]) loaded[key] += ofPlace?.[key] ?? 0;
  }
  return {
    startedAt,
    sizes: { batchSize, workers },
    goesOn: true,
    done,
    rejects,
    loaded,
    hasEnded: ended !== undefined,
    others: [],
  };
}
