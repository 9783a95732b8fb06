import { messageOf } from '../../../src/errors.js';
import { actions } from './actions.js';
import type { Scene } from './scene.js';
import type { Incident } from './schedule.js';

/**
 * Lets faults happen at their times until the run ends, several at once where they last. Resolves when all is as before.
 *
 * @param warn told what could not be done
 */
export async function inject(scene: Scene, incidents: Iterable<Incident>, warn: (message: string) => void): Promise<void> {
  const started = performance.now();
  const running = new Set<Promise<void>>();
  for (const incident of incidents) {
    await scene.pause(Math.max(0, started + incident.atMs - performance.now()));
    if (scene.ending.aborted) break;
    const acting = actions[incident.fault](scene, incident)
      .catch((error) => warn(`the fault ${incident.fault} could not be brought about: ${messageOf(error)}`))
      .finally(() => running.delete(acting));
    running.add(acting);
  }
  await Promise.all(running);
}
