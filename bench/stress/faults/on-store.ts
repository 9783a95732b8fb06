import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { memberOf, targetOf } from './on-processes.js';
import type { FaultAction } from './scene.js';

export const full: FaultAction = async (scene, incident) => {
  const member = memberOf(scene, incident);
  const control = scene.controls[member.index];
  if (!control) return;
  const target = targetOf(member);
  const before = control.seen().refused;
  control.fill(true);
  scene.record({ fault: 'full', phase: 'begin', target });
  await scene.pause(incident.lastsMs);
  control.fill(false);
  scene.record({ fault: 'full', phase: 'end', target, detail: `${control.seen().refused - before} calls were refused` });
};

const program = fileURLToPath(new URL(`./outsider.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));

/** A process of its own, as another program would be. */
export const outsider: FaultAction = async (scene, { lastsMs, chance }) => {
  const begin = chance < 0.5 ? 'IMMEDIATE' : 'EXCLUSIVE';
  const args = [...process.execArgv, program, scene.place.store, begin, String(lastsMs)];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  // Its input ends with the run: then it ends its transaction, too.
  const end = () => child.stdin.end();
  scene.ending.addEventListener('abort', end);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('begun')) scene.record({ fault: 'outsider', phase: 'begin', detail: `BEGIN ${begin}` });
    if (text.includes('ended')) scene.record({ fault: 'outsider', phase: 'end' });
  });
  if (scene.ending.aborted) end();
  await once(child, 'close');
  scene.ending.removeEventListener('abort', end);
};
