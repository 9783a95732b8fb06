/** `kosh-ingest bench` before and after its run: what it refuses, what it says, how it ends. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { benchExitCode, benchProgressText } from '../src/cli/bench-outcome.js';
import { clock } from '../src/cli/format.js';
import { benchKeys } from '../src/config/bench-options.js';
import { flagOf } from '../src/config/option-spec.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

describe('help', () => {
  test('bench --help names every flag and its default', async (t) => {
    const { code, stdout } = await runCli(['bench', '--help'], { cwd: tempDirectory(t) });
    assert.equal(code, 0);
    for (const flag of [...benchKeys.map(flagOf), 'config']) assert.ok(stdout.includes(`--${flag} `), flag);
    for (const value of ['1,2,4,8; for', '1,2; for', '2000', 'kosh-bench', 'kosh.sqlite', 'notebook', 'inside the', '10']) {
      assert.ok(stdout.includes(`[default: ${value}`), value);
    }
  });

  test('--help names the command, its examples and its exit code', async (t) => {
    const { stdout } = await runCli(['--help'], { cwd: tempDirectory(t) });
    for (const words of ['  kosh-ingest bench  ', '--load kosh-scaling', 'slower than allowed (bench)']) {
      assert.ok(stdout.includes(words), `${words} is not in\n${stdout}`);
    }
  });
});

describe('what makes no sense is refused before anything is done', () => {
  for (const [args, message, hint] of [
    [
      ['--workers', '0'],
      '--workers: expected integers from 1 to 64 with commas, found "0"',
      'Worker threads of each process, a list with commas: each number is tried. For example: 1,2,4',
    ],
    [
      ['--strategies', 'None,RFilelock'],
      '--strategies: expected one or more of None, RFileLock, OnlyRetry with commas, found "None,RFilelock"',
      'did you mean RFileLock?',
    ],
    [['--wrokers', '2'], '--wrokers: no such flag', 'did you mean --workers?'],
    [['a.sqlite'], 'a.sqlite: bench takes no inputs', '--store names the store'],
    [
      ['--config', 'none.json'],
      'none.json: no such file',
      '--config names a file; without it ./ingest.config.json is read when it exists',
    ],
    [
      ['--store', 'sqlite:///a'],
      '--store: expected a SQLite file or a MariaDB database, found a sqlite URL',
      /^give a path alone/,
    ],
    [
      ['--seconds', '1', '--records', '1'],
      '--seconds: has no meaning with --records: one of the two says when a trial ends',
      /leave one/,
    ],
  ] as const) {
    test(args.join(' '), async (t) => {
      const cwd = tempDirectory(t);
      const { code, stdout, stderr } = await runCli(['bench', ...args], { cwd });
      assert.deepEqual({ code, stdout, left: readdirSync(cwd) }, { code: 2, stdout: '', left: [] });
      const [first, second = ''] = stderr.split('\n  hint: ');
      assert.equal(first, `kosh-ingest: ${message}`);
      if (typeof hint === 'string') assert.equal(second, `${hint}\n`);
      else assert.match(second, hint);
    });
  }

  test('a folder with a report of somebody else, also one that the file names', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'mine'));
    writeFileSync(join(cwd, 'mine/report.html'), 'x');
    writeFileSync(join(cwd, 'ingest.config.json'), '{ "bench": { "out": "mine" } }');
    const { code, stdout, stderr } = await runCli(['bench'], { cwd });
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^kosh-ingest: --out: mine holds a report\.html that is not of kosh-ingest bench\n {2}hint: /);
    assert.deepEqual(readdirSync(cwd).sort(), ['ingest.config.json', 'mine']);
  });

  test('a baseline that is not there; no folder is made for a report', async (t) => {
    const cwd = tempDirectory(t);
    const { code, stdout, stderr } = await runCli(['bench', '--baseline', 'none.json'], { cwd });
    assert.ok(code === 1 || code === 2, `${code}`);
    assert.deepEqual({ stdout, left: readdirSync(cwd) }, { stdout: '', left: [] });
    assert.match(stderr, /^kosh-ingest: .*none\.json/);
  });

  test('a misspelt key of bench, by load as well', async (t) => {
    const cwd = tempDirectory(t);
    writeFileSync(join(cwd, 'ingest.config.json'), '{ "store": "s.sqlite", "bench": { "wrokers": 1 } }');
    for (const command of ['bench', 'load']) {
      const { code, stderr } = await runCli([command], { cwd });
      assert.equal(code, 2);
      assert.equal(stderr, 'kosh-ingest: ingest.config.json: bench.wrokers: no such key\n  hint: did you mean workers?\n');
    }
    assert.deepEqual(readdirSync(cwd), ['ingest.config.json']);
  });
});

test('the line that shows how far it is', () => {
  const progress = { round: 2, rounds: 3, trial: 17, trials: 72, name: 'RFileLock notebook 2x4', elapsedMs: 60_000 };
  assert.equal(
    benchProgressText({ ...progress, remainingMs: 99_500 }),
    'round 2 of 3  RFileLock notebook 2x4  17 of 72  1:40 left',
  );
  assert.equal(benchProgressText({ ...progress, remainingMs: undefined }), 'round 2 of 3  RFileLock notebook 2x4  17 of 72');
  assert.equal(benchProgressText({ ...progress, round: 0, remainingMs: undefined }), 'warm-up  RFileLock notebook 2x4  17 of 72');
  assert.deepEqual([0, 6.2, 60, 3599.5, 3725].map(clock), ['0:00', '0:07', '1:00', '1:00:00', '1:02:05']);
});

describe('how it ends', () => {
  const sound = { verdict: { isSound: true }, interrupted: false };
  for (const [name, outcome, code] of [
    ['good', sound, 0],
    ['as fast as before', { ...sound, comparison: { slower: false } }, 0],
    ['slower than allowed', { ...sound, comparison: { slower: true } }, 4],
    ['something lost', { ...sound, verdict: { isSound: false } }, 4],
    ['interrupted', { ...sound, interrupted: true }, 130],
    ['interrupted, with something lost', { verdict: { isSound: false }, interrupted: true }, 4],
    ['interrupted, and slower', { ...sound, comparison: { slower: true }, interrupted: true }, 4],
  ] as const) {
    test(`${name}: ${code}`, () => assert.equal(benchExitCode(outcome), code));
  }
});
