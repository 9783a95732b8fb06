import { IngestError } from '../errors.js';
import { describe } from '../records/problems.js';
import { checkKeys, checkText, copyMetadata } from './arguments.js';
import {
  type AssociateOptions,
  associate,
  associatedUri,
  dissociate,
  type PreparedFile,
  prepareFile,
} from './calls/associations.js';
import type { CallOptions, StoreContext } from './context.js';

interface FilesCall {
  readonly uri: string | readonly string[];
  readonly mimeType: string;
  readonly options: AssociateOptions & CallOptions;
}

/** Looks at the files first, outside of any lock; then associates them in one transaction. One id for one uri, a list for a list. */
export async function associateFiles(context: StoreContext, id: string, call: { uri: string } & FilesCall): Promise<string>;
export async function associateFiles(context: StoreContext, id: string, call: FilesCall): Promise<string & string[]>;
export async function associateFiles(context: StoreContext, id: string, { uri, mimeType, options }: FilesCall) {
  context.assertWritable();
  const uris: unknown = typeof uri === 'string' ? [uri] : uri;
  if (!Array.isArray(uris)) throw new IngestError('ERR_USAGE', `a uri is a text; found ${describe(uri)}`);
  const wanted = [...uris] as string[];
  for (const one of wanted) checkText('uri', one);
  checkText('mimeType', mimeType);
  checkKeys(options, ['metadata', 'longSha', 'absolutePath', 'signal']);
  const given = { ...options, metadata: copyMetadata(options.metadata === undefined ? {} : options.metadata) };
  const prepare = async () => {
    const files: PreparedFile[] = [];
    for (const one of wanted) {
      given.signal?.throwIfAborted();
      files.push(await prepareFile(one, mimeType, given));
    }
    return files;
  };
  const ids = await context.writeAfter(prepare, (tx, files) => associate(tx, id, files, context.info), given);
  return typeof uri === 'string' ? ids[0] : ids;
}

export async function dissociateFile(
  context: StoreContext,
  id: string,
  uri: string,
  options: { readonly absolutePath?: boolean | undefined } & CallOptions,
): Promise<boolean> {
  checkText('uri', uri);
  checkKeys(options, ['absolutePath', 'signal']);
  const prepare = () => associatedUri(uri, options.absolutePath ?? true);
  return await context.writeAfter(prepare, (tx, known) => dissociate(tx, id, known, context.info), options);
}
