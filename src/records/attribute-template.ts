import type { Rows, SqlValue } from './types.js';

const afterData = '},"curve_sets":{},"library_data":{},"files":{},"user_defined":{"kosh_information":{}}}';

/**
 * Makes records that have the same attributes with other values: all their values are texts, without units and tags. What does not change from
 * record to record is worked out once; a record then costs a tenth of what `datasetRecord` and `rowsOf` take, with the same result.
 */
export class AttributeTemplate {
  readonly #type: string;
  readonly #names: readonly string[];
  /** Positions in `names`, in the order of the names: that of the primary key. */
  readonly #sorted: readonly number[];
  /** The text of `raw` before each value. */
  readonly #before: readonly string[];
  readonly #afterId: string;

  /** `names` in the order in which they stand in `raw`, each once. */
  constructor(type: string, names: readonly string[]) {
    this.#type = type;
    this.#names = names;
    this.#sorted = names.map((_, n) => n).sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    this.#before = names.map((name, n) => `${n === 0 ? '' : '},'}${JSON.stringify(name)}:{"value":`);
    this.#afterId = `,"type":${JSON.stringify(type)},"data":{`;
  }

  /** The rows of the record with these values, which stand in the order of the names. */
  rows(id: string, values: readonly string[]): Rows {
    // Joined, not added up: the sum would be a tree of strings that is only put together while the lock is held.
    const text = [`{"id":${JSON.stringify(id)}${this.#afterId}`];
    for (let n = 0; n < values.length; n++) text.push(this.#before[n] as string, JSON.stringify(values[n]));
    text.push(values.length > 0 ? '}' : '', afterData);
    const string = new Array<SqlValue>(3 * values.length);
    let at = 0;
    for (const n of this.#sorted) {
      string[at++] = id;
      string[at++] = this.#names[n] as string;
      string[at++] = values[n] as string;
    }
    return { record: [id, this.#type, text.join('')], string };
  }
}
