import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** Gives the records of one document that have only a `local_id` an id for the store (Sina: a version 4 UUID). */
export interface LocalIds {
  forRecord(localId: string): string;
  /** The id of the record that a relationship names, or undefined when the document has none. */
  forEndpoint(localId: string): string | undefined;
}

/** For a document in memory: as in Sina, of two records with one `local_id` the last is the one that relationships mean. */
export class RememberedLocalIds implements LocalIds {
  readonly #ids = new Map<string, string>();

  forRecord(localId: string): string {
    const id = randomUUID();
    this.#ids.set(localId, id);
    return id;
  }

  forEndpoint(localId: string): string | undefined {
    return this.#ids.get(localId);
  }
}

/**
 * For a document that is read as a stream, in flat memory: the id is a keyed hash of the `local_id`, in the form of a version 4 UUID, with a key
 * drawn for each reading. An endpoint gets an id also when no record has it; the store's check of endpoints finds that.
 */
export class HashedLocalIds implements LocalIds {
  readonly #key = randomBytes(16).toString('hex');

  forRecord(localId: string): string {
    const hex = createHash('sha256').update(this.#key).update(localId).digest('hex');
    const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  forEndpoint(localId: string): string {
    return this.forRecord(localId);
  }
}
