import type { Awaitable } from './connection.js';

/** Where the lines are. Ours alone: Kosh and Sina do not look at it. */
export const journalTable = 'kosh_ingest_journal';

/** 132 bits: it stands in the line of each document. */
export const loadIdLength = 22;

/** What was done at a place of the input of a load. What the text says is not the store's affair. */
export interface PlaceLine {
  /** Empty for the load's own line. */
  readonly place: string;
  readonly text: string;
}

/** A line of the journal of a load. */
export interface JournalLine extends PlaceLine {
  /** Id of the load: {@link loadIdLength} characters of base64url. */
  readonly load: string;
}

/** Places are in the journal already: somebody else has done them. */
export class PlaceTaken extends Error {
  override readonly name = 'PlaceTaken';
  readonly code = 'PLACE_TAKEN';
  readonly places: readonly string[];

  constructor(lines: readonly PlaceLine[]) {
    const places = lines.map(({ place }) => place);
    super(`done already: ${places.slice(0, 3).join(', ')}`);
    this.places = places;
  }
}

/** What can be read of the journal. Where there is none, it has no lines. */
export interface JournalReader {
  /** The lines of a load, in no order. */
  lines(load: string): Awaitable<JournalLine[]>;
  /** Those of the places of a load that have a line. In a transaction nobody else changes or erases these until it ends. */
  find(load: string, places: readonly string[]): Awaitable<JournalLine[]>;
  /** The own lines of these loads (default: of all), in order of load. In a transaction those that are named stay as they are until it ends. */
  ownLines(loads?: readonly string[]): Awaitable<JournalLine[]>;
}

/**
 * What loads have done so far, in a table of its own that `Connection.createJournal` creates and that is gone when no load is unfinished (a server keeps
 * it, empty).
 */
export interface Journal extends JournalReader {
  /** Lines of a load. Fails with {@link PlaceTaken} when there is one for some of the places; then the transaction must be rolled back. */
  write(load: string, lines: readonly PlaceLine[]): Awaitable<void>;
  /** Gives a line that is there another text. */
  rewrite(line: JournalLine): Awaitable<void>;
  /** Removes all lines of loads. */
  erase(loads: readonly string[]): Awaitable<void>;
  /** Removes the lines of all loads. */
  eraseAll(): Awaitable<void>;
}
