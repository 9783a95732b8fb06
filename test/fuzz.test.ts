import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { load } from '../src/ingest/load.js';
import type { Reject } from '../src/sources/source.js';
import { integrityProblems } from './support/dump.js';
import { arbitraryDocument, arbitraryLines, arbitraryTable, type Input, mutatedBytes } from './support/hostile-inputs.js';
import { loadConfigFor } from './support/session.js';

/** Of a finding: `KOSH_INGEST_FAULT_SEED=N` runs it again. */
const seed = Number(process.env.KOSH_INGEST_FAULT_SEED ?? 20_261_128);
const runs = { seed, numRuns: 12, endOnFailure: true };

/** Loads inputs into a new store, and looks at everything that has to be true whatever they hold. */
async function loadHostile(inputs: readonly Input[]): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), 'kosh-ingest-fuzz-'));
  try {
    for (const { name, bytes } of inputs) writeFileSync(join(cwd, name), bytes);
    const names = inputs.map(({ name }) => join(cwd, name));
    const summary = await load(loadConfigFor(cwd, { inputs: names, workers: 2, lockStrategy: 'RFileLock' }));
    const rejects = readRejects(summary.rejects.file);
    assert.equal(rejects.length, summary.rejects.count);
    const store = join(cwd, 'store.sqlite');
    assert.deepEqual(integrityProblems(store), []);
    const db = new Database(store, { readonly: true });
    const ids = new Set(db.prepare('SELECT id FROM Record').pluck().all() as string[]);
    assert.equal(ids.size, summary.records.inserted + 3, 'counted as inserted, and in the store');
    const journals = db.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'kosh_ingest%'").all();
    db.close();
    assert.deepEqual(journals, [], 'no journal is left');
    for (const input of inputs) checkInput(input, { ids, rejects: rejects.filter(({ file }) => file === join(cwd, input.name)) });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function readRejects(file: string | null): Reject[] {
  if (file === null) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  return lines.map((line) => JSON.parse(line) as Reject);
}

/** Each unit is in whole, or has a reject: never half, never neither. */
function checkInput({ name, units }: Input, { ids, rejects }: { ids: ReadonlySet<string>; rejects: readonly Reject[] }): void {
  for (const reject of rejects)
    assert.ok(reject.message && reject.code && typeof reject.pointer === 'string', JSON.stringify(reject));
  for (const unit of units) {
    const there = unit.ids.filter((id) => ids.has(id));
    const refused = rejects.some(({ line }) => unit.line === undefined || line === unit.line);
    if (unit.isBroken) {
      assert.ok(rejects.length > 0, `${name} is no JSON, and there is no reject`);
      const own = `${name.replace(/\..*/, '')}_`;
      assert.deepEqual(
        [...ids].filter((id) => id.startsWith(own)),
        [],
        `${name} is no JSON, and something of it is in`,
      );
      continue;
    }
    const what = `${name}${unit.line === undefined ? '' : `:${unit.line}`}: ${there.length} of ${unit.ids.length} records are in`;
    if (refused) assert.equal(there.length, 0, `${what}, and it is among the rejects`);
    else assert.equal(there.length, unit.ids.length, `${what}, and there is no reject`);
  }
}

describe('whatever an input holds, nothing crashes, no unit is half in, no reject is lost', () => {
  test('documents that are as they should be, but for some', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryDocument, { minLength: 20, maxLength: 60 }), (documents) =>
        loadHostile(documents.map((make, n) => make(`d${n}`))),
      ),
      runs,
    );
  });

  test('documents with bytes changed, cut out, repeated or cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(arbitraryDocument, mutatedBytes), { minLength: 20, maxLength: 60 }), (documents) =>
        loadHostile(documents.map(([make, mutate], n) => mutate(make(`d${n}`)))),
      ),
      runs,
    );
  });

  test('JSON Lines of which some are anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryLines, { minLength: 1, maxLength: 4 }), (files) =>
        loadHostile(files.map((make, n) => make(`l${n}`))),
      ),
      runs,
    );
  });

  test('delimited text of which some rows are anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryTable, { minLength: 1, maxLength: 4 }), (files) =>
        loadHostile(files.map((make, n) => make(`t${n}`))),
      ),
      runs,
    );
  });

  test('bytes without any sense, under every name', async () => {
    const names = ['x.json', 'x.jsonl', 'x.csv', 'x.json.gz', 'x.jsonl.gz', 'x.csv.gz', 'x'];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.constantFrom(...names), async (bytes, name) => {
        await loadHostile([{ name, bytes: Buffer.from(bytes), units: [] }]).catch((error: { code?: string }) => {
          // An input that is no text at all may end the load before it has begun: with an error that says so.
          if (error.code !== 'ERR_INPUT') throw error;
        });
      }),
      runs,
    );
  });
});
