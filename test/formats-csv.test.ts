import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LoadConfig } from '../src/config/load-options.js';
import { delimiterOf, planCsv } from '../src/sources/csv-plan.js';
import { listOf, numberText } from '../src/sources/csv-types.js';
import { FilesSource } from '../src/sources/files.js';
import { integrityProblems } from './support/dump.js';
import { idsOf, rawOf, relationshipsOf } from './support/read-store.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

function written(t: TestContext, text: string | Buffer, name = 'runs.csv'): string {
  const path = join(tempDirectory(t), name);
  writeFileSync(path, text);
  return path;
}

async function load(t: TestContext, text: string | Buffer, changes: Partial<LoadConfig> = {}) {
  const path = written(t, text);
  const config = loadConfigFor(tempDirectory(t), { inputs: [path], ...changes });
  const results = await loadHere(config);
  return {
    config,
    path,
    inserted: results.reduce((sum, { inserted }) => sum + inserted.records, 0),
    rejects: results.flatMap(({ rejects }) => rejects),
  };
}

const dataOf = (store: string, id: string) =>
  /"data":\{(.*)\},"curve_sets"/.exec(rawOf(store, id))?.[1]?.replace(/,"creator".*/, '');

test('cells become attributes by the type of their column', async (t) => {
  const rows = [
    'id,temperature,name,numbers,texts,code',
    'a,1.50,A,"[1, 2.0]","[""x"", ""y""]",007',
    'b,.5,"two\nlines, ""quoted""",[],"[\'p\', \'q\']",1',
    'c,nan,5" pipe,"[3]",,x',
    'd,12345678901234567890,,,,',
  ];
  const { config, inserted, rejects } = await load(t, `\ufeff${rows.join('\r\n')}\r\n\r\n`);
  assert.deepEqual(rejects, []);
  assert.equal(inserted, 4);
  const { store } = config;
  const [x, y] = ['{"value":', '}'];
  assert.equal(
    dataOf(store, 'a'),
    `"temperature":${x}1.50${y},"name":${x}"A"${y},"numbers":${x}[1,2.0]${y},"texts":${x}["x","y"]${y},"code":${x}"007"${y}`,
  );
  assert.equal(
    dataOf(store, 'b'),
    `"temperature":${x}0.5${y},"name":${x}"two\\nlines, \\"quoted\\""${y},"numbers":${x}[]${y},"texts":${x}["p","q"]${y},"code":${x}"1"${y}`,
  );
  assert.equal(
    dataOf(store, 'c'),
    `"temperature":${x}null${y},"name":${x}"5\\" pipe"${y},"numbers":${x}[3]${y},"code":${x}"x"${y}`,
  );
  assert.equal(dataOf(store, 'd'), `"temperature":${x}12345678901234567890${y}`);
  assert.deepEqual(integrityProblems(store), []);
});

test('what is a number, and what is a list', () => {
  const numbers = {
    '1': '1',
    '-0.0': '-0.0',
    '1e5': '1e5',
    ' 2 ': '2',
    '.5': '0.5',
    '-.5': '-0.5',
    '5.': '5.0',
    '+1': '1',
    NaN: 'null',
  };
  for (const [cell, text] of Object.entries(numbers)) assert.equal(numberText(cell), text, cell);
  for (const cell of ['', '.', '-', '+', 'e5', '007', '0x10', '1e400', 'inf', '1_000', '1,5', 'x'])
    assert.equal(numberText(cell), undefined, cell);
  assert.deepEqual(listOf("['a', 'b']"), { kind: 'texts', text: '["a", "b"]'.replace(' ', '') });
  for (const cell of ['[1,"a"]', '[[1]]', '[true]', '[1', "['it''s']", '[nan]']) assert.equal(listOf(cell), undefined, cell);
});

test('the types, and why a column is text, are shown', async (t) => {
  const rows = Array.from({ length: 300 }, (_, n) => `r${n},${n === 250 ? 'n/a' : n},[${n}]`);
  const path = written(t, `run,value,list\n${rows.join('\n')}\n`);
  const source = new FilesSource({ inputs: [path], format: 'auto', batchSize: 100, idColumn: 'run' }, () => {
    throw new Error('no context');
  });
  const { notes } = await source.plan();
  assert.deepEqual(notes, [`${path}, cut at ",": run (the id), value text (line 252: "n/a"), list list of numbers`]);
});

test('the delimiter is found, or given', async (t) => {
  assert.equal(delimiterOf('a;b;c,d'), ';');
  assert.equal(delimiterOf('"a,b,c"\td'), '\t');
  assert.equal(delimiterOf('a%b'), '%');
  assert.equal(delimiterOf('alone'), ',');
  const { config, inserted } = await load(t, 'id§a,b\nx§1,2\n', { delimiter: '§' });
  assert.equal(inserted, 1);
  assert.equal(dataOf(config.store, 'x'), '"a,b":{"value":"1,2"}');
});

test('a column names the ensemble, whose attributes the rows get', async (t) => {
  const directory = tempDirectory(t);
  const lines = join(directory, 'e.jsonl');
  writeFileSync(lines, '{"id":"study","type":"kosh_ensemble","metadata":{"root":"/d"}}\n');
  await loadHere(loadConfigFor(directory, { inputs: [lines] }));
  const rows = join(directory, 'r.csv');
  writeFileSync(rows, 'run,study,x,root\n1,study,2,\n2,,3,/o\n3,study,4,/o\n');
  const config = loadConfigFor(directory, { inputs: [rows], idColumn: 'run', ensembleColumn: 'study' });
  const rejects = (await loadHere(config)).flatMap((result) => result.rejects);
  assert.deepEqual(relationshipsOf(config.store), [['1', 'is a member of ensemble', 'study']]);
  assert.ok(rawOf(config.store, '1').includes('"root":{"value":"/d"}'));
  assert.ok(rawOf(config.store, '2').includes('"root":{"value":"/o"}'));
  assert.deepEqual(
    rejects.map(({ code, pointer, line, record }) => [code, pointer, line, record]),
    [['ERR_ENSEMBLE_ATTRIBUTE', '/metadata/root', 4, '{"ensemble":"study","id":"3","metadata":{"x":4,"root":"/o"}}']],
  );
});

test('a row that is not right is one reject with its place; the others are loaded', async (t) => {
  const rows = ['id,x', 'a,1', '"b\n",2', 'c', 'd,1,2', ',3', 'e,"x"y"', '', 'f,4', 'a,5', 'g,"open'];
  const text = rows.join('\n');
  const { rejects, inserted, config } = await load(t, text);
  assert.equal(inserted, 4);
  assert.deepEqual(idsOf(config.store, 'dataset'), ['a', 'b\n', 'e', 'f']);
  assert.deepEqual(
    rejects.map(({ line, code }) => [line, code]).sort((a, b) => Number(a[0]) - Number(b[0])),
    [
      [5, 'ERR_NOT_CSV'],
      [6, 'ERR_NOT_CSV'],
      [7, 'ERR_RECORD'],
      [11, 'ERR_RECORD_EXISTS'],
      [12, 'ERR_NOT_CSV'],
    ],
  );
  for (const { offset, line } of rejects) assert.equal(text.slice(0, offset).split('\n').length, line);
});

test('made ids are the same each time', async (t) => {
  const { config, inserted } = await load(t, 'x\n1\n1\n');
  assert.equal(inserted, 2);
  const ids = idsOf(config.store, 'dataset');
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  await loadHere(config);
  assert.deepEqual(idsOf(config.store, 'dataset'), ids);
});

test('a file that is no list of datasets is a reject, a column that is not there an error', async (t) => {
  for (const [text, message] of [
    ['', /empty/],
    ['a,b,a\n1,2,3\n', /twice/],
    [',,\n1,2,3\n', /no column/],
    ['"a,b\n1,2\n', /quote/],
    [Buffer.from('a,b\n1,2\n', 'utf16le'), /UTF-16/],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47]), /PNG/],
  ] as const) {
    const { rejects, inserted } = await load(t, text);
    assert.equal(inserted, 0);
    assert.equal(rejects.length, 1, String(message));
    assert.match(rejects[0]?.message ?? '', message);
  }
  assert.deepEqual((await load(t, 'a,b\n')).rejects, []);
  await assert.rejects(load(t, 'a,b\n1,2\n', { idColumn: 'c' }), { code: 'ERR_USAGE' });
  await assert.rejects(load(t, 'a,b\n1,2\n', { ensembleColumn: 'c' }), { code: 'ERR_USAGE' });
});

test('a file is cut at the ends of rows only, with the right line numbers, wherever blocks of it end', async (t) => {
  const cell = (n: number) => (n % 3 === 0 ? `"${'line\n'.repeat(n % 5)}""${n}"` : `plain ${n}`);
  const rows = Array.from({ length: 5000 }, (_, n) => `r${n},${cell(n)},${'x'.repeat(n % 1000)}\n`);
  const text = `id,a,b\n${rows.join('')}`;
  assert.ok(text.length > 2.3 * 2 ** 20);
  const path = written(t, text);
  const { ranges } = await planCsv({ path, bytes: text.length }, { mostLines: 7, done: [] });
  assert.equal(ranges.length, Math.ceil(5000 / 7));
  for (const [n, { from, to, line }] of ranges.entries()) {
    assert.equal(text.slice(from, to), rows.slice(n * 7, n * 7 + 7).join(''));
    assert.equal(line, text.slice(0, from).split('\n').length);
  }
  const config = loadConfigFor(tempDirectory(t), { inputs: [path] });
  const results = await loadHere(config);
  assert.deepEqual(
    results.flatMap(({ rejects }) => rejects),
    [],
  );
  assert.equal(idsOf(config.store, 'dataset').length, 5000);
});

test('packed text is delimited text; many columns are many attributes', async (t) => {
  const columns = Array.from({ length: 5000 }, (_, n) => `c${n}`);
  const path = written(t, gzipSync(`id,${columns.join(',')}\na,${columns.map((_, n) => n).join(',')}\n`), 'a.csv.gz');
  const config = loadConfigFor(tempDirectory(t), { inputs: [path] });
  assert.deepEqual(
    (await loadHere(config)).flatMap(({ rejects }) => rejects),
    [],
  );
  assert.ok(rawOf(config.store, 'a').includes('"c4999":{"value":4999}'));
});

test('a load that goes on leaves out the rows that are done, and notices when their types would be others', async (t) => {
  const path = written(t, 'id,x\na,1\nb,2\nc,3\n');
  const plan = (done = new Map()) => new FilesSource({ inputs: [path], format: 'auto', batchSize: 2 }, () => context).plan(done);
  const context = {
    info: (await import('../src/records/kosh.js')).defaultStoreInfo,
    creator: 'c',
    ensembles: async () => new Map(),
  };
  const source = new FilesSource({ inputs: [path], format: 'auto', batchSize: 2 }, () => context);
  const [first] = (await source.plan()).chunks;
  assert.ok(first);
  const units = [];
  for await (const unit of source.units(first)) units.push(unit);
  const place = units[0]?.place;
  assert.ok(place && units.length === 2 && units[1]?.place === place);
  const done = new Map([[place.key, { digest: place.digest(), left: [] }]]);
  const ranges = [...(await plan(done)).chunks].flatMap(({ lines = [] }) => lines.flatMap((part) => part.ranges));
  assert.deepEqual(
    ranges.map(({ line }) => line),
    [4],
  );
  writeFileSync(path, 'id,x\na,1\nb,2\nc,text\n');
  await assert.rejects(plan(done), { code: 'ERR_INPUT_CHANGED' });
});
