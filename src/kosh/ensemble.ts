import type { FoundRecord } from '../stores/connection.js';
import { checkAll, createRecords, type NewRecord } from './calls/create-records.js';
import type { CallOptions } from './context.js';
import { Dataset, idOf } from './dataset.js';
import { type FindQuery, findRecords, recordQuery } from './find.js';

/**
 * An ensemble: datasets that share attributes. What is set on the ensemble reaches every member, and a member cannot have another value.
 * In all else it is as a dataset, but that it cannot be cloned nor be a member itself.
 */
export class Ensemble extends Dataset {
  /**
   * Creates a dataset as a member (Kosh: `ensemble.create`). Throws `ERR_RECORD_EXISTS`, `ERR_RECORD` for an attribute that a store cannot keep,
   * `ERR_ENSEMBLE_ATTRIBUTE` for one that the ensemble has with another value, `name` and `creator` included.
   */
  async create(dataset: NewRecord = {}, options: CallOptions = {}): Promise<Dataset> {
    const [made] = await this.createMany([dataset], options);
    return made as Dataset;
  }

  /** Creates several members in one transaction: all of them, or none. Throws as {@link create}. */
  async createMany(datasets: Iterable<NewRecord>, options: CallOptions = {}): Promise<Dataset[]> {
    const { datasetType, info } = this.context;
    this.context.assertWritable();
    const checked = checkAll(datasets, datasetType, info);
    await this.context.write((tx) => createRecords(tx, this.context, checked, this.id), options);
    return checked.map((record) => this.context.objectOf<Dataset>(record));
  }

  /**
   * Makes a dataset a member and gives it the ensemble's attributes (Kosh: `ensemble.add`). False when it is one already. Throws
   * `ERR_ENSEMBLE_ATTRIBUTE` when it has an attribute with another value, or is in another ensemble with one of the attributes.
   */
  async add(dataset: string | Dataset, options: CallOptions = {}): Promise<boolean> {
    return await this.context.objectOf<Dataset>({ id: idOf(dataset), type: '' }).joinEnsemble(this, options);
  }

  /** Ends a membership; the dataset stays, and keeps the attributes (Kosh: `ensemble.remove`). False when there was none. */
  async remove(dataset: string | Dataset, options: CallOptions = {}): Promise<boolean> {
    return await this.context.objectOf<Dataset>({ id: idOf(dataset), type: '' }).leaveEnsemble(this, options);
  }

  /** The members in the order of their ids, as they are when the first is asked for; in flat memory. */
  async *members(options: CallOptions = {}): AsyncGenerator<Dataset, void, undefined> {
    for await (const record of this.#find({}, options)) yield this.context.objectOf<Dataset>(record);
  }

  /** The ids of the {@link members}. */
  async *memberIds(options: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const { id } of this.#find({}, options)) yield id;
  }

  /** The members for which a query holds; see {@link Store.find}. */
  findDatasets(query: FindQuery & { readonly idsOnly: true }, options?: CallOptions): AsyncGenerator<string, void, undefined>;
  findDatasets(query?: FindQuery, options?: CallOptions): AsyncGenerator<Dataset, void, undefined>;
  async *findDatasets(query: FindQuery = {}, options: CallOptions = {}) {
    for await (const record of this.#find(query, options)) yield query.idsOnly ? record.id : this.context.objectOf(record);
  }

  #find(query: FindQuery, options: CallOptions): AsyncGenerator<FoundRecord, void, undefined> {
    const subjectOf = { predicate: this.context.info.ensemblePredicate, object: this.id };
    const { types, ...wanted } = recordQuery(query, []);
    return findRecords(this.context, { ...wanted, types: query.types === undefined ? undefined : types, subjectOf }, options);
  }
}
