import { randomBytes } from 'node:crypto';
import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, IngestError, messageOf } from '../../../src/errors.js';
import type { BenchResults } from '../results.js';
import { benchPage } from './html.js';
import { baselineProblem, fileProblem, type reportFiles } from './out-folder.js';
import { traceOf } from './trace.js';

/** In the order in which they take their places: whoever finds new results finds the new report too. */
const contents: Readonly<Record<(typeof reportFiles)[number], (results: BenchResults) => string>> = {
  'report.html': benchPage,
  'trace.json': (results) => `${JSON.stringify(traceOf(results))}\n`,
  'results.json': (results) => `${JSON.stringify(results)}\n`,
};

/** A file that is to take a place. */
interface NewFile {
  readonly path: string;
  /** Where it is until then, in the same folder. */
  readonly temporary: string;
}

/**
 * Writes the files of a report into a folder that is there, and answers their paths. All or none: each is written in full beside its place first, and the earlier
 * ones come back when one cannot take its place.
 *
 * @param baseline a file that must not be replaced
 * @throws IngestError `ERR_STORE_FULL`: no room; `ERR_EXPORT`: they cannot be written, or something that is not of the bench has come into their places
 */
export function writeReport(results: BenchResults, directory: string, baseline?: string): string[] {
  const ending = `.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const files = Object.entries(contents).map(([name, contentOf]) => ({
    path: join(directory, name),
    temporary: join(directory, `.${name}${ending}`),
    content: contentOf(results),
  }));
  try {
    for (const { path, temporary, content } of files) told(path, () => writeSynced(temporary, content));
    // A run takes minutes: what was there at its beginning does not count.
    const problem = baselineProblem(directory, baseline) ?? fileProblem(directory);
    if (problem) throw new IngestError('ERR_EXPORT', problem.message, { hint: `${measuredHint} Then ${problem.hint}.` });
    replaceAll(files);
  } finally {
    for (const { temporary } of files) rmSync(temporary, { force: true });
  }
  syncFolder(directory);
  return files.map(({ path }) => path);
}

const measuredHint = 'What was measured is in the output of the command.';

function writeSynced(path: string, content: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function replaceAll(files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  const spare = new Set<string>();
  try {
    for (const { path, temporary } of files) {
      told(path, () => {
        const kept = `${temporary}.old`;
        const isThere = keep(path, kept);
        if (isThere) spare.add(kept);
        renameSync(temporary, path);
        undo.push(() => {
          // What cannot come back stays under its other name.
          spare.delete(kept);
          if (isThere) renameSync(kept, path);
          else rmSync(path, { force: true });
        });
      });
    }
  } catch (error) {
    for (const back of undo.reverse()) {
      try {
        back();
      } catch {
        // The error that there is says more.
      }
    }
    throw error;
  } finally {
    for (const kept of spare) rmSync(kept, { force: true });
  }
}

/** A second name for a file, or a copy where there can be none; false when there is no file. */
function keep(path: string, kept: string): boolean {
  try {
    linkSync(path, kept);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    copyFileSync(path, kept, constants.COPYFILE_EXCL);
  }
  return true;
}

/** Some file systems have no such thing; the files are written by then. */
function syncFolder(directory: string): void {
  try {
    const folder = openSync(directory, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // As good as it gets here.
  }
}

/** Says which file it is about, and what to do. */
function told(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause) ?? '');
    const [what, hint] = isFull
      ? ['the disk is full', 'Make room there, or give another folder with --out.']
      : codeOf(cause) === 'ENOENT'
        ? ['its folder is gone', 'Leave the folder of --out there while the bench runs.']
        : [
            messageOf(cause),
            'Check that you may write in that folder and replace what is in it, or give another one with --out.',
          ];
    throw new IngestError(isFull ? 'ERR_STORE_FULL' : 'ERR_EXPORT', `cannot write ${path}: ${what}`, {
      hint: `${hint} ${measuredHint}`,
      cause,
    });
  }
}
