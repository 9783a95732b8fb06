import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';
import { runCli } from './support/cli.js';
import { dumpStore, integrityProblems } from './support/dump.js';
import { cases } from './support/if-exists-cases.js';
import { assertMet, changesNothing, meetHere } from './support/meet-store.js';
import { tempDirectory } from './support/temp.js';

function rawsIn(store: string): Map<string, string> {
  const db = new Database(store, { readonly: true });
  try {
    const rows = db.prepare('SELECT id, CAST(raw AS TEXT) AS raw FROM Record').all() as { id: string; raw: string }[];
    return new Map(rows.map(({ id, raw }) => [id, raw]));
  } finally {
    db.close();
  }
}

/** What is wrong, one by one: several with one record are in one line of the rejects file. */
function problemsIn(path: string): Reject[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.flatMap((line) => {
    const reject = JSON.parse(line) as Reject & { more?: Reject[] };
    return [reject, ...(reject.more ?? [])];
  });
}

for (const one of cases) {
  test(`--if-exists ${one.way}: ${one.name}`, async (t) => {
    const cwd = tempDirectory(t);
    const store = join(cwd, 's.sqlite');
    const first = await meetHere(store, cwd, [one.existing], { ifExists: 'error', streamed: false });
    assert.deepEqual(first.rejects, []);
    const before = dumpStore(store);
    for (const [n, text] of one.input.entries()) writeFileSync(join(cwd, `in${n}.json`), text);
    const args = ['load', ...one.input.map((_, n) => `in${n}.json`), '--store', 's.sqlite', '--if-exists', one.way, '--json'];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.equal(code, one.rejects ? 3 : 0, stderr);
    const { existing, records, relationships } = JSON.parse(stdout) as LoadSummary;
    const there = existing.skipped + existing.replaced + existing.merged;
    assert.equal(records.read, records.inserted + records.rejected + there);
    const rejects = one.rejects ? problemsIn(join(cwd, 's.sqlite.rejects.jsonl')) : [];
    const inserted = { records: records.inserted, relationships: relationships.inserted };
    assertMet(one, { existing, inserted, rejects }, rawsIn(store));
    assert.deepEqual(integrityProblems(store), []);
    if (changesNothing(one)) assert.deepEqual(dumpStore(store), before);
  });

  for (const streamed of [false, true]) {
    test(`${streamed ? 'large documents' : 'one batch'}, ${one.way}: ${one.name}`, async (t) => {
      const directory = tempDirectory(t);
      const store = join(directory, 's.sqlite');
      await meetHere(store, directory, [one.existing], { ifExists: 'error', streamed });
      const before = dumpStore(store);
      const met = await meetHere(store, directory, one.input, { ifExists: one.way, streamed });
      assertMet(one, met, rawsIn(store));
      assert.deepEqual(integrityProblems(store), []);
      if (changesNothing(one)) assert.deepEqual(dumpStore(store), before);
    });
  }
}
