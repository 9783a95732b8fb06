import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, IngestError, messageOf } from '../errors.js';
import type { FormatOption } from './detect.js';
import { realpath, stat } from './file-stats.js';
import type { InputFile } from './input-file.js';

const json = ['json'];
const lines = ['jsonl', 'ndjson'];
const delimited = ['csv', 'tsv', 'dsv', 'txt'];

/** Ends of the names that a directory is searched for, each also with `.gz`. Folders of results are full of CSV that is no list of datasets: it is only looked for when it is asked for. */
const searched: Readonly<Record<FormatOption, readonly string[]>> = {
  auto: [...json, ...lines],
  sina: json,
  kosh: json,
  jsonl: lines,
  csv: delimited,
};
/** What a load itself leaves in the folder of its store. */
const own = '**/*.rejects.jsonl';

/** The names that a directory is searched for, such as `*.csv, *.tsv`, but for `.gz`. */
export function searchedNames(format: FormatOption): string {
  return namesOf(searched[format]);
}

function namesOf(ends: readonly string[]): string {
  return ends.map((end) => `*.${end}`).join(', ');
}

/**
 * The files that inputs stand for, each once: a file is itself, a directory every file below it that has a name of the format (CSV only when that is
 * the format, rejects files never), else a glob. `-` is what `stdin` answers. Throws `ERR_INPUT` for an input that stands for nothing.
 */
export async function findInputs(
  inputs: readonly string[],
  format: FormatOption,
  stdin: () => Promise<InputFile>,
): Promise<InputFile[]> {
  const expanded = await Promise.allSettled(inputs.map((input) => expand(input, searched[format])));
  const found: InputFile[] = [];
  for (const result of expanded) {
    if (result.status === 'rejected') throw result.reason;
    for (const file of result.value) found.push(file);
  }
  // One file under two names is one document.
  const keys = await Promise.all(found.map(({ path }) => realpath(path).catch(() => path)));
  const files = new Map<string, InputFile>();
  for (const [n, file] of found.entries()) {
    const key = file.path === '-' ? file.path : (keys[n] as string);
    if (!files.has(key)) files.set(key, file.path === '-' ? await stdin() : file);
  }
  return [...files.values()];
}

async function expand(input: string, ends: readonly string[]): Promise<InputFile[]> {
  if (input === '-') return [{ path: input, bytes: 0 }];
  let failure: unknown;
  const info = await stat(input).catch((error: unknown) => {
    failure = error;
  });
  if (info?.isFile()) return [{ path: input, bytes: info.size }];
  // Loaded only here: workers, who never look for files, need not wait for it.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!info && !(codeOf(failure) === 'ENOENT' && isDynamicPattern(input))) {
    throw new IngestError('ERR_INPUT', `cannot read the input ${input}: ${reason(failure)}`, {
      hint: 'Nothing was written. Check the path; a pattern with * goes in quotes or is expanded by the shell.',
      cause: failure,
    });
  }
  if (info && !info.isDirectory()) {
    throw new IngestError('ERR_INPUT', `cannot read the input ${input}: it is neither a file nor a directory`);
  }
  const dangling = info ? await danglingLinks(input, ends) : [];
  const found = info
    ? await glob(`**/*.{${ends.flatMap((end) => [end, `${end}.gz`]).join(',')}}`, {
        cwd: input,
        ignore: own,
        absolute: false,
        dot: false,
        expandDirectories: false,
      })
    : await glob(input, { expandDirectories: false });
  const all = found.concat(dangling);
  if (all.length === 0) {
    throw new IngestError('ERR_INPUT', `no documents in ${input}`, {
      hint: info ? `A directory is searched for ${namesOf(ends)}, also in its folders.` : 'The pattern matches no file.',
    });
  }
  const paths = all.map((path) => (info ? `${input.replace(/\/+$/, '')}/${path}` : path)).sort();
  return Promise.all(paths.map(async (path) => ({ path, bytes: await size(path) })));
}

/**
 * Links below a directory that lead nowhere (a file system that is not there, say): each is a document that cannot be read. Throws `ERR_INPUT` for a folder that
 * cannot be read. The search itself would pass over both in silence.
 */
async function danglingLinks(directory: string, ends: readonly string[], below = ''): Promise<string[]> {
  const folder = join(directory, below);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    // Gone since it was listed.
    if (below !== '' && codeOf(cause) === 'ENOENT') return [];
    throw new IngestError('ERR_INPUT', `cannot read the folder ${folder}: ${reason(cause)}`, {
      hint: 'Nothing was written. Make it readable, or name what is to be loaded one by one.',
      cause,
    });
  });
  let links: string[] = [];
  for (const entry of entries) {
    const path = join(below, entry.name);
    // What is hidden is not searched.
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) links = links.concat(await danglingLinks(directory, ends, path));
    else if (entry.isSymbolicLink() && ends.some((end) => entry.name.endsWith(`.${end}`) || entry.name.endsWith(`.${end}.gz`))) {
      if (!(await stat(join(directory, path)).catch(() => undefined))) links.push(path);
    }
  }
  return links;
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
