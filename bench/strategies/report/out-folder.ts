import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { codeOf, IngestError, messageOf } from '../../../src/errors.js';
import { resultsFormat } from '../results.js';

/** The files of a report, which a later run replaces. */
export const reportFiles = ['results.json', 'report.html', 'trace.json'] as const;

/** A folder that a report can be written into. */
export interface OutFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes sure, before anything is measured, that a report can be written: the folder is made when it is missing, and files can be made in it. A report that is there is
 * one of the bench, as its `results.json` shows, and may be replaced. Disposed of, the folders that were made here are removed again if nothing was
 * written into them.
 *
 * @throws IngestError `ERR_USAGE`
 */
export function checkOut(directory: string): OutFolder {
  const path = resolve(directory);
  const made: string[] = [];
  const folder: OutFolder = {
    path,
    [Symbol.dispose]() {
      try {
        for (const one of made) rmdirSync(one);
      } catch {
        // Something is in it.
      }
    },
  };
  try {
    const first = mkdirSync(path, { recursive: true });
    // From the innermost one out.
    for (let one = path; first !== undefined; one = dirname(one)) {
      made.push(one);
      if (one === resolve(first)) break;
    }
    // The rights alone do not tell: a file system can be read-only.
    rmdirSync(mkdtempSync(join(path, '.kosh-bench-')));
  } catch (cause) {
    folder[Symbol.dispose]();
    const isFile = ['EEXIST', 'ENOTDIR'].includes(codeOf(cause) ?? '');
    throw refusal(directory, isFile ? 'is a file or lies in one' : `cannot be written: ${messageOf(cause)}`, {
      hint: 'give a folder that you may write in, or one that can be made',
      cause,
    });
  }
  const found = reportFiles.find((name) => existsSync(join(path, name)));
  if (found !== undefined && !isOurs(join(path, 'results.json'))) {
    throw refusal(directory, `holds a ${found} that is not of kosh-ingest bench`, {
      hint: 'give another folder, or move the file away',
    });
  }
  return folder;
}

/** Of any version: it is replaced, not read. */
function isOurs(file: string): boolean {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof content === 'object' && content !== null && 'format' in content && content.format === resultsFormat.format;
  } catch {
    return false;
  }
}

function refusal(directory: string, message: string, details: { readonly hint: string; readonly cause?: unknown }): IngestError {
  return new IngestError('ERR_USAGE', `--out: ${directory} ${message}`, details);
}
