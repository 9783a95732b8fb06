import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IngestError, messageOf } from '../../../src/errors.js';
import type { BenchResults } from '../results.js';
import { benchPage } from './html.js';
import type { reportFiles } from './out-folder.js';
import { traceOf } from './trace.js';

const contents: Readonly<Record<(typeof reportFiles)[number], (results: BenchResults) => string>> = {
  'results.json': (results) => `${JSON.stringify(results)}\n`,
  'report.html': benchPage,
  'trace.json': (results) => `${JSON.stringify(traceOf(results))}\n`,
};

/** Writes the files of a report into a folder that is there, and answers their paths. Throws `ERR_STORE_FULL` when they cannot be written. */
export function writeReport(results: BenchResults, directory: string): string[] {
  return Object.entries(contents).map(([name, contentOf]) => {
    const path = join(directory, name);
    const content = contentOf(results);
    try {
      writeFileSync(path, content);
    } catch (cause) {
      throw new IngestError('ERR_STORE_FULL', `cannot write ${path}: ${messageOf(cause)}`, {
        hint: 'Make room there, or give another folder with --out. What was measured is in the output of the command.',
        cause,
      });
    }
    return path;
  });
}
