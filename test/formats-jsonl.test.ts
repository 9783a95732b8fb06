import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LoadConfig } from '../src/config/load-options.js';
import { defaultStoreInfo, userId } from '../src/records/kosh.js';
import { FilesSource } from '../src/sources/files.js';
import type { FilesChunk } from '../src/sources/files-chunk.js';
import type { LineRange } from '../src/sources/line-ranges.js';
import { readLine, unitsOfLines } from '../src/sources/line-records.js';
import type { Done, Part, SourceContext } from '../src/sources/source.js';
import { integrityProblems } from './support/dump.js';
import { idsOf, rawOf, relationshipsOf } from './support/read-store.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

async function load(t: TestContext, text: string | Buffer, changes: Partial<LoadConfig> = {}) {
  const directory = tempDirectory(t);
  const path = join(directory, 'a.jsonl');
  writeFileSync(path, text);
  const config = loadConfigFor(directory, { inputs: [path], ...changes });
  const results = await loadHere(config);
  return {
    config,
    path,
    inserted: results.reduce((sum, { inserted }) => sum + inserted.records, 0),
    rejects: results.flatMap(({ rejects }) => rejects),
  };
}

const context: SourceContext = { info: defaultStoreInfo, creator: 'c', ensembles: async () => new Map() };
const creator = `"creator":{"value":"${userId('default')}"}`;

test('a line is a record, a dataset, an ensemble or a relationship', async (t) => {
  const lines = [
    '{"id":"r","type":"run","application":"a","data":{"x":{"value":1}}}',
    '{"id":"e","type":"kosh_ensemble","metadata":{"b":[1,2],"root":"/d"}}',
    '{"id":"d","ensemble":"e","name":"D","metadata":{"t":1.0,"10":-0.0,"2":12345678901234567890}}',
    '{"id":"own","type":"shot","metadata":{"name":"N","id":"ignored","creator":"ignored"}}',
    '{"subject":"r","predicate":"p","object":"d"}',
    '{"subject_id":"d","predicate":"q","object_id":"r"}',
  ];
  const { config, inserted, rejects } = await load(t, `${lines.join('\r\n')}\r\n\r\n`);
  assert.deepEqual(rejects, []);
  assert.equal(inserted, 4);
  const data = `"t":{"value":1.0},"10":{"value":-0.0},"2":{"value":12345678901234567890},${creator},"name":{"value":"D"},"b":{"value":[1,2]},"root":{"value":"/d"}`;
  assert.ok(rawOf(config.store, 'd').includes(`"data":{${data}}`), rawOf(config.store, 'd'));
  assert.ok(rawOf(config.store, 'e').includes('"name":{"value":"Unnamed Ensemble"}'));
  assert.ok(rawOf(config.store, 'own').includes(`"data":{"name":{"value":"N"},${creator}}`), rawOf(config.store, 'own'));
  assert.deepEqual(relationshipsOf(config.store), [
    ['d', 'is a member of ensemble', 'e'],
    ['d', 'q', 'r'],
    ['r', 'p', 'd'],
  ]);
  assert.deepEqual(integrityProblems(config.store), []);
});

test('a bad line is one reject with its place and text, the others are loaded', async (t) => {
  const bad: [string, string, string][] = [
    ['{"id":"a","type":"t"', 'ERR_NOT_JSON', '/type'],
    ['[1]', 'ERR_RECORD', ''],
    ['{"id":"a","type":"t","data":{"x":1}}', 'ERR_RECORD', '/data/x'],
    ['{"id":"a"}', 'ERR_RECORD', '/type'],
    ['{"metadata":{"x":{"y":1}}}', 'ERR_RECORD', '/metadata/x'],
    ['{"metadata":[]}', 'ERR_RECORD', '/metadata'],
    ['{"metadata":{},"metdata":{}}', 'ERR_RECORD', '/metdata'],
    ['{"metadata":{},"type":"user"}', 'ERR_RECORD', '/type'],
    ['{"metadata":{},"type":"kosh_ensemble","ensemble":"e"}', 'ERR_ENSEMBLE', '/type'],
    ['{"metadata":{},"ensemble":"good"}', 'ERR_ENSEMBLE', '/ensemble'],
    ['{"subject":"a","predicate":"p"}', 'ERR_RELATIONSHIP', '/object'],
    ['{"local_subject":"a","predicate":"p","object":"o"}', 'ERR_RELATIONSHIP', '/local_subject'],
    ['{"metadata":{"x":1e400}}', 'ERR_RECORD', '/metadata/x'],
    ['{"id":"good","type":"t"}', 'ERR_RECORD_EXISTS', ''],
  ];
  const good = '{"id":"good","type":"t","user_defined":{}}';
  const text = [good, '', ...bad.map(([line]) => line)].join('\n');
  const { inserted, rejects, path } = await load(t, text);
  assert.equal(inserted, 1);
  for (const [n, [line, code, pointer]] of bad.entries()) {
    const [reject, ...others] = rejects.filter((one) => one.line === n + 3);
    assert.deepEqual(others, [], line);
    assert.deepEqual([reject?.file, reject?.record, reject?.offset], [path, line, text.indexOf(`\n${line}`) + 1]);
    assert.deepEqual([reject?.code, reject?.pointer], [code, pointer], line);
  }
  assert.equal(rejects.length, bad.length);
});

test('metadata that disagrees with the ensemble names every attribute', async (t) => {
  const lines = [
    '{"id":"e","type":"kosh_ensemble","metadata":{"a":1,"b":2}}',
    '{"id":"d","ensemble":"e","metadata":{"a":2,"b":3,"c":4}}',
  ];
  const { rejects } = await load(t, lines.join('\n'));
  assert.deepEqual(
    rejects.map(({ code, pointer, line }) => [code, pointer, line]),
    [
      ['ERR_ENSEMBLE_ATTRIBUTE', '/metadata/a', 2],
      ['ERR_ENSEMBLE_ATTRIBUTE', '/metadata/b', 2],
    ],
  );
});

test('a line that is not UTF-8, and one without an end, cost the others nothing', async (t) => {
  const good = Buffer.from('{"id":"ü","type":"t"}\n');
  const long = Buffer.alloc(65 * 2 ** 20, 0x61);
  const bytes = Buffer.concat([good, Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from('{"id":"b","type":"t"}\n'), long]);
  const { inserted, rejects } = await load(t, bytes);
  assert.equal(inserted, 2);
  assert.deepEqual(
    rejects.map(({ line, offset }) => [line, offset]),
    [
      [2, good.length],
      [4, good.length + 26],
    ],
  );
  assert.equal(rejects[1]?.record, undefined);
});

function source(inputs: string[], batchSize: number) {
  return new FilesSource({ inputs, format: 'auto', batchSize }, () => context);
}

async function unitsIn(from: FilesSource, chunks: Iterable<FilesChunk>) {
  const units = [];
  for (const chunk of chunks) for await (const unit of from.units(chunk)) units.push(unit);
  return units;
}

test('chunks of lines know their first line; together they are the file, whatever the batch', async (t) => {
  const path = join(tempDirectory(t), 'a.jsonl');
  const lines = Array.from({ length: 1000 }, (_, n) => (n % 7 === 3 ? '' : JSON.stringify({ id: `ü${n}`, type: 't' })));
  writeFileSync(path, lines.join('\n'));
  for (const batchSize of [1, 7, 100, 5000]) {
    const files = source([path], batchSize);
    const chunks = [...(await files.plan()).chunks];
    const ranges = chunks.flatMap((chunk) => (chunk.lines ?? []).flatMap((part) => part.ranges));
    assert.equal(ranges.length, Math.ceil(1000 / batchSize));
    for (const [n, range] of ranges.entries()) assert.equal(range.line, n * batchSize + 1);
    const ids = (await unitsIn(files, chunks)).map(({ content }) => (content as Part).records[0]?.id);
    assert.deepEqual(
      ids,
      lines.flatMap((line, n) => (line === '' ? [] : `ü${n}`)),
    );
  }
});

test('a load that goes on leaves out what is done, takes what was left and what was appended; a change is noticed', async (t) => {
  const path = join(tempDirectory(t), 'a.jsonl');
  const text = Array.from(
    { length: 20 },
    (_, n) => `${JSON.stringify({ subject: `s${n}`, predicate: 'p', object: 'o' })}\n`,
  ).join('');
  writeFileSync(path, text);
  const first = source([path], 5);
  const chunks = [...(await first.plan()).chunks];
  const place = async (chunk: FilesChunk) => (await unitsIn(first, [chunk]))[0]?.place;
  const [one, two] = [await place(chunks[0] as FilesChunk), await place(chunks[2] as FilesChunk)];
  assert.ok(one && two);
  const units = await unitsIn(first, [chunks[0] as FilesChunk]);
  const left = [
    ...first.again(
      [units[1], units[2], units[4]].map((unit) => unit?.again as FilesChunk),
      false,
    ),
  ];
  const linesOf = (all: Iterable<FilesChunk>) =>
    [...all].flatMap((chunk) => (chunk.lines ?? []).flatMap((part) => part.ranges)).map(({ line }: LineRange) => line);
  // Two that touch each other are one.
  assert.deepEqual(linesOf(left), [2, 5]);
  const done: Done = new Map([
    [one.key, { digest: one.digest(), left: JSON.parse(JSON.stringify(left)) as FilesChunk[] }],
    [two.key, { digest: two.digest(), left: [] }],
  ]);
  const later = source([path], 5);
  const rest = [...(await later.plan(done)).chunks];
  assert.deepEqual(linesOf(rest), [2, 5, 6, 16]);
  assert.equal((await unitsIn(later, rest)).length, 3 + 5 + 5);
  writeFileSync(path, `${text}{"subject":"new","predicate":"p","object":"o"}\n`);
  assert.deepEqual(linesOf((await source([path], 5).plan(done)).chunks), [2, 5, 6, 16, 21]);
  for (const changed of [text.replace('s3', 'x3'), text.slice(0, 100), `${text.slice(0, -1)}`.slice(0, 300)]) {
    writeFileSync(path, changed);
    await assert.rejects(source([path], 5).plan(done), { code: 'ERR_INPUT_CHANGED' });
  }
});

test('packed lines and several files go together', async (t) => {
  const directory = tempDirectory(t);
  writeFileSync(join(directory, 'a.jsonl.gz'), gzipSync('{"id":"a","type":"t"}\n{"id":"b","type":"t"}\n'));
  writeFileSync(join(directory, 'b.ndjson'), '{"id":"c","type":"t"}');
  writeFileSync(join(directory, 'c.json'), '{"records":[{"id":"d","type":"t"}]}');
  writeFileSync(join(directory, 'd.csv'), 'id,x\ne,1\n');
  writeFileSync(join(directory, 'store.sqlite.rejects.jsonl'), '{"id":"f","type":"t"}');
  const config = loadConfigFor(directory, { inputs: [directory] });
  await loadHere(config);
  assert.deepEqual(idsOf(config.store, 't'), ['a', 'b', 'c', 'd']);
});

test('packed lines that are cut off are one reject that says so', async (t) => {
  const directory = tempDirectory(t);
  const packed = gzipSync(Array.from({ length: 1000 }, (_, n) => `{"id":"${n * 7919}","type":"t"}\n`).join(''));
  writeFileSync(join(directory, 'a.jsonl.gz'), packed.subarray(0, packed.length - 100));
  const results = await loadHere(loadConfigFor(directory, { inputs: [join(directory, 'a.jsonl.gz')] }));
  const rejects = results.flatMap((result) => result.rejects);
  assert.equal(rejects.length, 1);
  assert.match(rejects[0]?.message ?? '', /cut off/);
});

test('a mended reject is read in each of its forms, a whole document too', async () => {
  const texts = [
    '{"id":"r","type":"t"}',
    '{"id":"d","ensemble":"e","metadata":{}}',
    '{"id":"e","type":"kosh_ensemble","metadata":{"a":1}}',
    '"{\\"subject\\":\\"r\\",\\"predicate\\":\\"p\\",\\"object\\":\\"d\\"}"',
    '{"records":[{"id":"x","type":"t"}],"relationships":[]}',
  ];
  const units = await unitsOfLines(
    texts.map((text) => ({ text, file: 'f', seed: text })),
    context,
  );
  const contents = units.map(({ content }) => content as Part);
  assert.deepEqual(
    contents.flatMap(({ rejects }) => rejects),
    [],
  );
  assert.deepEqual(
    contents.map(({ records }) => records[0]?.id),
    ['r', 'd', 'e', undefined, 'x'],
  );
  assert.deepEqual(contents[1]?.relationships[0]?.object, 'e');
  assert.ok('unit' in readLine({ text: '["a","b"]', file: null, seed: '' }, context));
});
