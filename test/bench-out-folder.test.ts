/** Where the report of `bench` goes: a folder that is checked before anything is measured. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { checkOut, reportFiles } from '../bench/strategies/report/out-folder.js';
import { resultsFormat } from '../bench/strategies/results.js';
import { IngestError } from '../src/errors.js';
import { tempDirectory } from './support/temp.js';

function refused(folder: string): string {
  try {
    checkOut(folder);
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

describe('a report that is there', () => {
  for (const version of [resultsFormat.version, resultsFormat.version + 1]) {
    test(`is replaced when it is one of the bench, of version ${version}`, (t) => {
      const cwd = tempDirectory(t);
      for (const name of reportFiles) writeFileSync(join(cwd, name), JSON.stringify({ ...resultsFormat, version }));
      checkOut(cwd);
      assert.deepEqual(readdirSync(cwd).sort(), [...reportFiles].sort());
    });
  }

  for (const [name, content] of [
    ['results.json', '{}'],
    ['results.json', 'null'],
    ['results.json', '["kosh-ingest bench"]'],
    ['results.json', '{"format":"something else"}'],
    ['results.json', '{"format":"kosh-ingest bench"'],
    ['report.html', '<!doctype html>'],
    ['trace.json', '{}'],
  ] as const) {
    test(`is not replaced when it is something else: ${name} ${content}`, (t) => {
      const cwd = tempDirectory(t);
      writeFileSync(join(cwd, name), content);
      assert.equal(refused(cwd), `--out: ${cwd} holds a ${name} that is not of kosh-ingest bench`);
      assert.deepEqual(readdirSync(cwd), [name]);
      assert.equal(readFileSync(join(cwd, name), 'utf8'), content);
    });
  }
});

test('a place where no folder can be', (t) => {
  const cwd = tempDirectory(t);
  writeFileSync(join(cwd, 'file'), '');
  for (const name of ['file', 'file/below']) {
    assert.equal(refused(join(cwd, name)), `--out: ${join(cwd, name)} is a file or lies in one`);
  }
  assert.deepEqual(readdirSync(cwd), ['file']);
});

test('a place where nobody may write', { skip: process.platform !== 'linux' }, () => {
  // Not even root can make anything here.
  assert.match(refused('/proc/self'), /^--out: \/proc\/self cannot be written: /);
});
