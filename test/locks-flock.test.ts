import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RFileLock } from '../src/locks/r-file-lock.js';
import { untilFree, withLockDirectory } from './support/lock-directory.js';

const script = fileURLToPath(
  new URL(`${import.meta.url.includes('/dist/') ? '../../test/' : './'}support/file-lock.py`, import.meta.url),
);
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Skipped, with the reason, where Python has no filelock; in CI it has to. */
function missing(): string | false {
  if (process.env.KOSH_INGEST_REQUIRE_MARIADB === '1') return false;
  const found = spawnSync(python, ['-c', 'import filelock']).status === 0 && spawnSync('flock', ['--version']).status === 0;
  return found ? false : "Python's filelock or the command flock is not installed";
}

const test = (title: string, body: (lockPath: string) => Promise<void>) =>
  it(title, { timeout: 120_000 }, () => withLockDirectory((directory) => body(path.join(directory, 'kosh'))));

function startPython(...args: string[]): ChildProcess {
  return spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function count(lock: RFileLock, file: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await lock.run(async () => {
      const before = Number(readFileSync(file, 'utf8'));
      await sleep(1);
      writeFileSync(file, String(before + 1).padStart(6, '0'));
    });
  }
}

describe("flock: Kosh's own RFileLock in Python", { skip: missing() }, () => {
  test('what Python holds is waited for, and named', async (lockPath) => {
    const holder = startPython('hold', lockPath);
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
    const lock = new RFileLock({ lockPath, flock: true, timeout: 0.5, numTries: 1 });
    await assert.rejects(
      lock.run(() => assert.fail()),
      { code: 'ERR_LOCK_TIMEOUT', message: /held by a program that locked the file .*kosh \(Kosh\)/ },
    );
    const waiting = new RFileLock({ lockPath, flock: true }).run(() => 'free');
    holder.stdin?.end();
    assert.equal(await waiting, 'free');
    await lock.close();
  });

  test('what we hold, Python waits for', async (lockPath) => {
    const lock = new RFileLock({ lockPath, flock: true });
    let said = '';
    const holder = await lock.run(async () => {
      const waiter = startPython('hold', lockPath);
      waiter.stdout?.on('data', (text) => (said += text));
      await sleep(1000);
      assert.equal(said, '');
      return waiter;
    });
    while (said === '') await sleep(10);
    holder.stdin?.end();
    await once(holder, 'exit');
    await lock.close();
    assert.ok(existsSync(lockPath), 'the file that both lock stays');
  });

  for (const flock of [true, false]) {
    test(flock ? 'both count, and nothing is lost' : 'without it some are lost, so the test above can fail', async (lockPath) => {
      const file = `${lockPath}.count`;
      writeFileSync(file, '000000');
      const lock = new RFileLock({ lockPath, flock });
      const other = startPython('count', lockPath, file, '100');
      await once(other, 'spawn');
      const ours = count(lock, file, 100);
      await Promise.all([ours, once(other, 'exit')]);
      await lock.close();
      await untilFree(lock.directory);
      const found = Number(readFileSync(file, 'utf8'));
      if (flock) assert.equal(found, 200);
      else assert.ok(found < 200, String(found));
    });
  }
});
