import type { Relationship, SqlValue } from '../records/types.js';

/** Relationships that are held until their ends are looked for. */
const heldRelationships = 10_000;

/** Relationships that a transaction has inserted where foreign keys are off, whose ends have not been seen: they are looked for, some thousands at a time. */
export class UnseenEnds {
  readonly #existingIds: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  #unseen: Relationship[] = [];

  constructor(existingIds: (ids: readonly string[]) => Promise<ReadonlySet<string>>) {
    this.#existingIds = existingIds;
  }

  get length(): number {
    return this.#unseen.length;
  }

  /** Takes rows of relationships. */
  async hold(values: readonly SqlValue[]): Promise<void> {
    for (let at = 0; at < values.length; at += 3) {
      const [subject, object, predicate] = values.slice(at, at + 3) as [string, string, string];
      this.#unseen.push({ subject, predicate, object });
    }
    if (this.#unseen.length >= heldRelationships) await this.#look();
  }

  /** Those without an end, the first few. */
  async dangling(): Promise<Relationship[]> {
    await this.#look();
    return this.#unseen.slice(0, 100);
  }

  /** Forgets those that came after there were so many, which have been undone. */
  forget(length: number): void {
    this.#unseen.length = Math.min(length, this.#unseen.length);
  }

  async #look(): Promise<void> {
    const there = await this.#existingIds([...new Set(this.#unseen.flatMap(({ subject, object }) => [subject, object]))]);
    this.#unseen = this.#unseen.filter(({ subject, object }) => !there.has(subject) || !there.has(object));
  }
}
