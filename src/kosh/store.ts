import type { Writable } from 'node:stream';
import { IngestError } from '../errors.js';
import type { Metadata } from '../records/kosh.js';
import { describe, isObject } from '../records/problems.js';
import type { Relationship } from '../records/types.js';
import type { RelationshipPattern } from '../stores/connection.js';
import { checkKeys, checkText } from './arguments.js';
import { RecordAttributes } from './attributes.js';
import type { AssociateOptions } from './calls/associations.js';
import { checkAll, createRecords, type NewRecord } from './calls/create-records.js';
import type { ExportCounts, ExportForm } from './calls/export-document.js';
import { type ImportResult, importDocument } from './calls/import-document.js';
import { readKoshDocument } from './calls/read-document.js';
import { removeRecord } from './calls/remove-record.js';
import { pageSize, storedRecord } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';
import { type Dataset, idOf } from './dataset.js';
import type { Ensemble } from './ensemble.js';
import {
  type ExportedDocument,
  type ExportFileOptions,
  type ExportFilterOptions,
  type ExportFormOptions,
  exportDocument,
  exportFile,
  exportTo,
} from './export.js';
import { associateFiles, dissociateFile } from './files.js';
import { type FindQuery, findRecords, recordQuery } from './find.js';
import { emptyStore } from './open-store.js';
import { type StatisticsOptions, type StoreContents, storeContents } from './statistics.js';

/**
 * An open Kosh store (Kosh: `KoshStore`). Each call is one transaction, run through the lock strategy: others see all of it or nothing, and a
 * call that was refused has changed nothing. Made by {@link connect}.
 */
export class Store implements AsyncDisposable {
  readonly #context: StoreContext;

  /** @internal Made by {@link connect}. */
  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The path as it was given to {@link connect}. */
  get uri(): string {
    return this.#context.uri;
  }

  /** Whether it was opened to be read alone. */
  get readOnly(): boolean {
    return this.#context.readOnly;
  }

  /** Creates an ensemble (Kosh: `create_ensemble`). Throws as {@link create}. */
  async createEnsemble(ensemble: Omit<NewRecord, 'sinaType'> = {}, options: CallOptions = {}): Promise<Ensemble> {
    checkKeys(ensemble, ['id', 'name', 'metadata']);
    return (await this.create({ ...ensemble, sinaType: this.#context.info.ensemblesType }, options)) as Ensemble;
  }

  /**
   * Creates a dataset that is in no ensemble (Kosh: `create`). Throws `ERR_RECORD_EXISTS` when the store has the id, whatever its type, and
   * `ERR_RECORD` for an attribute that a store cannot keep, naming it.
   */
  async create(dataset: NewRecord = {}, options: CallOptions = {}): Promise<Dataset> {
    const [made] = await this.createMany([dataset], options);
    return made as Dataset;
  }

  /** Creates several datasets in one transaction: all of them, or none. Throws as {@link create}. */
  async createMany(datasets: Iterable<NewRecord>, options: CallOptions = {}): Promise<Dataset[]> {
    const { datasetType, info } = this.#context;
    this.#context.assertWritable();
    const checked = checkAll(datasets, datasetType, info);
    await this.#context.write((tx) => createRecords(tx, this.#context, checked), options);
    return checked.map((record) => this.#context.objectOf<Dataset>(record));
  }

  /** The dataset, ensemble or other record with this id. Throws `ERR_RECORD_NOT_FOUND`. */
  async open(id: string, options: CallOptions = {}): Promise<Dataset | Ensemble> {
    checkText('id', id);
    return this.#context.objectOf<Dataset>(await this.#context.read((reader) => storedRecord(reader, id), options));
  }

  /**
   * The records for which all of a query holds, in the order of their ids, as they are when the first is asked for. They come in flat memory and
   * hold no lock: others may write meanwhile, and so may the loop's body. Throws `ERR_USAGE` for a query that makes no sense.
   */
  find(query: FindQuery & { readonly idsOnly: true }, options?: CallOptions): AsyncGenerator<string, void, undefined>;
  find(query?: FindQuery, options?: CallOptions): AsyncGenerator<Dataset, void, undefined>;
  async *find(query: FindQuery = {}, options: CallOptions = {}) {
    const wanted = recordQuery(query, this.#context.info.reservedTypes);
    for await (const record of findRecords(this.#context, wanted, options)) {
      yield query.idsOnly ? record.id : this.#context.objectOf(record);
    }
  }

  /** The ensembles for which a query holds; see {@link find}. */
  findEnsembles(query: FindQuery & { readonly idsOnly: true }, options?: CallOptions): AsyncGenerator<string, void, undefined>;
  findEnsembles(query?: Omit<FindQuery, 'types'>, options?: CallOptions): AsyncGenerator<Ensemble, void, undefined>;
  findEnsembles(query: FindQuery = {}, options: CallOptions = {}) {
    return this.find({ ...query, types: this.#context.info.ensemblesType }, options) as AsyncGenerator<never, void, undefined>;
  }

  /**
   * Deletes a dataset or an ensemble with its memberships. The records of its files go with their last association; the members of an ensemble
   * stay, and keep its attributes. Throws `ERR_RECORD_NOT_FOUND`.
   */
  async delete(target: string | Dataset, options: CallOptions = {}): Promise<void> {
    const id = idOf(target);
    await this.#context.write((tx) => removeRecord(tx, id, this.#context.info), options);
  }

  /** Sets attributes of a record: the same as its `update`. */
  async update(
    target: string | Dataset,
    changes: Metadata | ((attributes: Metadata) => Metadata),
    options: CallOptions = {},
  ): Promise<void> {
    await new RecordAttributes(this.#context, idOf(target)).update(changes, options);
  }

  /**
   * Associates a file, or several in one transaction, with a dataset or an ensemble (Kosh: `associate`) and answers the id of the file's record,
   * or their ids. A file that is here gets its absolute path for a uri and Kosh's `fast_sha`; a uri that is no file here is taken as it is. A
   * file that is associated already stays as it is. Throws `ERR_ASSOCIATION` when the store knows it with another mime type.
   */
  associate(target: string | Dataset, uri: string, mimeType: string, options?: AssociateOptions & CallOptions): Promise<string>;
  associate(
    target: string | Dataset,
    uris: readonly string[],
    mimeType: string,
    options?: AssociateOptions & CallOptions,
  ): Promise<string[]>;
  async associate(
    target: string | Dataset,
    uri: string | readonly string[],
    mimeType: string,
    options: AssociateOptions & CallOptions = {},
  ) {
    return await associateFiles(this.#context, idOf(target), { uri, mimeType, options });
  }

  /** Ends the association with a file; false when there was none. The file's record goes with its last association. */
  async dissociate(
    target: string | Dataset,
    uri: string,
    options: { readonly absolutePath?: boolean | undefined } & CallOptions = {},
  ): Promise<boolean> {
    return await dissociateFile(this.#context, idOf(target), uri, options);
  }

  /**
   * Imports a Sina document or a Kosh export, from a file or from memory, whole or not at all. Ids are kept; what has only a `local_id` gets a new
   * one. It is read whole into memory: for files of gigabytes there is `load`. Throws `ERR_INPUT`, `ERR_NOT_JSON`, `ERR_DOCUMENT`, or the code of
   * what is refused first, with its place.
   */
  async importDocument(source: string | object, options: CallOptions = {}): Promise<ImportResult> {
    this.#context.assertWritable();
    if (typeof source !== 'string' && !isObject(source)) {
      throw new IngestError('ERR_USAGE', `a document is a path or an object; found ${describe(source)}`);
    }
    // An object is read at once: its owner may change it while this call waits.
    const reading = readKoshDocument(source, this.#context.info.sourcesType);
    // The call may be refused before it waits for this: then nobody else looks at how it ended.
    reading.catch(() => undefined);
    return await this.#context.writeAfter(
      () => reading,
      (tx, document) => importDocument(tx, document, this.#context.info),
      options,
    );
  }

  /**
   * All datasets, ensembles and files with their relationships as one document, as they are at one moment; or those that a filter names, with the
   * relationships between them. `dataset.export` and `ensemble.export` give a part. For a store of any size use {@link exportFile}. Throws
   * `ERR_RECORD_NOT_FOUND` for an id that is not there, and `ERR_EXPORT` for an ensemble that is none.
   */
  export(options: ExportFormOptions & ExportFilterOptions & CallOptions = {}): Promise<ExportedDocument> {
    return exportDocument(this.#context, options);
  }

  /**
   * Writes what {@link export} answers to a file, in flat memory and with every number as it is in the store; compressed when its name ends in `.gz`. The
   * file appears when it is whole. Throws as {@link export}, and `ERR_EXPORT` when it cannot be written, and when it is there already, unless `overwrite`
   * is true.
   */
  exportFile(path: string, options: ExportFileOptions & ExportFilterOptions & CallOptions = {}): Promise<ExportCounts> {
    return exportFile(this.#context, path, options);
  }

  /** The same to a stream, which is not ended. Until it has taken all of it the store is being read, which can make writers wait. */
  exportTo(
    stream: Writable,
    options: ExportFormOptions<ExportForm> & ExportFilterOptions & CallOptions = {},
  ): Promise<ExportCounts> {
    return exportTo(this.#context, stream, options);
  }

  /** How much of what the store holds. It reads all rows: about a second for a million. */
  statistics(options: StatisticsOptions = {}): Promise<StoreContents> {
    return storeContents(this.#context, options);
  }

  /** The relationships that have all that is given, in the order of subject, object, predicate; in flat memory. */
  async *relationships(
    pattern: RelationshipPattern = {},
    options: CallOptions = {},
  ): AsyncGenerator<Relationship, void, undefined> {
    checkPattern(pattern);
    let page: Relationship[] = [];
    do {
      const after = page.at(-1);
      page = await this.#context.read((reader) => reader.relationships(pattern, { after, limit: pageSize }), options);
      yield* page;
    } while (page.length === pageSize);
  }

  /** Deletes everything; then the store is as a new one (Kosh: `delete_all_contents`). */
  async deleteAllContents(options: CallOptions = {}): Promise<void> {
    this.#context.assertWritable();
    const { joined, username } = this.#context;
    this.#context.info = await this.#context.track(() => emptyStore(joined, username, options));
  }

  /** Waits for the calls that have begun, then closes the connection. Later calls are `ERR_USAGE`. The lock strategy stays open. */
  async close(): Promise<void> {
    await this.#context.close();
  }

  /** {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function checkPattern(pattern: RelationshipPattern): void {
  checkKeys(pattern, ['subject', 'predicate', 'object']);
  const { subject, predicate, object } = pattern;
  const subjects = Array.isArray(subject) ? subject : [subject];
  for (const [name, text] of [...subjects.map((one) => ['subject', one]), ['predicate', predicate], ['object', object]]) {
    if (text === undefined || typeof text === 'string') continue;
    throw new IngestError('ERR_USAGE', `${name} must be a text; found ${describe(text)}`);
  }
}
