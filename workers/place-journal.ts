import type { Outcomes } from '../src/kosh/unit-fate.js';
import type { StoreInfo } from '../src/records/kosh.js';
import type { Chunk, Place, Reject } from '../src/sources/source.js';
import type { Transaction } from '../src/stores/connection.js';
import { type JournalReader, PlaceTaken } from '../src/stores/journal.js';
import { ChunkTally } from './chunk-tally.js';
import { type PlaceText, placeText } from './journal-text.js';

/** Code of a {@link LoadEnded}, also behind the boundary of a thread. */
export const loadEndedCode = 'LOAD_ENDED';

/** The load's own line is gone: another process has brought the same load to its end, or the store was emptied. */
export class LoadEnded extends Error {
  override readonly name = 'LoadEnded';
  readonly code = loadEndedCode;

  constructor() {
    super('the journal of this load is gone');
  }
}

export interface PlaceJournalOptions {
  /** Id of the load. */
  readonly load: string;
  readonly info: StoreInfo;
  /** Puts the chunks of units that lacked a record together. */
  readonly again: (chunks: readonly Chunk[]) => Iterable<Chunk>;
}

/** Writes down what a transaction does, in that transaction. */
export class PlaceJournal {
  readonly #options: PlaceJournalOptions;

  constructor(options: PlaceJournalOptions) {
    this.#options = options;
  }

  /**
   * A line for each place of which something is in the store when this transaction is committed. A place that is refused as a whole has none: who goes on tries
   * it again. Fails with {@link PlaceTaken} when another process has done places, and with {@link LoadEnded}; then the transaction must be rolled back.
   */
  async write({ journal }: Pick<Transaction, 'journal'>, outcomes: Outcomes, final: boolean): Promise<void> {
    const { load, info } = this.#options;
    const places = new Map<Place, ChunkTally>();
    for (const [unit, outcome] of outcomes) {
      if (!unit.place) continue;
      const tally = places.get(unit.place) ?? new ChunkTally(info, final);
      places.set(unit.place, tally);
      tally.add(unit, outcome);
    }
    const all = [...places];
    const refused = all.filter(([, tally]) => tally.written === 0);
    // What another process has written is refused here for being in the store.
    await this.check(
      journal,
      refused.map(([{ key }]) => key),
    );
    const written = all.filter(([, tally]) => tally.written > 0);
    for (const [, tally] of written) if (tally.isRefusing) await tally.describe();
    const lines = written.map(([place, tally]) => ({ place: place.key, text: this.#textOf(place, tally) }));
    await journal.write(load, lines);
  }

  /** Fails with {@link PlaceTaken} when another process has done one of the places, with {@link LoadEnded} when it has done all. */
  async check(journal: JournalReader, places: readonly string[]): Promise<void> {
    const found = await journal.find(this.#options.load, ['', ...places]);
    if (!found.some(({ place }) => place === '')) throw new LoadEnded();
    const taken = found.filter(({ place }) => place !== '');
    if (taken.length > 0) throw new PlaceTaken(taken);
  }

  /** What was refused of places that are done, and what they have left for later. */
  async remainsOf(journal: JournalReader, places: readonly string[]): Promise<{ rejects: Reject[]; left: Chunk[] }> {
    const texts = (await journal.find(this.#options.load, places)).map(({ text }) => JSON.parse(text) as PlaceText);
    return { rejects: texts.flatMap(({ rejects = [] }) => rejects), left: texts.flatMap(({ left = [] }) => left) };
  }

  #textOf(place: Place, tally: ChunkTally): string {
    const { rejects, again, existing } = tally.result();
    const left = again.length > 0 ? [...this.#options.again(again)] : [];
    return placeText({ digest: place.digest(), loaded: tally.loaded, existing, rejects, left });
  }
}
