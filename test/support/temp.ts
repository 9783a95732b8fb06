import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory of the test's own, removed when it ends; `parent` is another one than that of temporary files. */
export function tempDirectory(t: TestContext, parent: string = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'kosh-ingest-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
