import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Reject } from '../src/sources/source.js';
import { runCli } from './support/cli.js';
import { idsOf, relationshipsOf } from './support/read-store.js';
import { tempDirectory } from './support/temp.js';

function rejectsIn(path: string): Reject[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reject);
}

/** Runs a load that stops early, and again without its limit until it has ended. */
async function stopAndGoOn(cwd: string, args: readonly string[], stdin?: Buffer): Promise<void> {
  const all = ['load', ...args, '--store', 's.sqlite', '--batch-size', '20', '--workers', '1'];
  const options = { cwd, ...(stdin ? { stdin } : {}) };
  const stopped = await runCli([...all, '--max-errors', '3'], options);
  assert.match(stopped.stderr, /stopped: more than --max-errors 3 were refused/);
  const { code, stderr } = await runCli(all, options);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /going on with the load begun/);
}

/** 1,000 lines, of which every hundredth is refused. */
function lines(good: (n: number) => string, bad: (n: number) => Buffer): Buffer {
  const all = Array.from({ length: 1000 }, (_, n) => (n % 100 === 99 ? bad(n) : Buffer.from(`${good(n)}\n`)));
  return Buffer.concat(all);
}

const kinds = [
  [
    'rows with too few cells',
    't.csv',
    lines(
      (n) => `r${n},${n},x`,
      (n) => Buffer.from(`r${n}\n`),
    ),
    'id,a,b\n',
  ],
  [
    'lines that are not UTF-8',
    'l.jsonl',
    lines(
      (n) => `{"id":"r${n}","type":"t"}`,
      () => Buffer.from('{"id":"\xff"}\n', 'latin1'),
    ),
    '',
  ],
] as const;

describe('a load of lines that is stopped and goes on has every record and every reject once', () => {
  for (const [name, file, content, header] of kinds) {
    test(name, async (t) => {
      const cwd = tempDirectory(t);
      writeFileSync(join(cwd, file), Buffer.concat([Buffer.from(header), content]));
      await stopAndGoOn(cwd, [file]);
      assert.equal(idsOf(join(cwd, 's.sqlite'), file === 't.csv' ? 'dataset' : 't').length, 990);
      const places = rejectsIn(join(cwd, 's.sqlite.rejects.jsonl')).map(({ line }) => line);
      const first = header === '' ? 100 : 101;
      assert.deepEqual(
        places.sort((a = 0, b = 0) => a - b),
        Array.from({ length: 10 }, (_, n) => first + 100 * n),
      );
    });
  }

  test('from stdin, when the same comes again', async (t) => {
    const cwd = tempDirectory(t);
    const stdin = lines(
      (n) => `{"id":"r${n}","type":"t"}`,
      (n) => Buffer.from(`{"id":"r${n}"}\n`),
    );
    await stopAndGoOn(cwd, ['-', '--format', 'jsonl'], stdin);
    assert.equal(idsOf(join(cwd, 's.sqlite'), 't').length, 990);
    assert.equal(rejectsIn(join(cwd, 's.sqlite.rejects.jsonl')).length, 10);
  });
});

test('lines that lacked a record when the load was stopped are loaded when it goes on', async (t) => {
  const cwd = tempDirectory(t);
  // The records of a range are in while its relationships wait for the last line.
  const content = lines(
    (n) => `{"id":"r${n}","type":"t"}${n % 10 === 0 ? `\n{"subject":"r${n}","predicate":"p","object":"last"}` : ''}`,
    (n) => Buffer.from(`{"id":"r${n}"}\n`),
  );
  writeFileSync(join(cwd, 'l.jsonl'), Buffer.concat([content, Buffer.from('{"id":"last","type":"t"}\n')]));
  await stopAndGoOn(cwd, ['l.jsonl']);
  assert.equal(idsOf(join(cwd, 's.sqlite'), 't').length, 991);
  assert.equal(relationshipsOf(join(cwd, 's.sqlite')).length, 100);
  assert.equal(rejectsIn(join(cwd, 's.sqlite.rejects.jsonl')).length, 10);
});

test('shards with other batches and workers load each line once', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'l.jsonl'), Array.from({ length: 2000 }, (_, n) => `{"id":"r${n}","type":"t"}\n`).join(''));
  const args = ['load', 'l.jsonl', '--store', 's.sqlite'];
  for (const [shard, batchSize] of [
    ['1/2', '100'],
    ['2/2', '70'],
  ] as const) {
    const { code, stderr } = await runCli([...args, '--shard', shard, '--batch-size', batchSize], { cwd });
    assert.equal(code, 0, stderr);
  }
  assert.equal(idsOf(join(cwd, 's.sqlite'), 't').length, 2000);
});

test('the rejects of another load are not removed by one that goes on and has none', async (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'a.jsonl'), '{"id":"bad"}\n');
  assert.equal((await runCli(['load', 'a.jsonl', '--store', 's.sqlite'], { cwd })).code, 3);
  const before = readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8');
  writeFileSync(join(cwd, 'b.jsonl'), Array.from({ length: 3000 }, (_, n) => `{"id":"r${n}","type":"t"}\n`).join(''));
  const args = ['load', 'b.jsonl', '--store', 's.sqlite', '--batch-size', '10', '--workers', '1'];
  const { code } = await runCli(args, {
    cwd,
    onSpawn: (child) => {
      const look = setInterval(() => {
        if (existsSync(join(cwd, 's.sqlite-journal'))) child.kill('SIGINT');
      }, 2);
      child.on('exit', () => clearInterval(look));
    },
  });
  assert.ok([0, 130].includes(code ?? -1));
  if (code === 130) assert.equal((await runCli(args, { cwd })).code, 0);
  assert.equal(readFileSync(join(cwd, 's.sqlite.rejects.jsonl'), 'utf8'), before);
  assert.equal(idsOf(join(cwd, 's.sqlite'), 't').length, 3000);
});
