import type { Part, Reject, Unit } from '../sources/source.js';

/** What has to be known of a {@link Reject} to find its unit again. */
export type RefusedPlace = Pick<Reject, 'file' | 'offset' | 'recordId' | 'pointer'>;

/** The units that a load has refused, by what its rejects name: of a file of lines the place, else a record or the place of a relationship. */
export class RefusedUnits {
  readonly #records = new Set<string>();
  readonly #relationships = new Set<string>();
  readonly #lines = new Set<string>();

  constructor(places: readonly RefusedPlace[]) {
    for (const { file, offset, recordId, pointer } of places) {
      if (offset !== undefined) this.#lines.add(keyOf(file, String(offset)));
      if (typeof recordId === 'string') this.#records.add(keyOf(file, recordId));
      else if (pointer !== '') {
        // That of the relationship, or that of one of its members.
        for (const place of [pointer, pointer.slice(0, pointer.lastIndexOf('/'))]) this.#relationships.add(keyOf(file, place));
      }
    }
  }

  /** Whether a reject names something of this part, with which its whole unit was refused. */
  has({ file, offset }: Pick<Unit, 'file' | 'offset'>, { records, relationships }: Part): boolean {
    // One line can be refused for what another one of the file has brought.
    if (offset !== undefined) return this.#lines.has(keyOf(file, String(offset)));
    return (
      records.some(({ id }) => this.#records.has(keyOf(file, id))) ||
      relationships.some(({ pointer }) => this.#relationships.has(keyOf(file, pointer)))
    );
  }
}

function keyOf(file: string | null, name: string): string {
  return JSON.stringify([file, name]);
}
