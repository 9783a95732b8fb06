import { join } from 'node:path';
import type { Place } from './place.js';
import { type Purpose, ThrowAwayFolder } from './throw-away-folder.js';

/** A SQLite store in a folder of its own beside the given one. */
export function filePlace(beside: string, purpose: Purpose): Place {
  const folder = new ThrowAwayFolder(beside, purpose);
  const store = join(folder.disk, 'store.sqlite');
  return {
    engine: 'SQLite',
    store,
    nodes: [store],
    folder: folder.path,
    disk: folder.disk,
    servers: [],
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}
