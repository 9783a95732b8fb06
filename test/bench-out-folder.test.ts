/** Where the report of `bench` goes: a folder that is checked before anything is measured. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { checkOut, reportFiles } from '../bench/strategies/report/out-folder.js';
import { writeReport } from '../bench/strategies/report/write-report.js';
import { resultsFormat } from '../bench/strategies/results.js';
import { IngestError } from '../src/errors.js';
import { benchResults } from './support/bench-results.js';
import { tempDirectory } from './support/temp.js';

function refused(folder: string, baseline?: string): string {
  try {
    checkOut(folder, baseline);
  } catch (error) {
    assert.ok(error instanceof IngestError, String(error));
    assert.equal(error.code, 'ERR_USAGE');
    assert.ok(error.hint);
    return error.message;
  }
  return assert.fail('accepted');
}

test('a folder that is missing is made, and taken away again while nothing is in it', (t) => {
  const cwd = tempDirectory(t);
  const out = checkOut(join(cwd, 'a/b/c'));
  assert.equal(out.path, join(cwd, 'a/b/c'));
  assert.deepEqual(readdirSync(join(cwd, 'a/b')), ['c']);
  assert.deepEqual(readdirSync(out.path), []);
  out[Symbol.dispose]();
  assert.deepEqual(readdirSync(cwd), []);
});

test('what was written into it stays', (t) => {
  const cwd = tempDirectory(t);
  const inside = checkOut(join(cwd, 'a/b'));
  writeFileSync(join(cwd, 'a/b/report.html'), 'x');
  inside[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(cwd, 'a/b')), ['report.html']);
  const beside = checkOut(join(cwd, 'c/d'));
  writeFileSync(join(cwd, 'c/mine'), 'x');
  beside[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(cwd, 'c')), ['mine']);
});

test('a folder that was there stays, and so does what is in it', (t) => {
  const cwd = tempDirectory(t);
  checkOut(cwd)[Symbol.dispose]();
  mkdirSync(join(cwd, 'a'));
  writeFileSync(join(cwd, 'a/notes.txt'), 'mine');
  checkOut(join(cwd, 'a'))[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(cwd, 'a')), ['notes.txt']);
  assert.equal(readFileSync(join(cwd, 'a/notes.txt'), 'utf8'), 'mine');
});

/** What the three files of a report have that shows whose they are. */
const own: Readonly<Record<(typeof reportFiles)[number], string>> = {
  'results.json': JSON.stringify({ ...resultsFormat, trials: [] }),
  'report.html': `<!doctype html>${' '.repeat(100_000)}<script id="results">{"format":"kosh-ingest bench"}</script>${' '.repeat(100_000)}`,
  'trace.json': '{"otherData":{"commandLine":"kosh-ingest bench --seed 1"},"traceEvents":[]}',
};

function writeProtected(path: string, other: string): void {
  copyFileSync(other, path);
  chmodSync(path, 0o444);
}

describe('a report that is there', () => {
  test('is replaced when it is one of the bench', (t) => {
    const cwd = tempDirectory(t);
    const [first] = writeReport(benchResults(), cwd);
    assert.equal(first, join(cwd, 'report.html'));
    checkOut(cwd)[Symbol.dispose]();
    writeReport(benchResults({ commandLine: 'kosh-ingest bench --seed 2' }), cwd);
    assert.deepEqual(readdirSync(cwd).sort(), [...reportFiles].sort());
    assert.match(readFileSync(join(cwd, 'results.json'), 'utf8'), /"kosh-ingest bench --seed 2"/);
  });

  for (const version of [resultsFormat.version, resultsFormat.version + 1]) {
    test(`is replaced file by file, whatever is missing, of version ${version}`, (t) => {
      for (const name of reportFiles) {
        const cwd = tempDirectory(t);
        const content = name === 'results.json' ? JSON.stringify({ ...resultsFormat, version, trials: [] }) : own[name];
        writeFileSync(join(cwd, name), content);
        checkOut(cwd)[Symbol.dispose]();
      }
    });
  }

  for (const [name, content] of [
    ['results.json', '{}'],
    ['results.json', 'null'],
    ['results.json', '["kosh-ingest bench"]'],
    ['results.json', '{"format":"something else","version":1,"trials":[]}'],
    ['results.json', '{"format":"kosh-ingest bench","trials":[]}'],
    ['results.json', '{"format":"kosh-ingest bench","version":1}'],
    ['results.json', '{"format":"kosh-ingest bench","version":1,"trials":[]'],
    ['report.html', '<!doctype html>'],
    ['report.html', '<!doctype html>My notes on kosh-ingest bench'],
    ['trace.json', '{}'],
    ['trace.json', '{"otherData":{"commandLine":"chrome"},"traceEvents":[]}'],
  ] as const) {
    test(`is not replaced when it is something else, whatever is beside it: ${name} ${content}`, (t) => {
      const cwd = tempDirectory(t);
      for (const other of reportFiles) writeFileSync(join(cwd, other), own[other]);
      writeFileSync(join(cwd, name), content);
      assert.equal(refused(cwd), `--out: ${cwd} holds a ${name} that is not of kosh-ingest bench`);
      assert.equal(readFileSync(join(cwd, name), 'utf8'), content);
      // Nor at the end, when it has come meanwhile.
      assert.throws(() => writeReport(benchResults(), cwd), { code: 'ERR_EXPORT' });
      assert.equal(readFileSync(join(cwd, name), 'utf8'), content);
      for (const other of reportFiles) if (other !== name) assert.equal(readFileSync(join(cwd, other), 'utf8'), own[other]);
      assert.deepEqual(readdirSync(cwd).sort(), [...reportFiles].sort());
    });
  }

  for (const [what, make, problem] of [
    ['a link', (path, other) => symlinkSync(other, path), 'is a link'],
    ['a link to nothing', (path) => symlinkSync('nowhere', path), 'is a link'],
    ['a directory', (path) => mkdirSync(path), 'is not a file'],
    ['a pipe', (path) => spawnSync('mkfifo', [path]), 'is not a file'],
    ['write-protected', writeProtected, 'is write-protected'],
  ] as readonly (readonly [string, (path: string, other: string) => unknown, string])[]) {
    test(`is not replaced when it is ${what}`, { timeout: 20_000 }, (t) => {
      for (const name of reportFiles) {
        const cwd = tempDirectory(t);
        const other = join(tempDirectory(t), name);
        writeFileSync(other, own[name]);
        make(join(cwd, name), other);
        assert.equal(refused(cwd), `--out: ${cwd} holds a ${name} that ${problem}`);
        assert.throws(() => writeReport(benchResults(), cwd), { code: 'ERR_EXPORT' });
        assert.equal(readFileSync(other, 'utf8'), own[name]);
        assert.deepEqual(readdirSync(cwd), [name]);
      }
    });
  }
});

describe('the baseline is not written over', () => {
  for (const [what, link] of [
    ['by its own name', () => undefined],
    ['by a link to it', (own: string, other: string) => symlinkSync(own, other)],
    ['by a hard link', (own: string, other: string) => linkSync(own, other)],
  ] as const) {
    test(what, (t) => {
      const cwd = tempDirectory(t);
      mkdirSync(join(cwd, 'before'));
      symlinkSync('before', join(cwd, 'link'));
      writeFileSync(join(cwd, 'before/results.json'), own['results.json']);
      const saved = join(cwd, 'before/results.json');
      link(saved, join(cwd, 'b.json'));
      const baseline = existsSync(join(cwd, 'b.json')) ? join(cwd, 'b.json') : saved;
      for (const out of ['before', 'link']) {
        assert.equal(refused(join(cwd, out), baseline), `--baseline: ${baseline} would be written over by this run`);
        assert.throws(() => writeReport(benchResults(), join(cwd, out), baseline), { code: 'ERR_EXPORT' });
      }
      assert.equal(readFileSync(join(cwd, 'before/results.json'), 'utf8'), own['results.json']);
      checkOut(join(cwd, 'other'), baseline)[Symbol.dispose]();
    });
  }
});

describe('a report is written whole or not at all', () => {
  const contentsOf = (folder: string) => reportFiles.map((name) => readFileSync(join(folder, name), 'utf8'));

  test('on a disk that is full', (t) => {
    const disk = tempDirectory(t);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]).status !== 0) return t.skip('needs to mount');
    try {
      writeReport(benchResults(), disk);
      const before = contentsOf(disk);
      try {
        writeFileSync(join(disk, 'fill'), Buffer.alloc(3 * 2 ** 20));
      } catch {
        // That was the point.
      }
      assert.throws(() => writeReport(benchResults({ commandLine: 'kosh-ingest bench --seed 2' }), disk), {
        code: 'ERR_STORE_FULL',
        message: `cannot write ${join(disk, 'report.html')}: the disk is full`,
        hint: /^Make room there/,
      });
      assert.deepEqual(contentsOf(disk), before);
      assert.deepEqual(readdirSync(disk).sort(), ['fill', ...reportFiles].sort());
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  test('when one of them cannot take its place', (t) => {
    const cwd = tempDirectory(t);
    writeReport(benchResults(), cwd);
    const before = contentsOf(cwd);
    const last = join(cwd, 'results.json');
    // Nothing can be renamed to where something is mounted.
    if (spawnSync('mount', ['--bind', last, last]).status !== 0) return t.skip('needs to mount');
    try {
      assert.throws(() => writeReport(benchResults({ commandLine: 'kosh-ingest bench --seed 2' }), cwd), {
        code: 'ERR_EXPORT',
        message: /^cannot write .*results\.json: EBUSY/,
      });
    } finally {
      spawnSync('umount', [last]);
    }
    assert.deepEqual(contentsOf(cwd), before);
    assert.deepEqual(readdirSync(cwd).sort(), [...reportFiles].sort());
  });

  test('into a folder that is gone', (t) => {
    const cwd = join(tempDirectory(t), 'gone');
    assert.throws(() => writeReport(benchResults(), cwd), {
      code: 'ERR_EXPORT',
      message: `cannot write ${join(cwd, 'report.html')}: its folder is gone`,
    });
  });
});

test('a place where no folder can be', (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'file'), '');
  for (const name of ['file', 'file/below']) {
    assert.equal(refused(join(cwd, name)), `--out: ${join(cwd, name)} is a file or lies in one`);
  }
  assert.deepEqual(readdirSync(cwd), ['file']);
});

test('a place where nobody may write, or nothing can be made', { skip: process.platform !== 'linux' }, () => {
  // Not even root can make anything here.
  for (const path of ['/proc/self', '/proc/x', '/proc/x/y'])
    assert.match(refused(path), /^--out: \/proc\/\S+ cannot be written: /);
});
