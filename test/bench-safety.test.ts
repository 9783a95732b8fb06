/** What `bench` leaves behind when it is stopped, when its server or its disk goes away, and when its processes are killed: nothing of its own, and all of the user's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { filePlace } from '../bench/place/file-place.js';
import { serverPlace } from '../bench/place/server-place.js';
import type { FloorJob } from '../bench/strategies/floor.js';
import { runGroup } from '../bench/strategies/group.js';
import { Measuring } from '../bench/strategies/measuring.js';
import { KoshPeer } from '../bench/strategies/peer/kosh.js';
import { type FloorPlan, floorsOf, type Trial, trialsOf } from '../bench/strategies/plan.js';
import { mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { benchConfig } from '../src/config/bench-config.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

const timeout = 60_000;
const onLinux = { timeout, skip: process.platform === 'linux' ? false : 'looks into /proc' };
const short = ['bench', '--strategies', 'RFileLock', '--workers', '2', '--processes', '2', '--repeats', '1', '--seconds', '3'];

/** The processes that run `program` in a folder below `cwd`. */
function running(program: string, cwd: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOne =
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program) && readlinkSync(`/proc/${pid}/cwd`).startsWith(cwd);
        return isOne ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });
}

async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < endMs, `never: ${what}`);
    await sleep(5);
  }
}

/** Resolves when the workers are at work, and one of them holds the lock: they stand still from then on. */
async function inTrial(cwd: string): Promise<void> {
  const all = await until(() => {
    const found = running('trial-process', cwd);
    return found.length === 2 && found;
  }, 'a trial');
  const tell = (signal: NodeJS.Signals) => all.forEach((pid) => void process.kill(pid, signal));
  for (;;) {
    await sleep(200);
    tell('SIGSTOP');
    await sleep(50);
    if (existsSync(join(cwd, 'l.lock'))) return;
    tell('SIGCONT');
  }
}

function setting(flags: Readonly<Record<string, unknown>>) {
  const config = benchConfig({
    env: {},
    flags: { strategies: 'RFileLock', workers: '1', processes: '1', seconds: '3', ...flags },
  });
  const trials = trialsOf(config);
  return { config, trial: trials[0] as Trial, floor: floorsOf(trials)[0] as FloorPlan };
}

describe('Ctrl-C', () => {
  test('once: a lock that was given is free again', onLinux, async (t) => {
    const cwd = tempDirectory(t);
    const onSpawn = async (child: ChildProcess) => {
      await inTrial(cwd);
      child.kill('SIGINT');
    };
    const { code, stderr } = await runCli([...short, '--lock-path', 'l'], { cwd, onSpawn });
    assert.equal(code, 130, stderr);
    assert.deepEqual(readdirSync(cwd), []);
  });

  test('twice: no folder is left, no process, and no lock', onLinux, async (t) => {
    const cwd = tempDirectory(t);
    const onSpawn = async (child: ChildProcess) => {
      await inTrial(cwd);
      // While the first of them is dealt with, in whatever order they arrive.
      child.kill('SIGINT');
      child.kill('SIGTERM');
    };
    const { code, stderr } = await runCli([...short, '--lock-path', 'l', '--out', 'a/b'], { cwd, onSpawn });
    assert.equal(code, 130, stderr);
    assert.deepEqual(readdirSync(cwd), []);
    await until(() => running('trial', cwd).length === 0, 'the end of all processes');
  });
});

test(
  'a lock that somebody else has taken meanwhile is left alone by a trial that has none, also when that is killed',
  onLinux,
  async (t) => {
    const cwd = tempDirectory(t);
    const { config, trial } = setting({ store: join(cwd, 's'), lockPath: join(cwd, 'l'), strategies: 'None' });
    const measuring = new Measuring(config, undefined);
    await measuring.environment([trial]);
    mkdirSync(join(cwd, 'l.lock'));
    const found = measuring.trial(trial, 1);
    process.kill(await until(() => running('strategies/trial.', cwd)[0], 'a trial'), 'SIGKILL');
    assert.deepEqual(await found, { failure: 'the trial ended with SIGKILL' });
    assert.deepEqual(readdirSync(cwd), ['l.lock']);
  },
);

describe('a place of its own', () => {
  test('is beside the file that a link leads to, there or not', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'disk'));
    writeFileSync(join(cwd, 'disk/there'), '');
    symlinkSync('disk', join(cwd, 'folder'));
    for (const [name, target] of [
      ['a', 'disk/there'],
      ['b', 'disk/not-yet'],
      ['c', 'a'],
    ] as const) {
      symlinkSync(target, join(cwd, name));
    }
    for (const [store, stem] of [
      ['a', 'there'],
      ['b', 'not-yet'],
      ['c', 'there'],
      ['folder/x', 'x'],
    ] as const) {
      for (const purpose of ['bench', 'stress'] as const) {
        await using place = filePlace(join(cwd, store), purpose);
        assert.ok(place.folder.startsWith(join(cwd, 'disk', `${stem}.${purpose}-`)), place.folder);
      }
    }
    assert.deepEqual(readdirSync(join(cwd, 'disk')), ['there']);
  });

  test('is not made for a directory, for a link in a circle, nor for a name that is too long', (t) => {
    const cwd = tempDirectory(t);
    symlinkSync('circle', join(cwd, 'circle'));
    const refuses = (store: string, message: RegExp, hint: RegExp) =>
      assert.throws(() => filePlace(store, 'bench'), { code: 'ERR_STORE_OPEN', message, hint });
    refuses(cwd, /^the store .* is a directory$/, /^Name a file in it/);
    refuses(join(cwd, 'x'.repeat(250)), /ENAMETOOLONG/, /shorter name/);
    filePlace(join(cwd, 'circle'), 'bench')[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(cwd), ['circle']);
  });

  test('that is taken away during a trial or a floor ends the run, and blames no strategy', onLinux, async (t) => {
    const cwd = tempDirectory(t);
    const { config, trial, floor } = setting({ store: join(cwd, 's') });
    const measuring = new Measuring(config, undefined);
    for (const [work, program] of [
      [() => measuring.trial(trial, 1), 'trial-process'],
      [() => measuring.floor(floor, 1), 'floor'],
    ] as const) {
      const failed = assert.rejects(work(), { code: 'ERR_STORE_OPEN', message: /^the throw-away folder .* was removed while/ });
      await until(() => running(program, cwd).length > 0, program);
      await sleep(300);
      for (const name of readdirSync(cwd)) rmSync(join(cwd, name), { recursive: true });
      await failed;
    }
  });
});

describe('a floor', () => {
  test('that is killed is tried once more, and then says what happened', onLinux, async (t) => {
    const cwd = tempDirectory(t);
    const { config, floor } = setting({ store: join(cwd, 's'), seconds: '0.5' });
    const killOne = async (not: readonly number[]) => {
      const pid = await until(() => running('floor', cwd).find((one) => !not.includes(one)), 'a floor');
      process.kill(pid, 'SIGKILL');
      return pid;
    };
    const measuring = new Measuring(config, undefined);
    const rate = measuring.floor(floor, 1);
    await killOne([]);
    assert.ok((await rate) > 0);
    const failed = assert.rejects(measuring.floor(floor, 1), {
      code: 'ERR_WORKER',
      message: 'the floor ended with SIGKILL',
      hint: /memory/,
    });
    await killOne([await killOne([])]);
    await failed;
    assert.deepEqual(readdirSync(cwd), []);
  });

  test('on a disk that is full says so', { timeout }, async (t) => {
    const disk = tempDirectory(t);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status !== 0) return t.skip('needs to mount');
    try {
      const { config, floor } = setting({});
      const job: FloorJob = {
        ...floor,
        store: join(disk, 's'),
        sqlite: { journalMode: 'delete', synchronous: 'off' },
        seed: config.seed,
      };
      await assert.rejects(runGroup('floor', job, { cwd: disk }), { code: 'ERR_STORE_FULL', hint: /^Make space/ });
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe('on a server', { skip: mariadbMissing() }, () => {
  async function withServer(t: TestContext) {
    const server = await startServer();
    t.after(() => server.remove());
    return { server, database: await server.freshDatabase('campaign') };
  }

  test('Ctrl-C twice: the throw-away database is dropped, in use as it is; a long name is cut', onLinux, async (t) => {
    const { server } = await withServer(t);
    const long = await server.freshDatabase('x'.repeat(55));
    assert.equal(long.length, 64);
    const cwd = tempDirectory(t);
    const listed = () => server.sql("SHOW DATABASES LIKE '%\\_bench\\_%'");
    let seen = '';
    const onSpawn = async (child: ChildProcess) => {
      await until(() => running('trial-process', '/').length > 0, 'a trial');
      await sleep(1000);
      seen = await listed();
      child.kill('SIGINT');
      child.kill('SIGTERM');
    };
    const args = ['bench', '--store', server.url(long), '--strategies', 'OnlyRetry', '--workers', '2', '--processes', '1'];
    const { code, stderr } = await runCli([...args, '--repeats', '1', '--seconds', '3'], { cwd, onSpawn });
    assert.equal(code, 130, stderr);
    assert.match(seen, /^x{49,50}_bench_[0-9a-f]{8}$/);
    assert.doesNotMatch(stderr, /left on the server/);
    assert.equal(await listed(), '');
    assert.deepEqual(readdirSync(cwd), []);
  });

  test('is asked for its version before the throw-away database, and the sessions in it, are gone', { timeout }, async (t) => {
    const { server, database } = await withServer(t);
    const { config } = setting({});
    const measuring = new Measuring({ ...config, store: server.url(database), lockPath: '' }, undefined);
    // The two raced: one run alone would not show it.
    for (let n = 0; n < 50; n++) assert.match((await measuring.environment([])).engineVersion, /MariaDB/);
  });

  test('that goes away: the run ends with that error, and names the database that is left', { timeout }, async (t) => {
    const { server, database } = await withServer(t);
    const said: string[] = [];
    const { write } = process.stderr;
    t.after(() => void (process.stderr.write = write));
    process.stderr.write = ((text: string) => said.push(text) > 0) as typeof write;
    const work = async () => {
      await using place = await serverPlace(server.url(database), 'bench');
      await server.kill();
      throw new Error(`the real error in ${place.engine}`);
    };
    await assert.rejects(work, { message: 'the real error in MariaDB' });
    process.stderr.write = write;
    assert.match(
      said.join(''),
      /^kosh-ingest: the throw-away database (campaign_\w+_bench_\w+) is left on the server \(.*\): DROP DATABASE `\1`\n$/,
    );
  });
});

describe('the peer', () => {
  /** A module of the name, for the real `python3`: a round without an ensemble is done at once, another takes its time. */
  function slowKosh(t: TestContext): NodeJS.ProcessEnv {
    const path = tempDirectory(t);
    const lines = ['import time', '__version__ = "slow"', 'class connect:', '    def __init__(self, *a, **k): pass'];
    const methods = ['    def create_ensemble(self, **k): time.sleep(60)', '    def close(self): pass', ''];
    writeFileSync(join(path, 'kosh.py'), [...lines, ...methods].join('\n'));
    return { PYTHONPATH: path };
  }
  const skip = spawnSync('python3', ['-c', '']).status === 0 ? onLinux.skip : 'there is no python3';

  for (const name of ['SIGKILL', 'SIGINT'] as const) {
    test(`ends with the command, also by ${name}`, { timeout, skip }, async (t) => {
      const cwd = tempDirectory(t);
      const onSpawn = async (child: ChildProcess) => {
        await until(() => running('kosh.connect', cwd).length > 0, 'the peer');
        child.kill(name);
      };
      const { code, signal } = await runCli([...short, '--peer', 'kosh'], { cwd, env: slowKosh(t), onSpawn });
      assert.deepEqual([code, signal], name === 'SIGINT' ? [130, null] : [null, name]);
      await until(() => running('kosh.connect', '/').length === 0, 'its end');
    });
  }

  test('that ends in order is no fault; one that is killed says so', { timeout, skip }, async (t) => {
    const cwd = tempDirectory(t);
    const before = process.env.PYTHONPATH;
    process.env.PYTHONPATH = slowKosh(t).PYTHONPATH;
    t.after(() => (before === undefined ? delete process.env.PYTHONPATH : (process.env.PYTHONPATH = before)));
    const peer = KoshPeer.find();
    const run = { cwd, store: join(cwd, 's'), signal: undefined };
    await peer.run(1, { ...run, sizes: { ensembles: 0, datasets: 1, attributes: 1 } });
    assert.deepEqual(peer.result(1, []).faults, []);
    const round = peer.run(2, { ...run, sizes: { ensembles: 1, datasets: 1, attributes: 1 } });
    process.kill(await until(() => running('kosh.connect', cwd)[0], 'the peer'), 'SIGKILL');
    await round;
    assert.deepEqual(peer.result(2, []).faults, ['round 2: python3 ended with SIGKILL']);
  });
});
