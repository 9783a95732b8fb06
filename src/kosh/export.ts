import type { Writable } from 'node:stream';
import { IngestError } from '../errors.js';
import { describe } from '../records/problems.js';
import { checkKeys, checkText, isText } from './arguments.js';
import { type DocumentForm, type ExportCounts, type ExportForm, type ExportWhat, exportText } from './calls/export-document.js';
import type { CallOptions, StoreContext } from './context.js';
import { checkPlace, writeFile, writeStream } from './export-place.js';

/** How a document is exported. */
export interface ExportFormOptions<F extends ExportForm = DocumentForm> {
  /** `sina` (the default): a document that Sina ingests. `kosh`: the form that Kosh's `import_dataset` takes. `jsonl`, for files: a record a line. */
  readonly form?: F | undefined;
}

/** Which records are exported: those for which all that is given holds. Default: all datasets, ensembles and files. */
export interface ExportFilterOptions {
  /** Ids of ensembles: these with their members, and the files of both. */
  readonly ensembles?: string | readonly string[] | undefined;
  /** Types of record; also those that Kosh reserves, which are left out otherwise. */
  readonly types?: string | readonly string[] | undefined;
  /** Only records with these ids. */
  readonly ids?: string | readonly string[] | undefined;
}

/** How a file is written. */
export interface ExportFileOptions extends ExportFormOptions<ExportForm> {
  /** Replaces a file that is there. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** A document as objects. Numbers that no double can hold are rounded: write a file to keep them. */
export interface ExportedDocument {
  readonly records: readonly { readonly id: string; readonly type: string; readonly [section: string]: unknown }[];
  readonly relationships: readonly { readonly subject: string; readonly predicate: string; readonly object: string }[];
  /** Of the form `kosh`. */
  readonly sources_type?: string;
}

type WhatOptions = ExportFormOptions<ExportForm> & ExportFilterOptions & CallOptions & { readonly of?: string | undefined };

const whatKeys = ['form', 'of', 'ensembles', 'types', 'ids', 'signal'] as const;

const documentForms = ['sina', 'kosh'] as const satisfies readonly DocumentForm[];

const fileForms = [...documentForms, 'jsonl'] as const satisfies readonly ExportForm[];

export async function exportDocument(context: StoreContext, options: WhatOptions): Promise<ExportedDocument> {
  checkKeys(options, whatKeys);
  const what = checked(options, documentForms);
  const pieces = await context.read(async (reader) => {
    const texts: string[] = [];
    for await (const piece of exportText(reader, what, { ...contextOf(context, options), counts: none() })) texts.push(piece);
    return texts;
  }, options);
  return JSON.parse(pieces.join('')) as ExportedDocument;
}

/** Writes beside the file and puts it in place when it is whole: a reader sees no half of it. */
export async function exportFile(
  context: StoreContext,
  path: string,
  options: WhatOptions & ExportFileOptions,
): Promise<ExportCounts> {
  checkKeys(options, [...whatKeys, 'overwrite']);
  checkText('path', path);
  const what = checked(options, fileForms);
  const place = { path, overwrite: options.overwrite ?? false };
  await checkPlace(place, context.location);
  return await writeFile(place, (write) =>
    context.read(async (reader) => {
      const counts = none();
      await write(exportText(reader, what, { ...contextOf(context, options), counts }));
      return counts;
    }, options),
  );
}

/** Writes to a stream, which is left open. What has begun cannot be written again: then a failure is final, whatever the lock strategy. */
export async function exportTo(context: StoreContext, stream: Writable, options: WhatOptions): Promise<ExportCounts> {
  checkKeys(options, whatKeys);
  const what = checked(options, fileForms);
  const out = writeStream(stream);
  return await context.read(async (reader) => {
    const counts = none();
    await out(exportText(reader, what, { ...contextOf(context, options), counts }));
    return counts;
  }, options);
}

function none(): ExportCounts {
  return { records: 0, relationships: 0 };
}

function contextOf({ info }: StoreContext, { signal }: CallOptions) {
  return { info, signal };
}

function checked(options: WhatOptions, forms: readonly ExportForm[]): ExportWhat {
  const { of, form = 'sina', ensembles, types, ids } = options;
  if (!forms.includes(form)) {
    const known = forms.map((name) => `"${name}"`);
    throw new IngestError(
      'ERR_USAGE',
      `form must be ${known.slice(0, -1).join(', ')} or ${known.at(-1)}; found ${describe(form)}`,
    );
  }
  return { of, form, ensembles: texts('ensembles', ensembles), types: texts('types', types), ids: texts('ids', ids) };
}

function texts(name: string, given: string | readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const list = typeof given === 'string' ? [given] : given;
  if (Array.isArray(list) && list.length > 0 && list.every(isText)) return [...new Set(list as readonly string[])];
  throw new IngestError('ERR_USAGE', `${name} must be a text or a list of texts; found ${describe(given)}`);
}
