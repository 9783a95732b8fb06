import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { storeInfoId, userId } from '../src/records/kosh.js';
import type { Reject } from '../src/sources/source.js';
import { dumpStore, goldenRows, integrityProblems } from './support/dump.js';
import { fixtures } from './support/fixtures.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

const golden = fileURLToPath(new URL('golden/sina/', fixtures));
const documents = readdirSync(golden).filter((name) => /^\d.*(?<!rows)\.json$/.test(name));
const refused = readdirSync(golden).filter((name) => /^b.*(?<!error)\.json$/.test(name));
const koshIds = [storeInfoId, userId('default'), userId('anonymous')];

function withoutKosh(lines: string[]): string[] {
  return lines.filter((line) => !koshIds.includes((JSON.parse(line) as { id?: string }).id ?? ''));
}

/** Ids that differ from run to run, by order of appearance: the record with data, then the one without. */
function withoutUuids(lines: string[]): string[] {
  const names = new Map<string, string>();
  for (const line of lines) {
    const { table, id, name } = JSON.parse(line) as Record<string, string>;
    if (table === 'ScalarData' && name === 'x' && id) names.set(id, 'local a');
  }
  const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  return lines.map((line) => line.replace(uuid, (id) => names.get(id) ?? 'local b')).sort();
}

assert.equal(documents.length, 12);
assert.equal(refused.length, 18);

for (const name of documents) {
  test(`${name} leaves the rows that the reference leaves`, async (t) => {
    const config = loadConfigFor(tempDirectory(t), { inputs: [join(golden, name)] });
    const [result] = await loadHere(config);
    assert.deepEqual(result?.rejects, []);
    const rows = withoutKosh(dumpStore(config.store));
    const expected = goldenRows(join(golden, name.replace('.json', '.rows.jsonl')));
    assert.deepEqual(withoutUuids(rows), withoutUuids(expected));
    assert.deepEqual(integrityProblems(config.store), []);
  });
}

for (const name of refused) {
  test(`${name} is refused with file, place, what was found and what is expected; nothing of it is left`, async (t) => {
    const config = loadConfigFor(tempDirectory(t), { inputs: [join(golden, name)] });
    const [result] = await loadHere(config);
    assert.ok(result && result.rejects.length > 0);
    for (const reject of result.rejects) {
      assert.equal(reject.file, join(golden, name));
      for (const key of ['code', 'message', 'found', 'expected'] as const)
        assert.ok(reject[key], `${key} of ${JSON.stringify(reject)}`);
      assert.ok(reject.pointer.startsWith('/') || reject.offset !== undefined);
    }
    assert.deepEqual(withoutKosh(dumpStore(config.store)), []);
    assert.equal(result.inserted.records, 0);
  });
}

test('a refused document leaves the others of its chunk alone', async (t) => {
  const config = loadConfigFor(tempDirectory(t), { inputs: [join(golden, '*.json')] });
  const results = await loadHere(config);
  const loaded = withoutKosh(dumpStore(config.store)).filter((line) => line.includes('"table":"Record"'));
  const ids = loaded.map((line) => (JSON.parse(line) as { id: string }).id).filter((id) => !/^[0-9a-f-]{36}$/.test(id));
  assert.deepEqual(
    ids.sort(),
    ['big', 'c1', 'c2', 'ds', 'ens', 'f1', 'global', 'l1', 'lib1', 'r1', 'r2', 'run1', 'x', 'ключ-😀'].sort(),
  );
  const files = new Set(results.flatMap((result) => result.rejects.map((reject) => reject.file)));
  // With the .error.json beside them, which are no documents.
  assert.equal(files.size, 2 * refused.length);
});

interface Case {
  readonly name: string;
  readonly files: Record<string, unknown>;
  readonly inserted: number;
  readonly rejects: Partial<Reject>[];
}

const record = (id: string, extra: object = {}) => ({ id, type: 't', ...extra });
const link = (subject: string, object: string) => ({ subject, predicate: 'p', object });

const cases: Case[] = [
  {
    name: 'a relationship that comes twice refuses its document alone',
    files: {
      'a.json': { records: [record('a')] },
      'b.json': { records: [record('b'), record('c')], relationships: [link('b', 'c'), link('b', 'c')] },
      'd.json': { records: [record('d')], relationships: [link('d', 'a')] },
    },
    inserted: 2,
    rejects: [{ code: 'ERR_RELATIONSHIP_EXISTS', pointer: '/relationships/1' }],
  },
  {
    name: 'a record of an earlier document refuses the later one',
    files: { 'a.json': { records: [record('a')] }, 'b.json': { records: [record('b'), record('a')] } },
    inserted: 1,
    rejects: [{ code: 'ERR_RECORD_EXISTS', pointer: '/records/1/id', recordId: 'a' }],
  },
  {
    name: 'a document that refers to a refused one is refused as well, in whatever order',
    files: {
      'a.json': { records: [record('c')], relationships: [link('c', 'b')] },
      'b.json': { records: [record('b')], relationships: [link('b', 'a')] },
      'c.json': { records: [record('a'), record('a')] },
    },
    inserted: 0,
    rejects: [
      { code: 'ERR_MISSING_ENDPOINT', pointer: '/relationships/0/object' },
      { code: 'ERR_MISSING_ENDPOINT', pointer: '/relationships/0/object' },
      { code: 'ERR_RECORD_EXISTS', pointer: '/records/1/id' },
    ],
  },
  {
    name: 'relationships may stand before the records, and name local ids',
    files: {
      'a.json': {
        relationships: [{ local_subject: 'l', predicate: 'p', object: 'a' }],
        records: [record('a'), { local_id: 'l', type: 't' }],
      },
    },
    inserted: 2,
    rejects: [],
  },
  {
    name: 'every record that is wrong is listed',
    files: { 'a.json': { records: [record('a', { data: { x: 1 } }), record('b'), 5, record('c', { files: { u: 1 } })] } },
    inserted: 0,
    rejects: [
      { pointer: '/records/0/data/x', recordId: 'a' },
      { pointer: '/records/2' },
      { pointer: '/records/3/files/u', recordId: 'c' },
    ],
  },
];

for (const { name, files, inserted, rejects } of cases) {
  test(name, async (t) => {
    const directory = tempDirectory(t);
    for (const [file, document] of Object.entries(files)) writeFileSync(join(directory, file), JSON.stringify(document));
    const config = loadConfigFor(directory, { inputs: [directory] });
    const [result] = await loadHere(config);
    assert.equal(result?.inserted.records, inserted);
    assert.equal(result?.rejects.length, rejects.length, JSON.stringify(result?.rejects));
    for (const [n, expected] of rejects.entries()) {
      const actual = result?.rejects[n] as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(expected)) assert.equal(actual[key], value, JSON.stringify(actual));
    }
    assert.deepEqual(integrityProblems(config.store), []);
    assert.equal(dumpStore(config.store).filter((line) => line.includes('"table":"Record"')).length, inserted + koshIds.length);
  });
}

test('raw keeps every value as it was written', async (t) => {
  const directory = tempDirectory(t);
  const data = '{"10":{"value":1.0},"2":{"value":-0.0},"__proto__":{"value":1152921504606846977},"é":{"value":1e2}}';
  const input = join(directory, 'a.json');
  writeFileSync(input, `{"records": [ {"type":"t", "extra" : [1.50, 9007199254740993], "id":"a", "data": ${data}} ]}`);
  const config = loadConfigFor(directory, { inputs: [input] });
  await loadHere(config);
  const raw = dumpRaw(config.store, 'a');
  assert.equal(
    raw,
    `{"id":"a","type":"t","data":${data},"curve_sets":{},"library_data":{},"files":{},"user_defined":{},"extra":[1.50,9007199254740993]}`,
  );
});

function dumpRaw(store: string, id: string): string {
  const db = new Database(store, { readonly: true });
  try {
    return db.prepare('SELECT raw FROM Record WHERE id = ?').pluck().get(id) as string;
  } finally {
    db.close();
  }
}

test('a document larger than memory allows is written as it is read', async (t) => {
  const directory = tempDirectory(t);
  const input = join(directory, 'large.json');
  const records = Array.from({ length: 12_000 }, (_, n) => ({
    local_id: `r${n}`,
    type: 't',
    data: { n: { value: n } },
    pad: 'x'.repeat(800),
  }));
  const relationships = records
    .slice(1)
    .map((_, n) => ({ local_subject: `r${n + 1}`, predicate: 'follows', local_object: `r${n}` }));
  writeFileSync(input, JSON.stringify({ relationships, records }));
  assert.ok(readFileSync(input).length > 9 * 2 ** 20);
  const config = loadConfigFor(directory, { inputs: [input] });
  const [result] = await loadHere(config);
  assert.deepEqual(result?.rejects, []);
  assert.deepEqual(result?.inserted, { records: 12_000, relationships: 11_999 });
  assert.equal(result?.acquisitions.length, 1);
  assert.deepEqual(integrityProblems(config.store), []);

  const broken: [string, object, Partial<Reject>][] = [
    ['a bad record near the end', { records: [...records, record('z', { data: 1 })] }, { pointer: '/records/12000/data' }],
    [
      'a relationship to nowhere',
      { relationships: [...relationships, link('nowhere', 'nowhere2')], records },
      { pointer: '/relationships/11999/subject' },
    ],
    [
      'a relationship twice',
      { records: [...records, record('y')], relationships: [link('y', 'y'), link('y', 'y')] },
      { code: 'ERR_RELATIONSHIP_EXISTS' },
    ],
    ['a record twice', { records: [...records, record('w'), record('w')] }, { code: 'ERR_RECORD_EXISTS', recordId: 'w' }],
  ];
  const before = dumpStore(config.store);
  for (const [what, document, expected] of broken) {
    writeFileSync(input, JSON.stringify(document));
    const [answer] = await loadHere(config);
    assert.equal(answer?.inserted.records, 0, what);
    assert.ok(answer?.rejects[0], what);
    assert.deepEqual({ ...answer.rejects[0], ...expected }, answer.rejects[0], what);
    assert.deepEqual(dumpStore(config.store), before, what);
  }
});
