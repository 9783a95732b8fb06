import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { awakeTime, withLockDirectory } from './support/lock-directory.js';

const test = (title: string, body: (lockPath: string, directory: string) => Promise<void> | void, skip: string | false = false) =>
  it(title, { timeout: 120_000, skip }, () =>
    withLockDirectory(async (directory) => body(path.join(directory, 'store'), directory)),
  );

const imports = `
import { RFileLock } from ${JSON.stringify(new URL('../src/locks/r-file-lock.js', import.meta.url).href)};
import { Worker } from 'node:worker_threads';
import { writeFileSync } from 'node:fs';
const lockPath = process.env.LOCK_PATH;
const busy = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
`;

/** Runs a program of a few lines. */
function run(lockPath: string, code: string, env: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', imports + code], {
    env: { ...process.env, ...env, LOCK_PATH: lockPath },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

describe('RFileLock: ends of programs and of waits', () => {
  test('process.exit waits for the work of a thread, also where the main thread has closed its lock before', (lockPath) => {
    // The thread sits on the seat that was the main thread's.
    const worker = `
      import { RFileLock } from ${JSON.stringify(new URL('../src/locks/r-file-lock.js', import.meta.url).href)};
      import { parentPort, workerData } from 'node:worker_threads';
      import { writeFileSync } from 'node:fs';
      const lock = new RFileLock({ lockPath: workerData });
      await lock.run(() => {});
      parentPort.postMessage('ready');
      parentPort.on('message', () => lock.run(() => {
        parentPort.postMessage('held');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
        writeFileSync(workerData + '.end', '');
      }));`;
    const { status, stderr } = run(
      lockPath,
      `
      const lock = new RFileLock({ lockPath });
      await lock.run(() => {});
      const start = () => new Promise((resolve) => {
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})), { workerData: lockPath });
        worker.once('message', () => resolve(worker));
      });
      await start();
      await lock.close();
      const second = await start();
      second.once('message', () => process.exit(0));
      second.postMessage('go');`,
    );
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(`${lockPath}.end`), 'the work was not waited for');
    assert.deepEqual(readdirSync(path.dirname(lockPath)), ['store.end']);
  });

  test('process.exit inside the work, with a lock that was closed and opened again: at once, and nothing is left', (lockPath, directory) => {
    const started = performance.now();
    const { status, stderr } = run(
      lockPath,
      `
      const first = new RFileLock({ lockPath });
      await first.run(() => {});
      await first.close();
      const second = new RFileLock({ lockPath });
      await second.run(() => process.exit(0));`,
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(readdirSync(directory), []);
    assert.ok(performance.now() - started < 30_000);
  });

  test('a thread for the lock that cannot be started: ERR_WORKER, with the reason', (lockPath) => {
    const preload = "import { isMainThread } from 'node:worker_threads'; if (!isMainThread) throw new Error('no threads here');";
    const { stdout } = run(
      lockPath,
      `
      const lock = new RFileLock({ lockPath, timeout: 5 });
      await lock.run(() => {}).catch((error) => console.log(error.code, error.message));`,
      { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}` },
    );
    assert.match(stdout, /^ERR_WORKER .*no threads here/);
  });

  test('a wait that is aborted at the very moment of its turn lets the next one forward', async (lockPath) => {
    for (let ticks = 0; ticks < 25; ticks++) {
      const lock = new RFileLock({ lockPath: `${lockPath}${ticks}` });
      const abort = new AbortController();
      const abortLater = async () => {
        for (let tick = 0; tick < ticks; tick++) await null;
        abort.abort();
      };
      const first = lock.run(async () => {
        await sleep(3);
        void abortLater();
      });
      const second = lock.run(() => {}, { signal: abort.signal }).catch(() => undefined);
      await Promise.all([first, second]);
      assert.equal(await lock.run(() => 'goes on', { signal: AbortSignal.timeout(10_000) }), 'goes on', `${ticks} ticks`);
      await lock.close();
    }
  });

  test('a queue that cannot be made is told of, and holds up no other lock', async (lockPath) => {
    symlinkSync('/nowhere/at/all', `${lockPath}.lock.queue`);
    const lock = new RFileLock({ lockPath, timeout: 5, numTries: 1 });
    const other = new RFileLock({ lockPath: `${lockPath}-other` });
    const time = awakeTime();
    const failed = assert.rejects(lock.run(() => assert.fail()));
    assert.equal(await other.run(() => 'free'), 'free');
    await failed;
    assert.ok(time.elapsedMs() < 3000, `${time.elapsedMs()} ms`);
    time.stop();
    await Promise.all([lock.close(), other.close()]);
    spawnSync('rm', [`${lockPath}.lock.queue`]);
  });

  const notRoot = process.getuid?.() === 0 ? false : 'needs root, to be two other users';
  test(
    'what a killed user left behind, another one takes over, where both may write',
    (lockPath, directory) => {
      chmodSync(directory, 0o777);
      mkdirSync(path.join(directory, 'own'));
      // Read before the user changes: the package may be root's alone.
      const asUser = (uid: number, end: string) => `
        const warm = new RFileLock({ lockPath: ${JSON.stringify(path.join(directory, 'own', 'lock'))} });
        await warm.run(() => {});
        await warm.close();
        process.setgroups([${uid}]);
        process.setgid(${uid});
        process.setuid(${uid});
        const lock = new RFileLock({ lockPath, timeout: 20, numTries: 1 });
        await lock.run(() => {});
        await lock.run(() => ${end});
        await lock.close();`;
      const killed = run(lockPath, asUser(40_001, "process.kill(process.pid, 'SIGKILL')"));
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      const { status, stderr } = run(lockPath, asUser(40_002, 'undefined'));
      assert.equal(status, 0, stderr);
      assert.deepEqual(readdirSync(directory), ['own']);
    },
    notRoot,
  );
});
