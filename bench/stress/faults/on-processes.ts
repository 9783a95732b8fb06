import { readdirSync } from 'node:fs';
import type { Member } from '../crew.js';
import type { FaultAction, Scene } from './scene.js';
import type { Incident } from './schedule.js';

const hourMs = 3_600_000;

/** Members that are stopped or blocked, by scene: a second silence would end with the first. */
const silent = new WeakMap<Scene, Set<Member>>();

export const kill: FaultAction = async (scene, incident) => {
  const member = victimOf(scene, incident);
  // One that was not ready yet is killed too, but the next one is given the time to begin.
  if (!member.isAlive) return;
  scene.record({ fault: 'kill', phase: 'once', target: targetOf(member) });
  member.kill();
};

export const terminate: FaultAction = async (scene, incident) => {
  const member = memberOf(scene, incident);
  const worker = workerOf(scene, incident);
  if (!member.isAlive) return;
  scene.record({ fault: 'terminate', phase: 'once', target: { ...targetOf(member), w: worker } });
  member.send({ kind: 'terminate', worker });
};

export const stop: FaultAction = (scene, incident) =>
  silence(scene, incident, async (member) => {
    const target = targetOf(member);
    const { pid } = member;
    member.signal('SIGSTOP');
    scene.record({ fault: 'stop', phase: 'begin', target });
    await scene.pause(incident.lastsMs);
    // Another one may have taken the place of one that was killed meanwhile.
    if (member.pid === pid) member.signal('SIGCONT');
    scene.record({ fault: 'stop', phase: 'end', target });
  });

export const block: FaultAction = (scene, incident) =>
  silence(scene, incident, async (member) => {
    const { worker, lastsMs } = incident;
    const target = { ...targetOf(member), w: worker };
    // A worker serves it in the middle of its next operation, and writes that down itself.
    const record = (phase: 'begin' | 'end') => worker < 0 && scene.record({ fault: 'block', phase, target });
    await Promise.race([member.ready.catch(() => undefined), scene.pause(lastsMs)]);
    record('begin');
    member.send({ kind: 'block', worker, ms: lastsMs });
    await scene.pause(lastsMs);
    record('end');
  });

/** Half of the time an hour too late, then an hour too early, then right again. */
export const clock: FaultAction = async (scene, incident) => {
  const member = memberOf(scene, incident);
  const target = targetOf(member);
  const control = scene.controls[member.index];
  const set = (ms: number) => (control ? control.shiftClock(ms) : member.send({ kind: 'clock', ms }));
  for (const shiftMs of [hourMs, -hourMs]) {
    set(shiftMs);
    scene.record({ fault: 'clock', phase: 'begin', target, detail: `${shiftMs / hourMs} h` });
    await scene.pause(incident.lastsMs / 2);
    scene.record({ fault: 'clock', phase: 'end', target });
  }
  set(0);
};

/** The process that is meant. */
export function memberOf({ crew }: Scene, { process: index }: Incident): Member {
  return crew.members[index % crew.members.length] as Member;
}

/** The same, or half of the time the holder of the lock, where that can be seen: its end is what others have to notice. */
function victimOf(scene: Scene, incident: Incident): Member {
  const holder = incident.chance < 0.5 ? holderIn(scene) : undefined;
  return holder ?? memberOf(scene, incident);
}

/** The file in the directory of the lock names the process. */
function holderIn({ crew, lockDirectory }: Scene): Member | undefined {
  try {
    const numbers = readdirSync(lockDirectory).flatMap((name) => name.split(/\D+/));
    return crew.members.find(({ pid }) => numbers.includes(String(pid)));
  } catch {
    return undefined;
  }
}

export function targetOf({ index, incarnation }: Member) {
  return { p: index, i: incarnation };
}

function workerOf({ workers }: Scene, { worker, chance }: Incident): number {
  return worker >= 0 ? worker : Math.floor(chance * workers);
}

async function silence(scene: Scene, incident: Incident, act: (member: Member) => Promise<void>): Promise<void> {
  const those = silent.get(scene) ?? new Set();
  silent.set(scene, those);
  const first = scene.crew.members.indexOf(victimOf(scene, incident));
  const { members } = scene.crew;
  const member = [...members.slice(first), ...members.slice(0, first)].find((one) => one.isAlive && !those.has(one));
  if (!member) return;
  those.add(member);
  try {
    await act(member);
  } finally {
    those.delete(member);
  }
}
