import { placeOf } from '../sources/input-file.js';
import { readRefusalLines } from '../sources/refusal-lines.js';
import type { Part, Reject, Unit } from '../sources/source.js';

/** What has to be known of a {@link Reject} to find its unit again. */
export type RefusedPlace = Pick<Reject, 'file' | 'offset' | 'recordId' | 'pointer'>;

/** What the rejects file of a load names. Throws `ERR_INPUT` when it cannot be read, and for the first line that is no reject. */
export function* readRefusedPlaces(path: string): Generator<RefusedPlace> {
  for (const { value } of readRefusalLines(path)) {
    const [file, offset, recordId] = [value('file'), value('offset'), value('recordId')];
    yield {
      file: typeof file === 'string' ? file : null,
      offset: typeof offset === 'number' ? offset : undefined,
      recordId: typeof recordId === 'string' ? recordId : null,
      pointer: String(value('pointer')),
    };
  }
}

/** The units that a load has refused, by what its rejects name: of a file of lines the place, else a record or the place of a relationship. */
export class RefusedUnits {
  readonly #records = new Set<string>();
  readonly #relationships = new Set<string>();
  readonly #lines = new Set<string>();
  readonly #isEmpty: boolean;

  constructor(places: readonly RefusedPlace[]) {
    this.#isEmpty = places.length === 0;
    for (const { file: path, offset, recordId, pointer } of places) {
      const file = fileOf(path);
      if (offset !== undefined) this.#lines.add(keyOf(file, String(offset)));
      if (typeof recordId === 'string') this.#records.add(keyOf(file, recordId));
      else if (pointer !== '') {
        // That of the relationship, or that of one of its members.
        for (const place of [pointer, pointer.slice(0, pointer.lastIndexOf('/'))]) this.#relationships.add(keyOf(file, place));
      }
    }
  }

  /** Whether a reject names something of this part, with which its whole unit was refused. */
  has({ file: path, offset }: Pick<Unit, 'file' | 'offset'>, { records, relationships }: Part): boolean {
    // Asked for each row of a verification.
    if (this.#isEmpty) return false;
    const file = fileOf(path);
    // One line can be refused for what another one of the file has brought.
    if (offset !== undefined) return this.#lines.has(keyOf(file, String(offset)));
    return (
      records.some(({ id }) => this.#records.has(keyOf(file, id))) ||
      relationships.some(({ pointer }) => this.#relationships.has(keyOf(file, pointer)))
    );
  }
}

/** The same for the same file, also when the verification names it in another way than the load. */
function fileOf(path: string | null): string | null {
  return path === null ? null : placeOf(path);
}

function keyOf(file: string | null, name: string): string {
  return JSON.stringify([file, name]);
}
