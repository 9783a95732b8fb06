/** `kosh-ingest stress` as a user runs it: short runs with real processes, threads and faults. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { buildPreload } from '../bench/stress/preload/build.js';
import type { Verdict } from '../bench/stress/verdict.js';
import { mariadbMissing } from '../bench/support/mariadb-server.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

interface Report extends Verdict {
  readonly seed: number;
  readonly commandLine: string;
  readonly interrupted: boolean;
  readonly notAvailable: Readonly<Record<string, string>>;
  readonly history: string | null;
}

const folder = mkdtempSync(join(tmpdir(), 'kosh-stress-preload-'));
const preload = await buildPreload(folder);
rmSync(folder, { recursive: true });
const withoutCompiler = 'missing' in preload ? preload.missing : false;

const short = ['--processes', '3', '--seed', '1'];

function reportOf(stdout: string): Report {
  return JSON.parse(stdout) as Report;
}

function brokenIn({ invariants }: Verdict): string[] {
  return invariants.flatMap(({ held, name, evidence }) => (held === false ? [`${name}: ${evidence}`] : []));
}

describe('a run', () => {
  test('RFileLock holds while processes are killed, threads terminated, locks left behind; nothing is left', async (t) => {
    const cwd = tempDirectory(t);
    writeFileSync(join(cwd, 'user.sqlite'), 'not to be touched');
    const faults = 'kill,terminate,orphan,unlock,outsider';
    const args = ['stress', '--store', 'user.sqlite', '--seconds', '10', '--faults', faults, ...short, '--json'];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
    const report = reportOf(stdout);
    assert.deepEqual(brokenIn(report), []);
    for (const fault of faults.split(',')) assert.ok((report.figures.faults[fault] ?? 0) > 0, `${fault} did not happen`);
    assert.deepEqual(readdirSync(cwd), ['user.sqlite']);
    assert.equal(readFileSync(join(cwd, 'user.sqlite'), 'utf8'), 'not to be touched');
  });

  test('so many operations a thread instead of seconds', async (t) => {
    const args = [
      'stress',
      '--store',
      'a',
      '--operations',
      '20',
      '--strategy',
      'OnlyRetry',
      '--faults',
      'none',
      ...short,
      '--json',
    ];
    const { code, stdout, stderr } = await runCli(args, { cwd: tempDirectory(t) });
    assert.equal(code, 0, stderr);
    const { operations } = reportOf(stdout).figures;
    const sum = Object.values(operations).reduce((all, { ok, failed, unknown }) => all + ok + failed + unknown, 0);
    assert.equal(sum, 3 * 2 * 20);
  });

  test('None breaks where locks do nothing; the saved history is judged the same again', { skip: withoutCompiler }, async (t) => {
    const cwd = tempDirectory(t);
    const run = ['stress', '--store', 'a.sqlite', '--strategy', 'None', '--faults', 'no-locks', '--seconds', '5', ...short];
    const { code, stdout } = await runCli([...run, '--json'], { cwd });
    assert.equal(code, 4, stdout);
    const report = reportOf(stdout);
    assert.deepEqual(readdirSync(cwd), ['a.sqlite.stress-1.jsonl']);
    assert.equal(report.history, 'a.sqlite.stress-1.jsonl');
    const again = await runCli(['stress', '--check', 'a.sqlite.stress-1.jsonl', '--json'], { cwd });
    assert.equal(again.code, 4);
    assert.deepEqual(reportOf(again.stdout).invariants, report.invariants);

    const { stdout: text } = await runCli(['stress', '--check', 'a.sqlite.stress-1.jsonl'], { cwd });
    for (const words of ['BROKEN', ' after the start:', report.commandLine]) {
      assert.ok(text.includes(words), `${words} is not in\n${text}`);
    }
  });

  test('Ctrl-C ends it in order and judges what there is; a history that is cut off is not taken for whole', async (t) => {
    const cwd = tempDirectory(t);
    const onSpawn = (child: { kill(signal: NodeJS.Signals): void }) => void setTimeout(() => child.kill('SIGINT'), 4000);
    const args = ['stress', '--store', 'a', '--faults', 'none', ...short, '--json', '--history', 'h.jsonl'];
    const { code, stdout, stderr } = await runCli(args, { cwd, onSpawn });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^kosh-ingest: interrupted: /);
    const report = reportOf(stdout);
    assert.ok(report.interrupted);
    assert.deepEqual(brokenIn(report), []);
    assert.deepEqual(readdirSync(cwd), ['h.jsonl']);

    const text = readFileSync(join(cwd, 'h.jsonl'), 'utf8');
    writeFileSync(join(cwd, 'cut.jsonl'), text.slice(0, text.length / 2));
    const cut = await runCli(['stress', '--check', 'cut.jsonl'], { cwd });
    assert.equal(cut.code, 1, cut.stdout);
    assert.match(cut.stdout, /the history ends before the run did/);
  });

  test('OnlyRetry holds on a MariaDB server that is killed', { skip: mariadbMissing() ?? false }, async (t) => {
    const faults = 'kill,kill-connection,kill-server';
    const args = ['stress', '--private-server', 'one', '--seconds', '8', '--faults', faults, ...short, '--json'];
    const { code, stdout, stderr } = await runCli(args, { cwd: tempDirectory(t) });
    assert.equal(code, 0, stdout + stderr);
    const report = reportOf(stdout);
    assert.deepEqual(brokenIn(report), []);
    for (const fault of faults.split(',')) assert.ok((report.figures.faults[fault] ?? 0) > 0, `${fault} did not happen`);
  });
});

test('a strategy that is broken on purpose is caught', async (t) => {
  const cwd = tempDirectory(t);
  const { code, stdout, stderr } = await runCli(['stress', '--store', 'a', '--control', 'no-exclusion', '--seed', '1'], { cwd });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /no-exclusion +caught after \d+ s: .*never two holders/);
  assert.deepEqual(readdirSync(cwd), []);
});

describe('what makes no sense is refused before anything is done', () => {
  for (const [args, code, message] of [
    [[], 2, '--store: missing'],
    [['--store', 'a', '--faults', 'kil'], 2, '--faults: no such fault "kil"\n  hint: did you mean kill?'],
    [['--store', 'a', '--control', 'half'], 2, '--control: no such control "half"'],
    [['--store', 'a', '--check', 'b'], 2, '--store: has no meaning with --check'],
    [['--store', 'a', '--private-server', 'one'], 2, '--store: has no meaning with --private-server'],
    [['--store', 'a', '--seconds', '3', '--operations', '3'], 2, '--seconds: has no meaning with --operations'],
    [['--store', 'a', '--strategy', 'Nope'], 2, '--strategy: expected one of None, RFileLock, OnlyRetry'],
    [['--store', 'a', '--history', 'none/h'], 2, '--history: none/h cannot be written'],
    [['extra', '--store', 'a'], 2, 'extra: stress takes no inputs'],
    [['--store', 'none/a.sqlite'], 1, 'no folder can be made in '],
    [['--store', 'mariadb://root@127.0.0.1:1/kosh'], 1, 'the store mariadb://root@127.0.0.1:1/kosh cannot be reached'],
    [['--check', 'none.jsonl'], 1, '--check: none.jsonl cannot be judged: ENOENT'],
    [['--check', '.'], 1, '--check: . cannot be judged: EISDIR'],
  ] as const) {
    test(args.join(' ') || 'nothing', async (t) => {
      const cwd = tempDirectory(t);
      const result = await runCli(['stress', ...args], { cwd });
      assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout: '' });
      assert.ok(result.stderr.startsWith(`kosh-ingest: ${message}`), result.stderr);
      assert.deepEqual(readdirSync(cwd), []);
    });
  }

  for (const [name, text] of [
    ['empty', ''],
    ['words', 'hello\n'],
    ['JSON of something else', '{"a":1}\n'],
    ['values', '5\n"x"\nnull\n'],
  ] as const) {
    test(`--check of a file that is no history: ${name}`, async (t) => {
      const cwd = tempDirectory(t);
      writeFileSync(join(cwd, 'h.jsonl'), text);
      const { code, stdout, stderr } = await runCli(['stress', '--check', 'h.jsonl'], { cwd });
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(stderr, /^kosh-ingest: --check: h\.jsonl cannot be judged: /);
    });
  }

  test('a lock path that is in use', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'mine.lock'));
    const { code, stderr } = await runCli(['stress', '--store', 'a', '--lock-path', 'mine'], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /mine\.lock is there: somebody uses this lock/);
    assert.ok(existsSync(join(cwd, 'mine.lock')));
    assert.deepEqual(readdirSync(cwd), ['mine.lock']);
  });
});
