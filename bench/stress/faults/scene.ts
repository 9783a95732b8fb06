import type { Place } from '../../place/place.js';
import type { Crew } from '../crew.js';
import type { FaultEvent } from '../events.js';
import type { ControlFile } from '../preload/control-file.js';
import type { StressJob } from '../protocol.js';
import type { Incident } from './schedule.js';

/** What faults act on. */
export interface Scene {
  readonly crew: Crew;
  readonly workers: number;
  readonly place: Place;
  /** The directory that is there while the lock is held. */
  readonly lockDirectory: string;
  readonly timing: StressJob['timing'];
  /** By process; none without the preloaded library. */
  readonly controls: readonly ControlFile[];
  /** Aborted when the run ends: what is wrong is put right, and quickly. */
  readonly ending: AbortSignal;
  /** Resolves after so many milliseconds, or when the run ends. */
  pause(ms: number): Promise<void>;
  record(event: Pick<FaultEvent, 'fault' | 'phase' | 'target' | 'detail'>): void;
}

/** What a fault does. Resolves when all is as before; records what happened, and nothing when nothing did. */
export type FaultAction = (scene: Scene, incident: Incident) => Promise<void>;
