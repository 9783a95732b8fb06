import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderName } from '../../../src/locks/holder.js';
import { memberOf, targetOf } from './on-processes.js';
import type { FaultAction, Scene } from './scene.js';

/** How long a lock is waited for that is to be deleted. */
const patienceMs = 3000;

/** `rm -r` of the lock, while somebody holds it. */
export const unlock: FaultAction = async (scene) => {
  const isDeleted = () => {
    if (identityOf(scene.lockDirectory) === undefined) return false;
    try {
      rmSync(scene.lockDirectory, { recursive: true });
      return true;
    } catch {
      // Its holder was faster.
      return false;
    }
  };
  if (await soon(scene, isDeleted)) scene.record({ fault: 'unlock', phase: 'once' });
};

/** The file of a holder on a machine that is no more: of another start of the system, so that nobody here can know whether it lives. */
const goneHolder = holderName({
  id: '0a.1',
  pid: 4711,
  tid: 4711,
  start: 4711,
  boot: '0123456789abcdef0123456789abcdef',
  pidSpace: '4711',
  host: 'gone.example.org',
});

/** What can be left behind. */
const remains: readonly { readonly what: string; make(directory: string): void }[] = [
  { what: 'an empty directory', make: () => undefined },
  { what: 'the lock of a host that is no more', make: (directory) => writeFileSync(join(directory, goneHolder), '') },
  {
    what: 'an empty directory of an hour ago',
    make: (directory) => {
      const then = Date.now() / 1000 - 3600;
      utimesSync(directory, then, then);
    },
  },
];

/** A lock whose holder never comes back; whoever needs it has to wait until it is stale. */
export const orphan: FaultAction = async (scene, { chance }) => {
  const { lockDirectory, timing, ending } = scene;
  const left = remains[Math.floor(chance * remains.length)];
  const made = `${lockDirectory}.orphan`;
  // A lock that many want goes from hand to hand and is never free: it is taken from whoever has it, as by `unlock`.
  const isPut = () => {
    try {
      rmSync(lockDirectory, { recursive: true, force: true });
      renameSync(made, lockDirectory);
      return true;
    } catch {
      return false;
    }
  };
  if (!left) return;
  mkdirSync(made);
  left.make(made);
  const ours = identityOf(made);
  if (!(await soon(scene, isPut))) return rmSync(made, { recursive: true });
  scene.record({ fault: 'orphan', phase: 'begin', detail: left.what });
  const begun = performance.now();
  const isOurs = () => identityOf(lockDirectory) === ours;
  while (isOurs() && !ending.aborted && performance.now() - begun < 5 * timing.staleMs) await sleep(10);
  const ms = Math.round(performance.now() - begun);
  const wasLeft = isOurs();
  if (wasLeft) rmSync(lockDirectory, { recursive: true, force: true });
  const detail = wasLeft ? `nobody had taken it over after ${ms} ms` : `taken over after ${ms} ms`;
  scene.record({ fault: 'orphan', phase: 'end', detail });
};

export const eio: FaultAction = failing('eio', constants.errno.EIO);
export const eacces: FaultAction = failing('eacces', constants.errno.EACCES);

function failing(fault: string, errno: number): FaultAction {
  return async (scene, incident) => {
    const member = memberOf(scene, incident);
    const control = scene.controls[member.index];
    if (!control) return;
    const target = targetOf(member);
    const before = control.seen().refused;
    control.failLock(errno);
    scene.record({ fault, phase: 'begin', target });
    await scene.pause(incident.lastsMs);
    control.failLock(0);
    scene.record({ fault, phase: 'end', target, detail: `${control.seen().refused - before} calls were refused` });
  };
}

/** Tries again and again, for a while: what is there changes all the time. */
async function soon(scene: Scene, attempt: () => boolean): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!scene.ending.aborted && performance.now() < deadline) {
    const pauseAt = performance.now() + 20;
    while (performance.now() < pauseAt) if (attempt()) return true;
    await sleep(5);
  }
  return false;
}

/** Tells a directory from its successor. */
function identityOf(directory: string): string | undefined {
  const found = statSync(directory, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}:${found.birthtimeNs}`;
}
