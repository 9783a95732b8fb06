/** `kosh-ingest bench` as a user runs it: short runs with real processes, threads and stores. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import type { BenchResults, TrialResult } from '../bench/strategies/results.js';
import { mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

const files = ['report.html', 'results.json', 'trace.json'];
/** One trial that takes no longer than it has to; `more` is flags by name. */
function one(more: Readonly<Record<string, string>> = {}): string[] {
  const length = 'records' in more ? {} : { seconds: '0.2' };
  const flags = { workers: '1', processes: '1', strategies: 'RFileLock', repeats: '1', ...length, ...more };
  return ['bench', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
}

function resultsIn(folder: string): BenchResults {
  return JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as BenchResults;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

/** What holds of every trial without a fault. */
function assertWhole(trial: TrialResult, rounds: number): void {
  const { id, runs, rate, floorRatio, waitMs, holdMs, calls, timeline, fairness } = trial;
  assert.deepEqual(trial.faults, [], id);
  assert.deepEqual(
    runs.map(({ round }) => round),
    Array.from({ length: rounds }, (_, n) => n + 1),
    id,
  );
  for (const run of runs) {
    assert.ok(run.units > 0 && run.seconds > 0, `${id}: nothing was done`);
    assert.equal(run.units, sumOf(run.shares.flat()));
    assert.deepEqual([run.shares.length, run.shares[0]?.length], [trial.processes, trial.workers]);
    assert.ok(Math.abs(run.rate - run.units / run.seconds) < 1e-6);
  }
  assert.ok(rate && floorRatio && rate.min <= rate.median && rate.median <= rate.max);
  assert.equal(calls.done, sumOf(runs.map((run) => run.calls.done)));
  assert.equal(waitMs.count, calls.done + calls.gaveUp);
  assert.equal(holdMs.count, calls.done);
  assert.ok(waitMs.p50 <= waitMs.p90 && waitMs.p90 <= waitMs.p99 && waitMs.p99 <= waitMs.p999 && waitMs.p999 <= waitMs.max, id);
  assert.equal(timeline.lanes.length, trial.processes * trial.workers);
  assert.ok(timeline.spans.length > 0, `${id}: no timeline`);
  for (const [lane, asked, begun, ended] of timeline.spans) {
    assert.ok(lane < timeline.lanes.length && asked <= begun && begun <= ended, `${id}: ${[lane, asked, begun, ended]}`);
  }
  for (const jain of [fairness.workers, fairness.processes]) assert.ok(jain > 0 && jain <= 1 + 1e-9, id);
  assert.ok(trial.usefulShare > 0 && trial.usefulShare <= 1 + 1e-9, id);
}

describe('a run', () => {
  test('every load under every strategy is whole; the files are written, the given store is not touched', async (t) => {
    const cwd = tempDirectory(t);
    writeFileSync(join(cwd, 'user.sqlite'), 'not to be touched');
    const sizes = ['--workers', '2', '--processes', '2', '--repeats', '1', '--records', '60', '--batch-size', '10'];
    const loads = ['--load', 'notebook,bulk,mixed,read', '--ensembles', '2', '--datasets', '4', '--attributes', '3'];
    const args = ['bench', '--store', 'user.sqlite', ...sizes, ...loads, '--seed', '7'];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr + stdout);
    assert.equal(stderr, 'kosh-ingest: warm-up: 16 steps\nkosh-ingest: round 1 of 1: 16 steps\n');
    assert.deepEqual(readdirSync(cwd).sort(), ['kosh-bench', 'user.sqlite']);
    assert.equal(readFileSync(join(cwd, 'user.sqlite'), 'utf8'), 'not to be touched');
    assert.deepEqual(readdirSync(join(cwd, 'kosh-bench')).sort(), files);

    const { trials, floors, verdict, environment, commandLine, seed, rounds } = resultsIn(join(cwd, 'kosh-bench'));
    assert.deepEqual([trials.length, floors.length, seed, rounds], [4 * 3, 4, 7, 1]);
    for (const trial of trials) {
      assertWhole(trial, 1);
      // A bulk load takes whole ensembles.
      const units = trial.runs[0]?.units ?? 0;
      assert.ok(trial.load === 'bulk' ? units > 60 - 2 * trial.processes && units <= 60 : units === 60, `${trial.id}: ${units}`);
      assert.equal(trial.calls.done, trial.load === 'bulk' ? trial.calls.done : 60, trial.id);
    }
    assert.ok(verdict.isSound);
    assert.ok(stdout.includes(verdict.headline.slice(0, 30)), stdout);
    assert.equal(environment.engine, 'SQLite');
    assert.equal(
      commandLine,
      'kosh-ingest bench --store user.sqlite --strategies None,RFileLock,OnlyRetry --workers 2 --processes 2 --batch-size 10 --load notebook,bulk,mixed,read --ensembles 2 --datasets 4 --attributes 3 --records 60 --repeats 1 --seed 7 --journal-mode delete --synchronous full --num-tries 10 --patience 1 --timeout 3600',
    );
  });

  test('a window of time, and rounds in turn', async (t) => {
    const cwd = tempDirectory(t);
    const flags = [
      '--strategies',
      'RFileLock,OnlyRetry',
      '--workers',
      '2',
      '--processes',
      '2',
      '--repeats',
      '2',
      '--seconds',
      '0.3',
    ];
    const { code, stdout, stderr } = await runCli(['bench', ...flags, '--json'], { cwd });
    assert.equal(code, 0, stderr);
    const results = JSON.parse(stdout) as BenchResults;
    assert.deepEqual(results, resultsIn(join(cwd, 'kosh-bench')));
    for (const trial of results.trials) {
      assertWhole(trial, 2);
      for (const run of trial.runs) assert.equal(Math.round(run.seconds * 1000), 300);
    }
  });

  test("Kosh's own scaling job, beside what Kosh has published", async (t) => {
    const cwd = tempDirectory(t);
    const { code, stdout, stderr } = await runCli(['bench', '--load', 'kosh-scaling', '--processes', '2,3', '--repeats', '1'], {
      cwd,
    });
    assert.equal(code, 0, stderr);
    const { trials } = resultsIn(join(cwd, 'kosh-bench'));
    assert.deepEqual(
      trials.map(({ id, runs }) => [id, runs[0]?.units]),
      ['RFileLock', 'OnlyRetry'].flatMap((strategy) => [2, 3].map((n) => [`${strategy} kosh-scaling ${n}x1`, n * n * (n + 1)])),
    );
    for (const { jobSeconds } of trials) assert.ok(jobSeconds && jobSeconds.median > 0 && jobSeconds.median < 60);
    // RFileLock: 2 in 1:00, 3 in 4:00.
    assert.match(stdout, /1:00|60 s|1 min/);
  });

  test('the journal mode and the synchronous setting are those that were asked for', async (t) => {
    const cwd = tempDirectory(t);
    const { code, stderr } = await runCli(one({ 'journal-mode': 'wal', synchronous: 'normal', load: 'notebook,bulk' }), { cwd });
    assert.equal(code, 0, stderr);
    const { environment, trials } = resultsIn(join(cwd, 'kosh-bench'));
    assert.deepEqual([environment.journalMode, environment.synchronous], ['wal', 'normal']);
    for (const trial of trials) assertWhole(trial, 1);
  });

  test('on a MariaDB server, in a database of its own', { skip: mariadbMissing() ?? false, timeout: 120_000 }, async (t) => {
    const cwd = tempDirectory(t);
    const server = await startServer();
    t.after(() => server.remove());
    const database = await server.freshDatabase('campaign');
    const flags = ['--store', server.url(database), '--load', 'notebook,bulk,mixed', '--workers', '1,2', '--processes', '2'];
    const { code, stdout, stderr } = await runCli(
      ['bench', ...flags, '--repeats', '1', '--records', '100', '--batch-size', '20'],
      { cwd },
    );
    assert.equal(code, 0, stderr + stdout);
    const { trials, environment } = resultsIn(join(cwd, 'kosh-bench'));
    assert.equal(environment.engine, 'MariaDB');
    assert.match(environment.engineVersion, /MariaDB/);
    for (const trial of trials) assertWhole(trial, 1);
    const left = await server.sql(`SHOW DATABASES LIKE 'campaign%'`);
    assert.equal(left, database);
  });

  test('Ctrl-C: the rounds that are whole count, nothing is left behind', { timeout: 60_000 }, async (t) => {
    const cwd = tempDirectory(t);
    const flags = ['--strategies', 'RFileLock', '--workers', '1', '--processes', '1', '--repeats', '50', '--seconds', '0.2'];
    const onSpawn = (child: { kill(signal: NodeJS.Signals): void }) => void setTimeout(() => child.kill('SIGINT'), 9000);
    const { code, stderr } = await runCli(['bench', ...flags], { cwd, onSpawn });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^kosh-ingest: round 1 of 50: 2 steps$/m);
    assert.match(stderr, /^kosh-ingest: interrupted: /m);
    assert.deepEqual(readdirSync(cwd), ['kosh-bench']);
    const { interrupted, rounds, trials } = resultsIn(join(cwd, 'kosh-bench'));
    assert.ok(interrupted && rounds > 0 && rounds < 50);
    assertWhole(trials[0] as TrialResult, rounds);
  });
});

describe('what is broken is seen', () => {
  test('a strategy that drops one record in a thousand makes the trial fail', async (t) => {
    const cwd = tempDirectory(t);
    const { code, stdout } = await runCli(one({ records: '200', control: 'drop' }), { cwd });
    assert.equal(code, 4, stdout);
    const { trials, verdict } = resultsIn(join(cwd, 'kosh-bench'));
    const [trial] = trials;
    assert.match(
      trial?.faults.join() ?? '',
      /(^|,)round 1: lost 1 of 200 records that were acknowledged \(p0w0_ensemble_\d+(_dataset_\d+)?\)$/,
    );
    assert.deepEqual([trial?.rate, trial?.floorRatio, verdict.best, verdict.isSound], [undefined, undefined, null, false]);
    assert.match(stdout, /lost 1 of 200/);
  });

  test('a strategy that sleeps in the lock is slower than the baseline allows; the same code is not', {
    timeout: 180_000,
  }, async (t) => {
    const cwd = tempDirectory(t);
    const flags = ['--strategies', 'RFileLock', '--workers', '1,2', '--processes', '1', '--repeats', '6', '--seconds', '0.3'];
    const run = (out: string, ...more: string[]) => runCli(['bench', ...flags, '--out', out, ...more], { cwd });
    assert.equal((await run('before')).code, 0);
    const compare = ['--baseline', 'before/results.json', '--fail-if-slower', '25'];
    const same = await run('same', ...compare);
    assert.equal(same.code, 0, same.stdout);
    assert.equal(resultsIn(join(cwd, 'same')).comparison?.slower, false);
    const slow = await run('slow', ...compare, '--control', 'slow');
    assert.equal(slow.code, 4, slow.stdout);
    assert.equal(resultsIn(join(cwd, 'slow')).comparison?.slower, true);
    assert.match(slow.stdout, /slower/);
  });
});

describe('what cannot be run is refused in a line that says what to do', () => {
  const refusals: readonly (readonly [what: string, flags: Readonly<Record<string, string>>, code: number, said: RegExp])[] = [
    ['no worker', { workers: '0' }, 2, /--workers: .*found "0"/],
    ['a strategy that does not exist', { strategies: 'RFilelock' }, 2, /--strategies: .*did you mean RFileLock/s],
    ['a folder that is not there', { store: 'nowhere/a.sqlite' }, 1, /no folder can be made in .*nowhere/],
    ['a baseline that is not there', { baseline: 'none.json' }, 2, /none\.json/],
    ['a place for the report that is a file', { out: 'file' }, 2, /file is a file/],
    ['a lock that somebody uses', { 'lock-path': 'used' }, 1, /somebody uses this lock/],
  ];
  for (const [what, flags, wanted, said] of refusals) {
    test(what, async (t) => {
      const cwd = tempDirectory(t);
      writeFileSync(join(cwd, 'file'), '');
      mkdirSync(join(cwd, 'used.lock'));
      const { code, stdout, stderr } = await runCli(one(flags), { cwd });
      assert.deepEqual({ code, stdout }, { code: wanted, stdout: '' }, stderr);
      assert.match(stderr, said);
      assert.equal(stderr.trim().split('\n').length, 2, stderr);
      assert.deepEqual(readdirSync(cwd).sort(), ['file', 'used.lock']);
    });
  }

  test('a folder that cannot be written', {
    skip: process.getuid?.() === 0 && !canBecomeNobody() ? 'needs another user' : false,
  }, async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'locked'));
    chmodSync(join(cwd, 'locked'), 0o555);
    chmodSync(cwd, 0o755);
    const cli = join(import.meta.dirname, '../src/cli/main.js');
    if (!existsSync(cli)) return t.skip('runs the build');
    const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { status, stderr } = spawnSync(
      process.execPath,
      [cli, 'bench', '--store', 'locked/a.sqlite', '--out', '/tmp/kosh-bench-nobody'],
      {
        cwd,
        encoding: 'utf8',
        ...asNobody,
      },
    );
    assert.equal(status, 1, stderr);
    assert.match(stderr, /no folder can be made in .*locked: .*\n.*you may write/s);
  });

  test('a disk with too little space', async (t) => {
    const cwd = tempDirectory(t);
    const disk = join(cwd, 'disk');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]).status !== 0) {
      return t.skip('a small tmpfs cannot be mounted here (needs root)');
    }
    const { code, stderr } = await runCli(one({ store: 'disk/a.sqlite' }), { cwd });
    const left = readdirSync(disk);
    spawnSync('umount', [disk]);
    assert.deepEqual(left, []);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /the disk of the store has 3 MB free, and a trial can take \d+ MB\n.*Make room/);
  });
});

function canBecomeNobody(): boolean {
  return spawnSync(process.execPath, ['-e', ''], { uid: 65534, gid: 65534 }).status === 0;
}
