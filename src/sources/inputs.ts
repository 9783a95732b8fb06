import { realpath, stat } from 'node:fs/promises';
import { codeOf, IngestError, messageOf } from '../errors.js';

export interface InputFile {
  /** As it was given, or below the given directory. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files that inputs stand for, each once: a file is itself, a directory every `*.json` below it, else a glob.
 * Throws `ERR_INPUT` for an input that stands for nothing.
 */
export async function findInputs(inputs: readonly string[]): Promise<InputFile[]> {
  const files = new Map<string, InputFile>();
  for (const input of inputs) {
    for (const file of await expand(input)) {
      // One file under two names is one document.
      const key = await realpath(file.path).catch(() => file.path);
      if (!files.has(key)) files.set(key, file);
    }
  }
  return [...files.values()];
}

async function expand(input: string): Promise<InputFile[]> {
  const file = await stat(input).catch(() => undefined);
  if (file?.isFile()) return [{ path: input, bytes: file.size }];
  // Loaded only here: workers, who never look for files, need not wait for it.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const info = await stat(input).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' && isDynamicPattern(input)) return undefined;
    throw new IngestError('ERR_INPUT', `cannot read the input ${input}: ${reason(error)}`, {
      hint: 'Nothing was written. Check the path; a pattern with * goes in quotes or is expanded by the shell.',
      cause: error,
    });
  });
  if (info && !info.isDirectory()) {
    throw new IngestError('ERR_INPUT', `cannot read the input ${input}: it is neither a file nor a directory`);
  }
  const found = info
    ? await glob('**/*.json', { cwd: input, absolute: false, dot: false, expandDirectories: false })
    : await glob(input, { expandDirectories: false });
  if (found.length === 0) {
    throw new IngestError('ERR_INPUT', `no documents in ${input}`, {
      hint: info ? 'A directory is searched for *.json, also in its folders.' : 'The pattern matches no file.',
    });
  }
  const paths = found.map((path) => (info ? `${input.replace(/\/+$/, '')}/${path}` : path)).sort();
  return Promise.all(paths.map(async (path) => ({ path, bytes: await size(path) })));
}

/** A file that vanishes or cannot be read is refused as a document when its turn comes. */
async function size(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  return info?.size ?? 0;
}

function reason(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file or directory',
    EACCES: 'you may not read it',
    ENOTDIR: 'a part of the path is not a directory',
  };
  return reasons[codeOf(error) ?? ''] ?? messageOf(error);
}
