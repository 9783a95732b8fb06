import type { Check, Found } from '../finding.js';
import type { Server, ServerPlace } from './server-place.js';

/** A check that finds nothing on a server that was not reached. */
export function onServer(
  name: string,
  look: (server: Server) => readonly Found[] | Promise<readonly Found[]>,
): Check<ServerPlace> {
  return { name, look: ({ server }) => ('refused' in server ? [] : look(server)) };
}
