import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { describe } from '../records/problems.js';
import { checkKeys } from './arguments.js';
import { type ExportCounts, type ExportForm, type ExportWhat, exportText } from './calls/export-document.js';
import type { CallOptions, StoreContext } from './context.js';

/** How a document is exported. */
export interface ExportFormOptions {
  /** `sina` (the default): a document that Sina ingests. `kosh`: the form that Kosh's `import_dataset` takes. */
  readonly form?: ExportForm | undefined;
}

/** A document as objects. Numbers that no double can hold are rounded: write a file to keep them. */
export interface ExportedDocument {
  readonly records: readonly { readonly id: string; readonly type: string; readonly [section: string]: unknown }[];
  readonly relationships: readonly { readonly subject: string; readonly predicate: string; readonly object: string }[];
  /** Of the form `kosh`. */
  readonly sources_type?: string;
}

type WhatOptions = ExportFormOptions & CallOptions & { readonly id?: string | undefined };

export async function exportDocument(context: StoreContext, options: WhatOptions): Promise<ExportedDocument> {
  const what = checked(options, ['form', 'id', 'signal']);
  const pieces = await context.read(async (reader) => {
    const texts: string[] = [];
    const counts = { records: 0, relationships: 0 };
    for await (const piece of exportText(reader, what, { info: context.info, counts })) texts.push(piece);
    return texts;
  }, options);
  return JSON.parse(pieces.join('')) as ExportedDocument;
}

/** Writes beside the file and puts it in place when it is whole: a reader sees no half of it. */
export async function exportFile(
  context: StoreContext,
  path: string,
  options: WhatOptions & { readonly overwrite?: boolean | undefined },
): Promise<ExportCounts> {
  const what = checked(options, ['form', 'id', 'signal', 'overwrite']);
  await refuseStore(path, context);
  const beside = join(dirname(path), `.${randomUUID().slice(0, 8)}.tmp`);
  try {
    const counts = await context.read((reader) => {
      const counted = { records: 0, relationships: 0 };
      return write(beside, exportText(reader, what, { info: context.info, counts: counted })).then(() => counted);
    }, options);
    // A link, unlike a rename, is refused where a file is.
    if (options.overwrite) await rename(beside, path);
    else await link(beside, path);
    return counts;
  } catch (cause) {
    if (cause instanceof IngestError || (cause as { syscall?: unknown } | null | undefined)?.syscall === undefined) throw cause;
    const exists = codeOf(cause) === 'EEXIST';
    throw new IngestError('ERR_EXPORT', exists ? `${path} exists already` : `cannot write ${path}: ${messageOf(cause)}`, {
      hint: exists ? 'Give another path, or overwrite: true.' : 'Check the folder, your rights and the space.',
      cause,
    });
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

/** The store itself is no place for its export. */
async function refuseStore(path: string, { location }: StoreContext): Promise<void> {
  if (path.includes('\0')) throw new IngestError('ERR_USAGE', 'a path cannot hold a NUL character');
  const [one, other] = await Promise.all([path, location].map((file) => stat(file).catch(() => undefined)));
  if (!one || !other || one.ino !== other.ino || one.dev !== other.dev) return;
  throw new IngestError('ERR_EXPORT', `${path} is the store itself`, { hint: 'Give another path.' });
}

async function write(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let waiting: string[] = [];
    let length = 0;
    for await (const piece of pieces) {
      waiting.push(piece);
      length += piece.length;
      if (length < 1 << 20) continue;
      // Unlike write(), it does not stop half way on a disk that is full.
      await file.appendFile(waiting.join(''));
      waiting = [];
      length = 0;
    }
    await file.appendFile(waiting.join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}

function checked(options: WhatOptions, keys: readonly string[]): ExportWhat {
  checkKeys(options, keys);
  const { id, form = 'sina' } = options;
  if (form === 'sina' || form === 'kosh') return { id, form };
  throw new IngestError('ERR_USAGE', `form must be "sina" or "kosh"; found ${describe(form)}`);
}
