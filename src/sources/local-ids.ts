import { createHash, randomUUID } from 'node:crypto';

/** Gives the records of one document that have only a `local_id` an id for the store (Sina: a version 4 UUID). */
export interface LocalIds {
  forRecord(localId: string): string;
  /** The id of the record that a relationship names, or undefined when the document has none. */
  forEndpoint(localId: string): string | undefined;
}

/** For a document in memory: as in Sina, of two records with one `local_id` the last is the one that relationships mean. */
export class RememberedLocalIds implements LocalIds {
  readonly #ids = new Map<string, string>();
  readonly #make: (localId: string, nth: number) => string;
  #count = 0;

  /** `make` is told the number of the record, too, since two can have the same `local_id`. Default: random ids. */
  constructor(make: (localId: string, nth: number) => string = () => randomUUID()) {
    this.#make = make;
  }

  forRecord(localId: string): string {
    const id = this.#make(localId, this.#count++);
    this.#ids.set(localId, id);
    return id;
  }

  forEndpoint(localId: string): string | undefined {
    return this.#ids.get(localId);
  }
}

/**
 * For a document that is read as a stream, in flat memory: the id is made of the `local_id` alone. An endpoint gets an id also when no record has it; the
 * store's check of endpoints finds that.
 */
export class HashedLocalIds implements LocalIds {
  readonly #make: (localId: string) => string;

  constructor(make: (localId: string) => string) {
    this.#make = make;
  }

  forRecord(localId: string): string {
    return this.#make(localId);
  }

  forEndpoint(localId: string): string {
    return this.#make(localId);
  }
}

/** An id in the form of a version 4 UUID that is always the same for the same texts, so that a second reading of an input finds the ids of the first. */
export function stableUuid(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  // With their lengths, so that no two lists of texts look alike.
  for (const text of texts) hash.update(`${text.length}:${text}`);
  const hex = hash.digest('hex');
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
