import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { connect, type Dataset, type Ensemble, type ErrorCode, exists, type Store } from '../src/index.js';
import { golden, koshCase } from './support/documents.js';
import { dumpStore, goldenRows } from './support/dump.js';
import { all, idsOf, newStore, refused } from './support/kosh.js';
import { dumpMariadb } from './support/mariadb-store.js';

const rowsFile = fileURLToPath(golden('kosh/behaviours.rows.jsonl'));
const names = (JSON.parse(readFileSync(golden('kosh/behaviours.json'), 'utf8')) as { case: string }[]).map((one) => one.case);

const uuids = /"[0-9a-f]{32}"/g;
const users = ['294de3557d9d00b3d2d8a1e6aab028cf', 'c21f969b5f03d33d43e04f8f136e7682'];

/** The record of the file and the dataset that was given no id have another id each time. */
function renamed(lines: string[]): string[] {
  const isFile = (line: string) => line.includes('"table":"Record"') && line.includes('"type":"file"');
  const fileId = (JSON.parse(lines.find(isFile) ?? '{}') as { id?: string }).id;
  const rename = (id: string) => (users.includes(id.slice(1, -1)) ? id : id === `"${fileId}"` ? '"a file"' : '"a dataset"');
  return lines.map((line) => line.replace(uuids, rename)).sort();
}

/** A new store of an engine, and what is in it. */
interface Engine {
  readonly name: string;
  readonly missing?: string | undefined;
  open(t: TestContext): Promise<{ readonly store: Store; dump(): string[] | Promise<string[]> }>;
}

const sqlite: Engine = {
  name: 'SQLite',
  open: async (t) => {
    const { path, store } = await newStore(t);
    return { store, dump: () => dumpStore(path) };
  },
};

const mariadb: Engine = {
  name: 'MariaDB',
  missing: mariadbMissing(),
  open: async (t) => {
    const server = await startServer();
    t.after(() => server.remove());
    const url = server.url(await server.freshDatabase());
    const store = await connect(url, { username: 'default' });
    t.after(() => store.close());
    return { store, dump: () => dumpMariadb(url) };
  },
};

const title = 'the calls that Kosh was given, in the same order, have its answers and leave its rows';

for (const { name, missing, open } of [sqlite, mariadb]) {
  test(`${name}: ${title}`, { skip: missing ?? false, timeout: 60_000 }, async (t) => {
    const { store, dump } = await open(t);
    await doAsKosh(store);
    assert.deepEqual(renamed(await dump()), renamed(goldenRows(rowsFile)));
  });
}

/** What Kosh was told to do, with its answers. */
async function doAsKosh(store: Store): Promise<void> {
  const done: string[] = [];
  /** Kosh answered the same. */
  const same = async (name: string, call: () => Promise<unknown>) => {
    done.push(name);
    assert.ok(koshCase(name).ok, name);
    assert.deepEqual((await call()) ?? null, koshCase(name).result, name);
  };
  /** Kosh refused it, too. */
  const refuses = async (name: string, code: ErrorCode, call: () => Promise<unknown>) => {
    done.push(name);
    assert.ok(!koshCase(name).ok, name);
    return (await refused(code, call)).message;
  };
  const opened = async (id: string) => (await store.open(id)) as Ensemble;

  const shared = { root: '/p', n: 3, l: [1, 2], s: ['a', 'b'], f: 1.5, none: null };
  const ensemble = await store.createEnsemble({ id: 'E', name: 'ens', metadata: shared });
  let dataset: Dataset | undefined;
  await same('ensemble attributes', () => ensemble.attributes.all());
  await same('member inherits', async () => {
    dataset = await ensemble.create({ id: 'D', metadata: { a: 1 } });
    return dataset.attributes.all();
  });
  assert.ok(dataset);
  const d = dataset;
  await refuses('create duplicate dataset id', 'ERR_RECORD_EXISTS', () => ensemble.create({ id: 'D' }));
  await refuses('create dataset with id of an ensemble', 'ERR_RECORD_EXISTS', () => store.create({ id: 'E' }));
  const other = { id: 'D2', metadata: { root: '/x' } };
  await refuses('member with conflicting attribute', 'ERR_ENSEMBLE_ATTRIBUTE', () => ensemble.create(other));
  await same('conflicting member left behind', () => idsOf(ensemble.members()));
  await same('member with equal attribute', async () => (await ensemble.create({ id: 'D3', metadata: { root: '/p' } })).id);
  await refuses('ensemble from ensemble', 'ERR_ENSEMBLE', () => ensemble.create({ id: 'EE', sinaType: 'kosh_ensemble' }));
  await refuses('second ensemble shares an attribute', 'ERR_ENSEMBLE_ATTRIBUTE', async () => {
    await (await store.createEnsemble({ id: 'E2', metadata: { root: '/p' } })).add(d);
  });
  await same('second ensemble disjoint attributes', async () => {
    const third = await store.createEnsemble({ id: 'E3', metadata: { other: 1 } });
    assert.equal(await third.add(d), true);
  });
  await same('ensembles of D', async () => (await d.ensembles()).map(({ id }) => id));
  await same('members of E', () => all(ensemble.memberIds()));
  const root = () => d.attributes.set('root', '/q');
  await refuses('set ensemble-owned attribute on member', 'ERR_ENSEMBLE_ATTRIBUTE', root);
  await same('set attribute on ensemble', () => ensemble.attributes.set('late', 'v'));
  await same('member sees it', () => d.attributes.all());
  await same('find by attribute', () => idsOf(store.find({ data: { root: '/p' } })));
  await same('find attribute present', () => all(store.find({ data: { a: exists() }, idsOnly: true })));
  await same('find ensembles', () => idsOf(store.findEnsembles()));
  await same('associate', async () => {
    const sha = goldenRows(rowsFile).find((line) => line.includes('"name":"fast_sha"'));
    const { value } = JSON.parse(sha ?? '{}') as { value: string };
    return (await d.associate('/somewhere/x.txt', 'txt', { metadata: { fast_sha: value } })).length === 32;
  });
  await same('associated', async () => (await d.files()).length);
  await same('delete D3', () => store.delete('D3'));
  await refuses('open missing', 'ERR_RECORD_NOT_FOUND', () => store.open('nope'));
  await same('remove from ensemble', async () => {
    assert.equal(await (await opened('E3')).remove(d), true);
  });
  await same('delete ensemble', () => store.delete('E3'));
  await same('left', async () => [await idsOf(store.find()), await idsOf(store.findEnsembles())]);
  await same('id none gives uuid4 hex', async () => {
    const { id } = await store.create();
    assert.match(id, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    return id.length;
  });
  const dict = { id: 'dd', metadata: { x: { a: 1 } as never } };
  assert.match(await refuses('dict attribute', 'ERR_RECORD', () => store.create(dict)), /"x"/);
  await same('bool attribute', async () => (await store.create({ id: 'db', metadata: { x: true } })).attributes.all());
  const mixed = { id: 'dm', metadata: { x: [1, 'a'] as never } };
  assert.match(await refuses('mixed list attribute', 'ERR_RECORD', () => store.create(mixed)), /"x"/);

  assert.deepEqual(done, names);
}
