import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `work` with a folder of its own among the temporary files, which is gone afterwards, also when the process ends in the middle. */
export async function inThrowAwayFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kosh-ingest-dry-run-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // A second Ctrl-C ends the process at once.
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
