import { IngestError } from '../errors.js';
import type { Metadata } from '../records/kosh.js';
import { describe } from '../records/problems.js';
import { checkKeys, checkText } from './arguments.js';
import { RecordAttributes } from './attributes.js';
import { type AssociateOptions, attachedFiles, type FileOfRecord } from './calls/associations.js';
import { cloneRecord, type PreserveMemberships } from './calls/clone.js';
import { isMember, join, leave } from './calls/membership.js';
import { ensemblesOf } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';
import { RecordCurves } from './curves.js';
import type { Ensemble } from './ensemble.js';
import { type ExportedDocument, type ExportFileOptions, type ExportFormOptions, exportDocument, exportFile } from './export.js';
import { associateFiles, dissociateFile } from './files.js';

/**
 * A dataset: a handle on a record of the store, without data of its own. Every call asks the store; a record that is gone is
 * `ERR_RECORD_NOT_FOUND`. Records that Kosh keeps for itself (files, users) come as one, too; what only datasets can do they refuse (`ERR_USAGE`).
 */
export class Dataset {
  readonly id: string;
  /** Type of the record when the object was made: `dataset`, or any that Kosh does not reserve. */
  readonly type: string;
  readonly attributes: RecordAttributes;
  readonly curves: RecordCurves;
  /** The open store. */
  protected readonly context: StoreContext;

  /** @internal Datasets are made by a {@link Store}. */
  constructor(context: StoreContext, { id, type }: { readonly id: string; readonly type: string }) {
    this.context = context;
    this.id = id;
    this.type = type;
    this.attributes = new RecordAttributes(context, id);
    this.curves = new RecordCurves(context, id);
  }

  /** Sets several attributes in one transaction: the same as `attributes.update`. */
  update(changes: Metadata | ((attributes: Metadata) => Metadata), options: CallOptions = {}): Promise<void> {
    return this.attributes.update(changes, options);
  }

  /** The ensembles that it is a member of. */
  async ensembles(options: CallOptions = {}): Promise<Ensemble[]> {
    const { info } = this.context;
    const views = await this.context.read((reader) => ensemblesOf(reader, this.id, info), options);
    return views.map(({ id }) => this.context.objectOf<Ensemble>({ id, type: info.ensemblesType }));
  }

  /** Becomes a member and takes over the ensemble's attributes: `ensemble.add(dataset)`. */
  async joinEnsemble(ensemble: string | Ensemble, options: CallOptions = {}): Promise<boolean> {
    const membership = { datasetId: this.id, ensembleId: idOf(ensemble) };
    return await this.context.write((tx) => join(tx, membership, this.context.info), options);
  }

  /** Is no member any more, but keeps the attributes: `ensemble.remove(dataset)`. False when it was none. */
  async leaveEnsemble(ensemble: string | Ensemble, options: CallOptions = {}): Promise<boolean> {
    const membership = { datasetId: this.id, ensembleId: idOf(ensemble) };
    return await this.context.write((tx) => leave(tx, membership, this.context.info), options);
  }

  /** Whether it is a member of the ensemble. */
  async isMemberOf(ensemble: string | Ensemble, options: CallOptions = {}): Promise<boolean> {
    const membership = { datasetId: this.id, ensembleId: idOf(ensemble) };
    return await this.context.read((reader) => isMember(reader, membership, this.context.info), options);
  }

  /** Associates a file, or several in one transaction; see {@link Store.associate}. */
  associate(uri: string, mimeType: string, options?: AssociateOptions & CallOptions): Promise<string>;
  associate(uris: readonly string[], mimeType: string, options?: AssociateOptions & CallOptions): Promise<string[]>;
  associate(uri: string | readonly string[], mimeType: string, options: AssociateOptions & CallOptions = {}) {
    return associateFiles(this.context, this.id, { uri, mimeType, options });
  }

  /** Ends the association with a file; false when there was none. See {@link Store.dissociate}. */
  dissociate(uri: string, options: { readonly absolutePath?: boolean | undefined } & CallOptions = {}): Promise<boolean> {
    return dissociateFile(this.context, this.id, uri, options);
  }

  /** The files that are associated with it. */
  files(options: CallOptions = {}): Promise<FileOfRecord[]> {
    return this.context.read((reader) => attachedFiles(reader, this.id), options);
  }

  /** The dataset and its files as a document; see {@link Store.export}. */
  export(options: ExportFormOptions & CallOptions = {}): Promise<ExportedDocument> {
    return exportDocument(this.context, { ...options, of: this.id });
  }

  /** Writes what {@link export} answers to a file; see {@link Store.exportFile}. */
  exportFile(path: string, options: ExportFileOptions & CallOptions = {}) {
    return exportFile(this.context, path, { ...options, of: this.id });
  }

  /**
   * Makes a copy with a new id: attributes, curves, libraries and files. `preserveEnsemblesMemberships` is Kosh's: `true` makes the copy a member
   * of the same ensembles, `false` (the default) copies only what it has of them, `-1` leaves that out.
   */
  async clone(
    options: { readonly preserveEnsemblesMemberships?: PreserveMemberships | undefined } & CallOptions = {},
  ): Promise<Dataset> {
    checkKeys(options, ['preserveEnsemblesMemberships', 'signal']);
    const { preserveEnsemblesMemberships: preserve = false } = options;
    if (typeof preserve !== 'boolean' && preserve !== -1) {
      throw new IngestError('ERR_USAGE', `preserveEnsemblesMemberships must be true, false or -1; found ${describe(preserve)}`);
    }
    const made = await this.context.write((tx) => cloneRecord(tx, this.id, preserve, this.context), options);
    return this.context.objectOf<Dataset>(made);
  }
}

/** The id of an object, or an id as it is given. */
export function idOf(target: string | Dataset): string {
  const id = target instanceof Dataset ? target.id : target;
  checkText('id', id);
  return id;
}
