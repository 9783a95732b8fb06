import { eacces, eio, orphan, unlock } from './on-lock.js';
import { block, clock, kill, stop, terminate } from './on-processes.js';
import { deadlock, killConnection, killServer, loseNode, restartServer, stopServer } from './on-server.js';
import { full, outsider } from './on-store.js';
import type { FaultAction } from './scene.js';
import type { FaultName } from './table.js';

/** What each fault does. That of the whole run is there from its start (`run-stress.ts`). */
export const actions = {
  kill,
  terminate,
  stop,
  block,
  unlock,
  orphan,
  clock,
  full,
  eio,
  eacces,
  outsider,
  'no-locks': async () => undefined,
  'kill-connection': killConnection,
  deadlock,
  'kill-server': killServer,
  'stop-server': stopServer,
  'restart-server': restartServer,
  'lose-node': loseNode,
} as const satisfies Record<FaultName, FaultAction>;
