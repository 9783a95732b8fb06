import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Reject } from '../src/sources/source.js';
import { runCli } from './support/cli.js';
import { idsOf } from './support/read-store.js';
import { tempDirectory } from './support/temp.js';

type Files = Readonly<Record<string, string | Buffer>>;

/** Writes files, and runs a command in their folder. */
async function run(cwd: string, files: Files, line: string, stdin?: string) {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return runCli(line.split(' '), { cwd, ...(stdin === undefined ? {} : { stdin: Buffer.from(stdin) }) });
}

function rejectsIn(cwd: string): Reject[] {
  const lines = readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Reject);
}

const member = '{"ensemble":"e","id":"m1","metadata":{"v":1}}\n{"ensemble":"e","id":"m2","metadata":{"v":2}}\n';
const ensemble = '{"id":"e","type":"kosh_ensemble","metadata":{"root":"/p"}}\n';

describe('--verify lists what differs, and nothing else', () => {
  test('a refused row leaves the other rows of its file to be compared', async (t) => {
    const cwd = tempDirectory(t);
    await run(cwd, { 'a.jsonl': ensemble + member }, 'load a.jsonl --store s.sqlite');
    const csv = 'id,ens,v\nm1,e,5\nm2,e,2\nm9,nowhere,1\n';
    const line = 'load c.csv --store s.sqlite --if-exists skip --ensemble-column ens --verify --json';
    const { code, stdout } = await run(cwd, { 'c.csv': csv }, line);
    assert.equal(code, 4);
    const { differences } = (JSON.parse(stdout) as { verified: { differences: { id: string; pointer: string }[] } }).verified;
    assert.deepEqual(
      differences.map(({ id, pointer }) => [id, pointer]),
      [['m1', '/data/v/value']],
    );
  });

  test('a relationship line that was refused is not expected', async (t) => {
    const cwd = tempDirectory(t);
    const files = { 'a.jsonl': `${ensemble}{"subject":"e","predicate":"p","object":"nowhere"}\n` };
    const { code, stderr } = await run(cwd, files, 'load a.jsonl --store s.sqlite --verify');
    assert.equal(code, 3, stderr);
  });

  for (const way of ['replace', 'merge']) {
    test(`${way}: what a member has from its ensemble is no difference`, async (t) => {
      const cwd = tempDirectory(t);
      await run(cwd, { 'a.jsonl': ensemble + member }, 'load a.jsonl --store s.sqlite');
      const files = { 'd.json': '{"records":[{"id":"m1","type":"dataset","data":{"w":{"value":1}}}]}' };
      const { stdout } = await run(cwd, files, `load d.json --store s.sqlite --if-exists ${way} --verify --json`);
      const { verified } = JSON.parse(stdout) as { verified: { differences: { pointer: string }[] } };
      assert.deepEqual(
        verified.differences.filter(({ pointer }) => pointer.startsWith('/data/root')),
        [],
      );
    });
  }
});

test('--verify after a merge: what the store had before is no difference', async (t) => {
  const cwd = tempDirectory(t);
  const one = (name: string) => `{"id":"k","type":"t","data":{"${name}":{"value":1}}}\n`;
  await run(cwd, { 'a.jsonl': one('old') }, 'load a.jsonl --store s.sqlite');
  const { code, stdout } = await run(cwd, { 'b.jsonl': one('new') }, 'load b.jsonl --store s.sqlite --if-exists merge --verify');
  assert.equal(code, 0, stdout);
  const plain = await run(cwd, {}, 'verify s.sqlite b.jsonl');
  assert.equal(plain.code, 4);
});

describe('nothing is taken for something else in silence', () => {
  test('a quote that is not closed properly swallows no rows', async (t) => {
    const cwd = tempDirectory(t);
    const { code } = await run(cwd, { 'b.csv': 'id,t\n1,"open\n2,3\n3,"x"\n4,5\n' }, 'load b.csv --store s.sqlite');
    assert.equal(code, 3);
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 'dataset'), ['2', '3', '4']);
    assert.deepEqual(
      rejectsIn(cwd).map(({ line, code: why }) => [line, why]),
      [[2, 'ERR_NOT_CSV']],
    );
  });

  test('a row beyond what is taken into memory costs itself alone', { timeout: 60_000 }, async (t) => {
    const cwd = tempDirectory(t);
    const long = Buffer.concat([
      Buffer.from('id,x\na,1\nb,'),
      Buffer.alloc(66 * 2 ** 20, 'y'),
      Buffer.from('TAIL,tail\nc,2\nd\n'),
    ]);
    await run(cwd, { 'a.csv': long }, 'load a.csv --store s.sqlite');
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 'dataset'), ['a', 'c']);
    // They are of two chunks: which of the two workers is first is not promised.
    const lines = rejectsIn(cwd).map(({ line }) => Number(line));
    assert.deepEqual(
      lines.sort((a, b) => a - b),
      [3, 5],
    );
  });

  test('a record that stands alone in a document is refused', async (t) => {
    const cwd = tempDirectory(t);
    const { code } = await run(cwd, { 'one.json': '{"id":"a","type":"t","data":{}}' }, 'load one.json --store s.sqlite');
    assert.equal(code, 3);
    assert.match(rejectsIn(cwd)[0]?.message ?? '', /this is a record, not a document/);
  });

  test('a JSON file that is no document is refused, one without anything in it is not', async (t) => {
    const cwd = tempDirectory(t);
    const files = { 'package.json': '{"name":"p","version":"1"}', 'empty.json': '{"records":[]}', 'nothing.json': '{}' };
    const { code } = await run(cwd, files, 'load package.json empty.json nothing.json --store s.sqlite');
    assert.equal(code, 3);
    assert.deepEqual(
      rejectsIn(cwd).map(({ file, message, found }) => [file, message, found]),
      [['package.json', 'this is no Sina document: it has neither "records" nor "relationships"', 'the key "name"']],
    );
  });

  test('a dataset is no ensemble for the others of its batch, nor for itself', async (t) => {
    const lines = ['{"id":"E","type":"kosh_ensemble"}', '{"id":"m","ensemble":"E"}', '{"id":"a","ensemble":"m"}'];
    const circle = ['{"id":"b","ensemble":"b"}', '{"id":"x","ensemble":"y"}', '{"id":"y","ensemble":"x"}'];
    for (const size of ['1', '100']) {
      const cwd = tempDirectory(t);
      const files = { 'a.jsonl': [...lines, ...circle].join('\n') };
      await run(cwd, files, `load a.jsonl --store s.sqlite --workers 1 --batch-size ${size}`);
      assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 'dataset'), ['m']);
      assert.equal(rejectsIn(cwd).length, 4);
      const [a] = rejectsIn(cwd).filter(({ recordId }) => recordId === 'a');
      assert.deepEqual([a?.code, a?.message], ['ERR_ENSEMBLE', 'the record m is not an ensemble']);
    }
  });

  test('a link that leads nowhere is a document that cannot be read', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'd', 'below'), { recursive: true });
    writeFileSync(join(cwd, 'd', 'a.json'), '{"records":[{"id":"a","type":"t"}]}');
    symlinkSync('/nowhere/b.json', join(cwd, 'd', 'below', 'b.json'));
    symlinkSync('/nowhere/c.txt', join(cwd, 'd', 'c.txt'));
    assert.equal((await run(cwd, {}, 'load d --store s.sqlite')).code, 3);
    assert.deepEqual(
      rejectsIn(cwd).map(({ file, code }) => [file, code]),
      [['d/below/b.json', 'ERR_INPUT']],
    );
  });

  test('lines from stdin whose first one is broken are lines', async (t) => {
    const cwd = tempDirectory(t);
    const { code } = await run(cwd, {}, 'load - --store s.sqlite', 'BAD\n{"id":"a","type":"t"}\nBAD\n');
    assert.equal(code, 3);
    assert.deepEqual(
      rejectsIn(cwd).map(({ line }) => line),
      [1, 3],
    );
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 't'), ['a']);
  });

  test('a log is written to no file that holds something else', async (t) => {
    const cwd = tempDirectory(t);
    const line = '{"id":"a","type":"t"}\n';
    for (const log of ['a.jsonl', 's.sqlite', 's.sqlite.rejects.jsonl']) {
      const { code, stderr } = await run(cwd, { 'a.jsonl': line }, `load a.jsonl --store s.sqlite --log-file ${log}`);
      assert.equal(code, 2, stderr);
      assert.deepEqual(readdirSync(cwd), ['a.jsonl']);
      assert.equal(readFileSync(join(cwd, 'a.jsonl'), 'utf8'), line);
    }
    for (let n = 0; n < 2; n++) await run(cwd, {}, 'load a.jsonl --store s.sqlite --log-file log --if-exists skip');
    assert.equal(readFileSync(join(cwd, 'log'), 'utf8').match(/"event":"started"/g)?.length, 2);
  });

  test('an ensemble that is nowhere is called one', async (t) => {
    const cwd = tempDirectory(t);
    await run(cwd, { 'c.csv': 'id,ens\nm,s1\n' }, 'load c.csv --store s.sqlite --ensemble-column ens');
    const [reject] = rejectsIn(cwd);
    assert.deepEqual(
      [reject?.pointer, reject?.message],
      ['/ensemble', 'the ensemble s1 is neither in this load nor in the store'],
    );
  });
});

describe('what was refused is not loaded as something else', () => {
  test('a document from stdin cannot be read again: nothing is loaded of it', async (t) => {
    const cwd = tempDirectory(t);
    const document = '{"records":[{"id":"a","type":"t"},{"id":"b"}]}';
    assert.equal((await run(cwd, {}, 'load - --store s.sqlite', document)).code, 3);
    const { code, stderr } = await run(cwd, {}, 'load --from-rejects s.sqlite.rejects.jsonl --store s.sqlite');
    assert.equal(code, 1);
    assert.match(stderr, /came from stdin and cannot be read again/);
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 't'), []);
  });

  test('a document that is not UTF-8 does not get in with other characters', async (t) => {
    const cwd = tempDirectory(t);
    const document = Buffer.from('{"records":[{"id":"caf\xe9","type":"t"}]}', 'latin1');
    assert.equal((await run(cwd, { 'a.json': document }, 'load a.json --store s.sqlite')).code, 3);
    assert.equal((await run(cwd, {}, 'load --from-rejects s.sqlite.rejects.jsonl --store s.sqlite')).code, 3);
    assert.deepEqual(idsOf(join(cwd, 's.sqlite'), 't'), []);
  });
});

test('more records than are found in memory are exported from a store that is only read', async (t) => {
  const cwd = tempDirectory(t);
  await run(cwd, {}, 'load --store s.sqlite --ensembles 1 --datasets 700 --attributes 1');
  const { code, stdout, stderr } = await run(cwd, {}, 'export s.sqlite --format jsonl');
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trimEnd().split('\n').length, 701 + 700);
});
