import { IngestError } from '../errors.js';
import type { Metadata } from '../records/kosh.js';
import { isAttribute } from '../records/kosh-values.js';
import { describe, isObject, quoted } from '../records/problems.js';
import type { DatumValue } from '../records/types.js';
import { changeAttributes, checkChanges, deleteAttribute } from './calls/change-attributes.js';
import { shownAttributes, storedRecord } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';

/**
 * The attributes of a record. Each call is one transaction that reads the record as it is and changes only what it is told to, so that changes
 * which others make at the same time are kept. A record that is gone is `ERR_RECORD_NOT_FOUND`.
 */
export class RecordAttributes {
  readonly #context: StoreContext;
  readonly #id: string;

  constructor(context: StoreContext, id: string) {
    this.#context = context;
    this.#id = id;
  }

  /** The value, undefined when there is none. `id` is the record's id, `creator` the name of the user. */
  async get(name: string, options: CallOptions = {}): Promise<DatumValue | undefined> {
    checkName(name);
    const all = await this.all(options);
    return Object.hasOwn(all, name) ? all[name] : undefined;
  }

  /** All attributes with their values, and the `id` (Kosh: `list_attributes(dictionary=True)`). */
  async all(options: CallOptions = {}): Promise<Metadata> {
    const { info } = this.#context;
    const attributes = await this.#context.read(
      async (reader) => shownAttributes(reader, await storedRecord(reader, this.#id), info),
      options,
    );
    return Object.fromEntries([...attributes, ['id', this.#id]]);
  }

  /** The names of all attributes, `id` too, in the order of the alphabet (Kosh: `list_attributes`). */
  async list(options: CallOptions = {}): Promise<string[]> {
    return Object.keys(await this.all(options)).sort();
  }

  /**
   * Sets an attribute; of an ensemble, it reaches every member (but for `name` and `creator`, which members have on their own). Throws `ERR_RECORD`
   * for a value that a store cannot keep, `ERR_ENSEMBLE_ATTRIBUTE` for an attribute that an ensemble of the dataset controls, or that another
   * ensemble of a member has.
   */
  async set(name: string, value: DatumValue, options: CallOptions = {}): Promise<void> {
    if (typeof name !== 'string')
      throw new IngestError('ERR_USAGE', `the name of an attribute is a text; found ${describe(name)}`);
    if (!isAttribute(name)) {
      const hint = 'The id of a record never changes; clone() makes a copy with another.';
      throw new IngestError('ERR_USAGE', `${quoted(name)} is no attribute and cannot be set`, { hint });
    }
    await this.update({ [name]: value }, options);
  }

  /**
   * Sets several attributes in one transaction. A function is given the attributes as they are and answers what to set; it runs inside the
   * transaction, may run more than once and must not wait: `update(({ count }) => ({ count: count + 1 }))` counts every call. `id` is passed over.
   */
  async update(changes: Metadata | ((attributes: Metadata) => Metadata), options: CallOptions = {}): Promise<void> {
    if (typeof changes !== 'function' && !isObject(changes)) {
      const hint = 'Give an object of attributes and their values, or a function that answers one.';
      throw new IngestError('ERR_USAGE', `cannot set ${describe(changes)}`, { hint });
    }
    const change = typeof changes === 'function' ? changes : checkChanges(this.#id, changes);
    await this.#context.write((tx) => changeAttributes(tx, this.#id, change, this.#context.info), options);
  }

  /**
   * Deletes an attribute; false when there is none. One that is deleted of an ensemble stays with its members, as in Kosh. Throws
   * `ERR_ENSEMBLE_ATTRIBUTE` for one that an ensemble of the dataset controls.
   */
  async delete(name: string, options: CallOptions = {}): Promise<boolean> {
    checkName(name);
    return await this.#context.write((tx) => deleteAttribute(tx, this.#id, name, this.#context.info), options);
  }
}

function checkName(name: unknown): void {
  if (typeof name !== 'string') throw new IngestError('ERR_USAGE', `the name of an attribute is a text; found ${describe(name)}`);
}
