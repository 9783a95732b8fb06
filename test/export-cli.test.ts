import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { exportConfig } from '../src/config/export-options.js';
import { connect, type ExportedDocument } from '../src/index.js';
import { runCli } from './support/cli.js';
import { golden } from './support/documents.js';
import { dumpStore } from './support/dump.js';
import { hostileNames } from './support/hostile-names.js';
import { newStore, refused } from './support/kosh.js';
import { signalPoint } from './support/lock-directory.js';
import { dumpMariadb } from './support/mariadb-store.js';
import { tempDirectory } from './support/temp.js';

const predicate = 'is a member of ensemble';
const main = fileURLToPath(new URL(`../src/cli/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));
const documents = readdirSync(fileURLToPath(golden('sina/')))
  .filter((name) => /^\d.*(?<!rows)\.json$/.test(name))
  .map((name) => fileURLToPath(golden(`sina/${name}`)));

/** Two ensembles that share a member and a file, a dataset in none, and relationships across. */
async function fill(uri: string): Promise<void> {
  await using store = await connect(uri, { username: 'default' });
  const one = await store.createEnsemble({ id: 'one', metadata: { root: '/p' } });
  const two = await store.createEnsemble({ id: 'two' });
  await one.createMany([{ id: 'a', metadata: { t: 300 } }, { id: 'b' }]);
  await two.create({ id: 'c' });
  await two.add('b');
  await store.create({ id: 'alone', sinaType: 'mine' });
  await store.associate('a', ['/of/a', '/shared'], 'txt');
  await store.associate('c', '/shared', 'txt');
  await store.associate('one', '/of/one', 'txt');
  await store.associate('alone', '/of/alone', 'txt');
  const made = (subject: string, object: string) => ({ subject, predicate: 'made', object });
  await store.importDocument({ records: [], relationships: [made('a', 'b'), made('a', 'alone'), made('alone', 'c')] });
}

async function exported(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['export', 's.sqlite', ...args], { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^kosh-ingest: exported [\d,]+ records? and [\d,]+ relationships? to stdout\n$/);
  return stdout;
}

/** What an export holds: files by their uri, relationships as one text each. */
function contentsOf({ records, relationships }: ExportedDocument): { records: string[]; relationships: string[] } {
  const uri = (record: ExportedDocument['records'][number]) =>
    (record.data as { uri?: { value: string } } | undefined)?.uri?.value;
  return {
    records: records.map((record) => (record.type === 'file' ? String(uri(record)) : record.id)).sort(),
    relationships: relationships
      .map((one) => `${one.subject} ${one.predicate === predicate ? 'in' : one.predicate} ${one.object}`)
      .sort(),
  };
}

function linesOf(text: string): Record<string, unknown>[] {
  assert.ok(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const whole = {
  records: ['/of/a', '/of/alone', '/of/one', '/shared', 'a', 'alone', 'b', 'c', 'one', 'two'],
  relationships: ['a in one', 'a made alone', 'a made b', 'alone made c', 'b in one', 'b in two', 'c in two'],
};
const ofOne = {
  records: ['/of/a', '/of/one', '/shared', 'a', 'b', 'one'],
  relationships: ['a in one', 'a made b', 'b in one'],
};
const filters: readonly (readonly [args: readonly string[], expected: typeof whole])[] = [
  [[], whole],
  [['--ensemble', 'one'], ofOne],
  [
    ['--ensemble', 'two,one'],
    {
      records: whole.records.filter((id) => !id.endsWith('alone')),
      relationships: whole.relationships.filter((text) => !text.includes('alone')),
    },
  ],
  [
    ['--type', 'dataset,mine'],
    { records: ['a', 'alone', 'b', 'c'], relationships: ['a made alone', 'a made b', 'alone made c'] },
  ],
  [['--id', 'one,a, alone'], { records: ['a', 'alone', 'one'], relationships: ['a in one', 'a made alone'] }],
  [['--ensemble', 'one', '--type', 'file'], { records: ['/of/a', '/of/one', '/shared'], relationships: [] }],
  [['--ensemble', 'one', '--type', 'dataset', '--id', '["a","c"]'], { records: ['a'], relationships: [] }],
  [['--type', 'kosh_ensemble', '--id', 'a'], { records: [], relationships: [] }],
  [['--type', 'nothing'], { records: [], relationships: [] }],
];

/** What the flags mean to a program. */
function filterOf(args: readonly string[]) {
  const { ensemble, type, id } = exportConfig({ flags: { store: 's', ...flagsOf(args) } });
  return { ensembles: ensemble, types: type, ids: id };
}

function flagsOf(args: readonly string[]): Record<string, string> {
  return Object.fromEntries(args.flatMap((arg, n) => (n % 2 === 0 ? [[arg.slice(2), args[n + 1] as string]] : [])));
}

test('filters name what is exported, alone and together, as a document and as JSON Lines', async (t) => {
  const cwd = tempDirectory(t);
  await fill(join(cwd, 's.sqlite'));
  await using store = await connect(join(cwd, 's.sqlite'), { readOnly: true });
  for (const [args, expected] of filters) {
    const document = await store.export(filterOf(args));
    assert.deepEqual(Object.keys(document), ['records', 'relationships']);
    assert.deepEqual(contentsOf(document), expected, args.join(' '));
    const out = new PassThrough({ highWaterMark: 1 << 20 });
    await store.exportTo(out, { ...filterOf(args), form: 'jsonl' });
    const lines = linesOf(String(out.read() ?? ''));
    assert.deepEqual(lines, [...document.records, ...document.relationships]);
    for (const record of lines.slice(0, document.records.length))
      assert.deepEqual(Object.keys(record).slice(0, 2), ['id', 'type']);
  }
  const args = ['--ensemble', 'two,one', '--type', 'dataset', '--id', '["a", "b", "one"]'];
  assert.deepEqual(contentsOf(JSON.parse(await exported(cwd, ...args)) as ExportedDocument), {
    records: ['a', 'b'],
    relationships: ['a made b'],
  });
});

test("in Kosh's own form single datasets keep their memberships, and the heading is Kosh's", async (t) => {
  const cwd = tempDirectory(t);
  await fill(join(cwd, 's.sqlite'));
  await using store = await connect(join(cwd, 's.sqlite'), { readOnly: true });
  const single = JSON.parse(await exported(cwd, '--format', 'kosh', '--id', 'b')) as ExportedDocument;
  assert.equal(single.sources_type, 'file');
  assert.deepEqual(contentsOf(single), { records: ['b'], relationships: ['b in one', 'b in two'] });
  assert.deepEqual(contentsOf(await store.export({ form: 'kosh', ensembles: 'one' })), ofOne);
  const ensemble = await store.open('one');
  assert.deepEqual(contentsOf(await ensemble.export({ form: 'kosh' })), ofOne);
});

for (const format of ['sina', 'kosh']) {
  test(`what is exported (${format}) and loaded into a new store has the same rows`, async (t) => {
    const cwd = tempDirectory(t);
    await runCli(['load', '--store', 's.sqlite', '--ensembles', '3', '--datasets', '4', '--attributes', '3'], { cwd });
    const loaded = await runCli(['load', ...documents, '--store', 's.sqlite'], { cwd });
    assert.equal(loaded.code, 0, loaded.stderr);
    await fill(join(cwd, 's.sqlite'));
    {
      await using store = await connect(join(cwd, 's.sqlite'), { username: 'default' });
      await store.createMany(hostileNames.map((name) => ({ id: name, sinaType: `t${name}`, metadata: { text: name } })));
    }
    const { code, stderr } = await runCli(['export', 's.sqlite', '--output', 'out.json.gz', '--format', format], { cwd });
    assert.equal(code, 0, stderr);
    const text = gunzipSync(readFileSync(join(cwd, 'out.json.gz'))).toString('utf8');
    writeFileSync(join(cwd, 'out.json'), text);
    const back = await runCli(['load', 'out.json', '--store', 'new.sqlite'], { cwd });
    assert.equal(back.code, 0, back.stderr);
    assert.deepEqual(dumpStore(join(cwd, 'new.sqlite')), dumpStore(join(cwd, 's.sqlite')));
  });
}

test('names of any kind are found, also those with commas and quotes', async (t) => {
  const { store, directory } = await newStore(t);
  await store.createMany(hostileNames.map((name) => ({ id: name, sinaType: name })));
  for (const flag of ['--id', '--type']) {
    const lines = linesOf(await exported(directory, flag, JSON.stringify(hostileNames), '--format', 'jsonl'));
    assert.deepEqual(new Set(lines.map(({ id }) => id)), new Set(hostileNames));
  }
});

test('JSON Lines has a record a line, however its text is laid out', async (t) => {
  const { path, store } = await newStore(t);
  const db = new Database(path);
  const raw =
    '{\r\n  "id": "a",\n  "type": "t",\n  "data": {\n "s": { "value":\n "x\\ny" }\n},\n "more": { "n": 1.0,\r\n "big": 12345678901234567890 }\n}';
  db.prepare('INSERT INTO Record VALUES (?, ?, ?)').run('a', 't', raw);
  db.close();
  const out = new PassThrough();
  const counts = await store.exportTo(out, { form: 'jsonl' });
  assert.deepEqual(counts, { records: 1, relationships: 0 });
  const text = String(out.read());
  assert.equal(text.indexOf('\n'), text.length - 1);
  assert.deepEqual(JSON.parse(text), JSON.parse(raw));
  assert.match(text, /"n": *1\.0, *"big": *12345678901234567890/);
  assert.ok(!out.writableEnded, 'the stream is its owner’s to end');
});

test('what cannot be done is refused before anything is written', async (t) => {
  const cwd = tempDirectory(t);
  await fill(join(cwd, 's.sqlite'));
  mkdirSync(join(cwd, 'folder'));
  assert.equal(spawnSync('mkfifo', [join(cwd, 'pipe')]).status, 0);
  writeFileSync(join(cwd, 'there.json'), 'mine');
  const before = dumpStore(join(cwd, 's.sqlite'));
  const files = readdirSync(cwd).sort();
  for (const [args, code, words] of [
    [['--id', 'a,nobody'], 1, /no record with the id "nobody"/],
    [['--output', 'there.json'], 1, /there\.json exists already\n.*--overwrite/],
    [['--overwrite'], 2, /without --output/],
    [['other.sqlite'], 2, /export takes one store/],
  ] as const) {
    const result = await runCli(['export', 's.sqlite', ...args], { cwd });
    assert.deepEqual([result.code, result.stdout], [code, ''], `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, words);
  }
  for (const [flags, words] of [
    [{ id: '' }, /--id: expected/],
    [{ type: 'a,,b' }, /--type: expected/],
    [{ ensemble: '[]' }, /--ensemble: expected/],
    [{ format: 'csv' }, /--format: expected one of sina, kosh, jsonl/],
  ] as const) {
    assert.throws(() => exportConfig({ flags: { store: 's', ...flags } }), { code: 'ERR_USAGE', message: words });
  }
  await using store = await connect(join(cwd, 's.sqlite'), { readOnly: true });
  await refused('ERR_RECORD_NOT_FOUND', () => store.export({ ensembles: ['one', 'nobody'] }));
  await refused('ERR_EXPORT', () => store.export({ ensembles: 'a' }));
  for (const [path, words] of [
    ['folder', /folder is no file/],
    ['pipe', /pipe is no file/],
    ['no/such/x.json', /cannot write .*no\/such\/x\.json: ENOENT/],
    ['s.sqlite', /s\.sqlite is the store itself/],
    ['folder/../s.sqlite-journal', /is a file of the store/],
  ] as const) {
    const error = await refused('ERR_EXPORT', () => store.exportFile(resolve(cwd, path), { overwrite: true }));
    assert.match(error.message, words);
  }
  await refused('ERR_RECORD_NOT_FOUND', () => store.exportFile(join(cwd, 'there.json'), { overwrite: true, ids: 'nobody' }));
  assert.deepEqual(readdirSync(cwd).sort(), files);
  assert.equal(readFileSync(join(cwd, 'there.json'), 'utf8'), 'mine');
  assert.deepEqual(dumpStore(join(cwd, 's.sqlite')), before);
  const quiet = await runCli(['export', 's.sqlite', '--output', 'there.json', '--overwrite', '--quiet'], { cwd });
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, '', '']);
  assert.deepEqual(contentsOf(JSON.parse(readFileSync(join(cwd, 'there.json'), 'utf8')) as ExportedDocument), whole);
});

test('a program filters in the same way', async (t) => {
  const { store } = await newStore(t);
  await store.createEnsemble({ id: 'e' });
  const { records } = await store.export({ ensembles: 'e', types: ['kosh_ensemble'], ids: ['e'] });
  assert.deepEqual(
    records.map(({ id }) => id),
    ['e'],
  );
  await refused('ERR_USAGE', () => store.export({ form: 'jsonl' as never }));
  await refused('ERR_USAGE', () => store.export({ types: [] }));
  await refused('ERR_USAGE', () => store.export({ ids: [1] as never }));
  await refused('ERR_USAGE', () => store.exportTo(new PassThrough(), { overwrite: true } as never));
  const broken = new PassThrough();
  broken.destroy();
  await refused('ERR_EXPORT', () => store.exportTo(broken));
});

/** A store of bare records and relationships, of any size in a second. */
async function largeStore(t: TestContext, records: number): Promise<string> {
  const cwd = tempDirectory(t);
  const store = await connect(join(cwd, 's.sqlite'), { username: 'default' });
  await store.createEnsemble({ id: 'e' });
  await store.close();
  const db = new Database(join(cwd, 's.sqlite'));
  db.exec(`
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${records})
    INSERT INTO Record SELECT 'd' || n, 'dataset', '{"id":"d' || n || '","type":"dataset","more":"${'x'.repeat(1200)}"}' FROM n;
    INSERT INTO Relationship (subject_id, object_id, predicate) SELECT id, 'e', '${predicate}' FROM Record WHERE type = 'dataset'`);
  db.close();
  return cwd;
}

test('a store of any size is exported in flat memory', async (t) => {
  const records = 50_000;
  const cwd = await largeStore(t, records);
  const env = { NODE_OPTIONS: '--max-old-space-size=40' };
  const args = ['export', 's.sqlite', '--format', 'jsonl', '--ensemble', 'e', '--output', 'x.jsonl'];
  const { code, stderr } = await runCli(args, { cwd, env });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, 'kosh-ingest: exported 50,001 records and 50,000 relationships to x.jsonl\n');
  const bytes = readFileSync(join(cwd, 'x.jsonl'));
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  assert.equal(lines, 2 * records + 1);
});

test('who reads the output and leaves early had enough; a disk that is full is an error', async (t) => {
  const cwd = await largeStore(t, 20_000);
  const left = spawn(process.execPath, [main, 'export', 's.sqlite'], { cwd, env: { ...process.env, HOME: cwd } });
  let said = '';
  left.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(left.stdout, 'data');
  left.stdout.destroy();
  assert.deepEqual(await once(left, 'close'), [0, null]);
  assert.equal(said, '');
  const full = openSync('/dev/full', 'w');
  const result = spawnSync(process.execPath, [main, 'export', 's.sqlite'], {
    cwd,
    env: { ...process.env, HOME: cwd },
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^kosh-ingest: the output cannot be written: ENOSPC.*\n {2}hint: .*\n$/);
  const disk = join(cwd, 'disk');
  mkdirSync(disk);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0)
    return t.skip('no right to mount a tmpfs');
  try {
    for (const name of ['x.json', 'x.json.gz']) {
      const { code, stderr } = await runCli(['export', 's.sqlite', '--output', join('disk', name)], { cwd });
      assert.equal(code, 1);
      assert.match(stderr, /cannot write disk\/x\.json(\.gz)?: ENOSPC/);
      assert.deepEqual(readdirSync(disk), []);
    }
  } finally {
    spawnSync('umount', [disk]);
  }
});

for (const output of [[], ['--output', 'x.json']]) {
  test(`Ctrl-C ends an export ${output.join(' ')} and leaves nothing`, async (t) => {
    const cwd = await largeStore(t, 40_000);
    const files = readdirSync(cwd).sort();
    const begun = signalPoint();
    const running = runCli(['export', 's.sqlite', ...output], {
      cwd,
      onSpawn: (child) => {
        const watch = setInterval(() => {
          if (output.length > 0 && readdirSync(cwd).some((name) => name.endsWith('.tmp'))) begun.reach();
        }, 5);
        child.stdout?.once('data', () => begun.reach());
        void begun.reached.then(() => {
          clearInterval(watch);
          child.kill('SIGINT');
        });
      },
    });
    const { code, stderr } = await running;
    assert.equal(code, 130, stderr);
    assert.equal(stderr, 'kosh-ingest: interrupted\n');
    assert.deepEqual(readdirSync(cwd).sort(), files);
  });
}

test('one state of the store is exported, whatever others write meanwhile', async (t) => {
  const cwd = await largeStore(t, 20_000);
  const db = new Database(join(cwd, 's.sqlite'));
  t.after(() => db.close());
  db.pragma('journal_mode = wal');
  await using store = await connect(join(cwd, 's.sqlite'), { readOnly: true });
  const out = new PassThrough({ highWaterMark: 1 });
  const exporting = store.exportTo(out, { form: 'jsonl' });
  await once(out, 'readable');
  db.exec("DELETE FROM Relationship; UPDATE Record SET raw = replace(raw, 'xxx', 'yyy')");
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  assert.deepEqual(await exporting, { records: 20_001, relationships: 20_000 });
  assert.ok(!Buffer.concat(chunks).includes('yyy'));
});

describe('in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  test('the same is exported, by every filter, and loaded again', async (t) => {
    const cwd = tempDirectory(t);
    const url = server.url(await server.freshDatabase());
    await fill(url);
    await using store = await connect(url, { readOnly: true });
    for (const [args, expected] of filters) {
      assert.deepEqual(contentsOf(await store.export(filterOf(args))), expected, args.join(' '));
    }
    const { code, stderr } = await runCli(['export', url, '--output', 'out.json'], { cwd });
    assert.equal(code, 0, stderr);
    const other = server.url(await server.freshDatabase());
    assert.equal((await runCli(['load', 'out.json', '--store', other], { cwd })).code, 0);
    assert.deepEqual(await dumpMariadb(other), await dumpMariadb(url));
  });
});
