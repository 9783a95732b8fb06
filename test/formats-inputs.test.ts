import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LoadSummary } from '../src/ingest/summary.js';
import { detect, type FormatOption } from '../src/sources/detect.js';
import { findInputs } from '../src/sources/inputs.js';
import { shardOf } from '../src/sources/shard.js';
import type { Reject } from '../src/sources/source.js';
import { runCli } from './support/cli.js';
import { idsOf, rawOf } from './support/read-store.js';
import { tempDirectory } from './support/temp.js';

test('a directory is searched for what the format names, never for rejects or in what is hidden', async (t) => {
  const directory = tempDirectory(t);
  const names = ['a.json', 'b.jsonl', 'below/c.ndjson.gz', 'd.csv', 'e.txt', 's.sqlite.rejects.jsonl', '.hidden/f.json'];
  for (const name of names) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), 'x');
  }
  const found = async (format: FormatOption) => {
    const files = await findInputs([directory], format, () => assert.fail('nobody names stdin'));
    return files.map(({ path }) => relative(directory, path));
  };
  assert.deepEqual(await found('auto'), ['a.json', 'b.jsonl', 'below/c.ndjson.gz']);
  assert.deepEqual(await found('jsonl'), ['b.jsonl', 'below/c.ndjson.gz']);
  assert.deepEqual(await found('csv'), ['d.csv', 'e.txt']);
});

test('the format is found by name, else by content', (t) => {
  const directory = tempDirectory(t);
  const cases: [string, string | Buffer, string][] = [
    ['a.jsonl', '', 'jsonl'],
    ['a.csv', 'a,b', 'csv'],
    ['a.txt', '{"records":[]}', 'document'],
    ['b.txt', ' {\n "records": []}', 'document'],
    ['c.txt', '{"id":"a","type":"t"}\n{"id":"b"', 'jsonl'],
    ['d.txt', '{"id":"a","type":"t"}', 'jsonl'],
    ['e.txt', 'run;x\n1;2', 'csv'],
    ['f', gzipSync('{"id":"a"}\n{"id":"b"}\n'), 'jsonl'],
    ['g.txt', '{"kosh_version": [3, 1], "records": []}', 'document'],
    ['h.bin', Buffer.from([1, 2, 0, 0, 3, 4, 0, 0]), 'unknown'],
  ];
  for (const [name, content, format] of cases) {
    const path = join(directory, name);
    writeFileSync(path, content);
    assert.equal(detect({ path, bytes: content.length }, 'auto').format, format, name);
  }
  // Ten thousand small documents are not opened to be sorted.
  assert.equal(detect({ path: join(directory, 'absent.json'), bytes: 10 }, 'auto').format, 'document');
  assert.equal(detect({ path: join(directory, 'e.txt'), bytes: 9 }, 'jsonl').format, 'jsonl');
});

const stdins: [string, Buffer, string[]][] = [
  ['a document', Buffer.from('{"records":[{"id":"a","type":"t"},{"id":"b","type":"t"}]}'), ['a', 'b']],
  ['lines', Buffer.from('{"id":"a","type":"t"}\nbad\n{"id":"b","type":"t"}\n'), ['a', 'b']],
  ['packed lines', gzipSync('{"id":"a","type":"t"}\n'), ['a']],
];

for (const [what, content, ids] of stdins) {
  test(`${what} from stdin, and nothing is left of them`, async (t) => {
    const cwd = tempDirectory(t);
    const temporary = tempDirectory(t);
    const { code } = await runCli(['load', '-', '--store', 's.sqlite', '--workers', '2'], {
      cwd,
      env: { TMPDIR: temporary },
      stdin: content,
    });
    assert.equal(code, what === 'lines' ? 3 : 0);
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 't'), ids);
    assert.deepEqual(readdirSync(temporary), []);
    if (code === 0) return;
    const reject = JSON.parse(readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8')) as Reject;
    assert.deepEqual([reject.file, reject.line, reject.record], ['-', 2, 'bad']);
  });
}

test('workers share a file of lines; an ensemble that comes in a later file reaches its members', async (t) => {
  const cwd = tempDirectory(t);
  const lines = Array.from({ length: 300 }, (_, n) => JSON.stringify({ ensemble: 'e', id: `d${n}`, metadata: { n } }));
  writeFileSync(join(cwd, 'a.jsonl'), lines.join('\n'));
  writeFileSync(join(cwd, 'b.csv'), `run,e,x\n${Array.from({ length: 100 }, (_, n) => `r${n},e,${n}`).join('\n')}\n`);
  writeFileSync(join(cwd, 'z.jsonl'), '{"id":"e","type":"kosh_ensemble","metadata":{"root":"/d"}}');
  const flags = ['--batch-size', '20', '--workers', '2', '--json', '--id-column', 'run', '--ensemble-column', 'e'];
  const { stdout, stderr, code } = await runCli(['load', 'a.jsonl', 'b.csv', 'z.jsonl', '--store', 's.sqlite', ...flags], {
    cwd,
  });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /b\.csv, cut at ",": run \(the id\), e \(the ensemble\), x number/);
  const { records, relationships } = JSON.parse(stdout) as LoadSummary;
  assert.deepEqual([records.inserted, relationships.inserted], [401, 400]);
  for (const id of ['d0', 'd299', 'r0', 'r99']) assert.ok(rawOf(join(cwd, 's.sqlite'), id).includes('"root":{"value":"/d"}'), id);
});

test('an ensemble that is nowhere is a reject of each line that names it', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.jsonl'), '{"ensemble":"e","id":"d","metadata":{}}\n{"id":"x","type":"t"}\n');
  const { code } = await runCli(['load', 'a.jsonl', '--store', 's.sqlite'], { cwd });
  assert.equal(code, 3);
  const reject = JSON.parse(readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8')) as Reject;
  assert.deepEqual([reject.code, reject.line, reject.pointer], ['ERR_MISSING_ENDPOINT', 1, '/ensemble']);
  assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 't'), ['x']);
});

test('every key is in one shard', () => {
  const keys = Array.from({ length: 1000 }, (_, n) => `runs/${n}.json`);
  const sizes = [1, 2, 3].map((index) => keys.filter((key) => shardOf(key, 3) === index).length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    keys.length,
  );
  for (const size of sizes) assert.ok(size > 250, String(sizes));
});
