import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { syntaxFault } from '../records/json-syntax.js';

/** The file that is read when none is named, if it is there. */
export const defaultConfigFile = 'ingest.config.json';

/** A configuration file as it was read: nothing but "a JSON object" has been checked. */
export interface ConfigFile {
  /** The name for messages: as it was given, `ingest.config.json` for the default one. */
  readonly name: string;
  readonly entries: ReadonlyMap<string, unknown>;
}

/**
 * Reads a configuration file.
 *
 * @param file the file that was asked for; without it {@link defaultConfigFile} in `directory`, which may be missing
 * @param directory where a relative path begins
 * @returns undefined when no file was asked for and the default one is not there
 * @throws IngestError `ERR_CONFIG`: it cannot be read, is not JSON (with line and column) or not an object
 */
export function readConfigFile(file: string | undefined, directory: string): ConfigFile | undefined {
  const name = file ?? defaultConfigFile;
  let text: string;
  try {
    text = readFileSync(resolve(directory, name), 'utf8');
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    if (missing && file === undefined) return undefined;
    throw new IngestError('ERR_CONFIG', missing ? `${name}: no such file` : `${name}: cannot be read: ${messageOf(error)}`, {
      cause: error,
      hint: missing
        ? `--config names a file; without it ./${defaultConfigFile} is read when it exists`
        : 'check the path and its permissions',
    });
  }
  const value = parse(text.replace(/^\uFEFF/, ''), name);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new IngestError('ERR_CONFIG', `${name}: expected a JSON object`, {
      hint: 'for example: { "store": "threadsafe.sqlite" }',
    });
  }
  return { name, entries: new Map(Object.entries(value)) };
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { offset, expected, found } = syntaxFault(text);
    const before = text.slice(0, offset).split('\n');
    const place = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
    throw new IngestError('ERR_CONFIG', `${name}:${place}: expected ${expected}, found ${found}`, {
      cause: error,
      hint: 'the file is plain JSON: quoted keys, no comments, no comma after the last item',
    });
  }
}
