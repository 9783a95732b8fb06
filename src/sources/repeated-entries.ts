import { createHash } from 'node:crypto';
import { relationshipKey } from '../records/relationship-key.js';
import type { Relationship } from '../records/types.js';

/** Entries of a document of any size that are remembered. */
const remembered = 100_000;

/** Finds what comes twice in a document: Kosh exports a dataset with curves twice. */
export class RepeatedEntries {
  readonly #isWhole: boolean;
  readonly #records = new Map<string, string>();
  readonly #relationships = new Set<string>();

  /** `isWhole`: the document is in memory, and all of it is remembered; else the first 100,000 records and as many relationships. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  /** Whether the id was there before, with the same content or with another one. */
  record(id: string, raw: string): 'the same' | 'another' | undefined {
    const content = this.#isWhole ? raw : createHash('sha1').update(raw).digest('base64');
    const earlier = this.#records.get(id);
    if (earlier !== undefined) return earlier === content ? 'the same' : 'another';
    if (this.#isWhole || this.#records.size < remembered) this.#records.set(id, content);
    return undefined;
  }

  /** Whether it was there before. */
  relationship(relationship: Relationship): boolean {
    const key = relationshipKey(relationship);
    if (this.#relationships.has(key)) return true;
    if (this.#isWhole || this.#relationships.size < remembered) this.#relationships.add(key);
    return false;
  }
}
