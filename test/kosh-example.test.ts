import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { golden } from './support/documents.js';
import { dumpStore, goldenRows } from './support/dump.js';
import { tempDirectory } from './support/temp.js';

const fromDist = import.meta.url.includes('/dist/test/');
// The compiled one, also from the sources: it imports the package by its name, which is what was built.
const example = fileURLToPath(new URL(`${fromDist ? '../' : '../dist/'}examples/threadsafe.js`, import.meta.url));

for (const strategy of ['RFileLock', 'OnlyRetry', 'None']) {
  test(`the notebook through ${strategy}: the store has the rows that Kosh wrote, also when it is run again`, async (t) => {
    const cwd = tempDirectory(t);
    const env = { PATH: process.env.PATH, HOME: cwd, USER: 'default' };
    for (let run = 0; run < 2; run++) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [example, strategy, 's.sqlite'], { cwd, env });
      assert.match(stdout, new RegExp(`^s\\.sqlite: 100 datasets.* ${strategy}\n$`));
      assert.equal(stderr, '');
      const rows = dumpStore(join(cwd, 's.sqlite'));
      assert.deepEqual(rows, goldenRows(fileURLToPath(golden('kosh/notebook_10x10.rows.jsonl'))));
    }
    assert.deepEqual(readdirSync(cwd), ['s.sqlite'], 'something was left behind');
  });
}
