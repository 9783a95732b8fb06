import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { codeOf, IngestError, messageOf } from '../../../src/errors.js';
import { resultsFormat } from '../results.js';

/** The files of a report, which a later run replaces. */
export const reportFiles = ['results.json', 'report.html', 'trace.json'] as const;

/** A folder that a report can be written into. */
export interface OutFolder extends Disposable {
  readonly path: string;
}

/** No file of a report is larger, and a text can hardly be. */
const mostBytes = 512 * 1024 * 1024;

/** What shows that a file is one of the bench; of any version: it is replaced, not read. */
const marks: Readonly<Record<(typeof reportFiles)[number], (content: Buffer) => boolean>> = {
  'results.json'(content) {
    const { format, version, trials } = objectIn(content);
    return format === resultsFormat.format && typeof version === 'number' && Array.isArray(trials);
  },
  // The results are in the page, somewhere in its middle.
  'report.html': (content) => content.includes(`id="results">{"format":${JSON.stringify(resultsFormat.format)}`),
  'trace.json'(content) {
    const { otherData, traceEvents } = objectIn(content);
    const { commandLine } = (otherData ?? {}) as { readonly commandLine?: unknown };
    return Array.isArray(traceEvents) && typeof commandLine === 'string' && commandLine.startsWith(`${resultsFormat.format} `);
  },
};

/**
 * Makes sure, before anything is measured, that a report can be written: the folder is made when it is missing, and files can be made in it. A report that is
 * there is one of the bench, file by file, and may be replaced; the baseline is not part of it, whatever the links. Disposed of, and at the end of this process, the
 * folders that were made here are removed again if nothing was written into them.
 *
 * @throws IngestError `ERR_USAGE`
 */
export function checkOut(directory: string, baseline?: string): OutFolder {
  const path = resolve(directory);
  const made: string[] = [];
  const remove = () => {
    try {
      for (const one of made) rmdirSync(one);
    } catch {
      // Something is in it.
    }
  };
  try {
    makeFolders(path, made);
    // The rights alone do not tell: a file system can be read-only.
    rmdirSync(mkdtempSync(join(path, '.kosh-bench-')));
  } catch (cause) {
    remove();
    const isFile = ['EEXIST', 'ENOTDIR'].includes(codeOf(cause) ?? '');
    throw refusal(`--out: ${directory} ${isFile ? 'is a file or lies in one' : `cannot be written: ${messageOf(cause)}`}`, {
      hint: 'give a folder that you may write in, or one that can be made',
      cause,
    });
  }
  const problem = baselineProblem(path, baseline) ?? fileProblem(path, directory);
  if (problem) throw refusal(problem.message, problem);
  process.once('exit', remove);
  return {
    path,
    [Symbol.dispose]() {
      process.removeListener('exit', remove);
      remove();
    },
  };
}

/** What is wrong with a folder that a report is to be written into, and what to do. */
export interface OutProblem {
  readonly message: string;
  readonly hint: string;
}

/** Why the files of a report must not be replaced, for one of them that is not of the bench; undefined when they may. `name` is the folder as the user gave it. */
export function fileProblem(folder: string, name = folder): OutProblem | undefined {
  for (const file of reportFiles) {
    const found = lstatSync(join(folder, file), { throwIfNoEntry: false });
    const problem = found && problemOf(join(folder, file), file, found);
    if (problem)
      return { message: `--out: ${name} holds a ${file} that ${problem}`, hint: 'give another folder, or move it away' };
  }
  return undefined;
}

/** Why a report would destroy the baseline; undefined when it would not. */
export function baselineProblem(folder: string, baseline: string | undefined): OutProblem | undefined {
  const saved = baseline === undefined ? undefined : statSync(baseline, { throwIfNoEntry: false });
  if (!saved) return undefined;
  const isSame = (other: Stats | undefined) => other?.dev === saved.dev && other.ino === saved.ino;
  // Names do not tell: the folder or the file can be a link, hard ones too.
  if (!reportFiles.some((file) => isSame(statSync(join(folder, file), { throwIfNoEntry: false })))) return undefined;
  return {
    message: `--baseline: ${baseline} would be written over by this run`,
    hint: 'give another folder with --out, or rename the one with the baseline',
  };
}

/** With `recursive`, mkdir does not come back from a place such as /proc/x. Adds what it made to `made`, the innermost first. */
function makeFolders(path: string, made: string[]): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory()) return;
  if (info) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  makeFolders(dirname(path), made);
  try {
    mkdirSync(path);
    made.unshift(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function problemOf(path: string, file: (typeof reportFiles)[number], found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'is a link';
  if (!found.isFile()) return 'is not a file';
  // It can be replaced all the same, which is not what its owner wants.
  if ((found.mode & 0o222) === 0) return 'is write-protected';
  try {
    if (found.size <= mostBytes && marks[file](readFileSync(path))) return undefined;
  } catch {
    // Not JSON, or not for us to read.
  }
  return 'is not of kosh-ingest bench';
}

function objectIn(content: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(content.toString('utf8'));
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function refusal(message: string, { hint, cause }: { readonly hint: string; readonly cause?: unknown }): IngestError {
  return new IngestError('ERR_USAGE', message, { hint, ...(cause === undefined ? {} : { cause }) });
}
