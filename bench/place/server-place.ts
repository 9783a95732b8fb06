import { IngestError } from '../../src/errors.js';
import { galeraMissing, startCluster } from '../support/galera.js';
import { faultsMissing, type MariadbServer, startServer } from '../support/mariadb-server.js';
import type { Place } from './place.js';
import { withDatabase } from './server-session.js';
import { ThrowAwayDatabase } from './throw-away-database.js';
import { type Purpose, ThrowAwayFolder } from './throw-away-folder.js';

/** A database of its own on the server of the given store. Its user must be allowed to create it. */
export async function serverPlace(beside: string, purpose: Purpose): Promise<Place> {
  const folder = new ThrowAwayFolder(undefined, purpose);
  let database: ThrowAwayDatabase;
  try {
    database = await ThrowAwayDatabase.create(beside, purpose);
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
  const store = withDatabase(beside, database.name);
  return {
    engine: 'MariaDB',
    store,
    nodes: [store],
    folder: folder.path,
    disk: folder.disk,
    servers: [],
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Why there can be no private server; undefined when there can. */
export function privateMissing(kind: 'one' | 'three'): string | undefined {
  return faultsMissing() ?? (kind === 'three' ? galeraMissing() : undefined);
}

/** A server, or a cluster of three, that is there for this run alone. Throws `ERR_STORE_OPEN` where none can be started. */
export async function privatePlace(kind: 'one' | 'three'): Promise<Place> {
  const missing = privateMissing(kind);
  if (missing !== undefined) throw new IngestError('ERR_STORE_OPEN', `no private server: ${missing}`);
  const folder = new ThrowAwayFolder(undefined, 'stress');
  const servers: readonly MariadbServer[] = kind === 'one' ? [await startServer()] : await startCluster(3);
  const [first] = servers as [MariadbServer];
  const database = await first.freshDatabase();
  const nodes = servers.map((server) => server.url(database));
  return {
    engine: 'MariaDB',
    store: first.url(database).replace(`127.0.0.1:${first.port}`, servers.map(({ port }) => `127.0.0.1:${port}`).join(',')),
    nodes,
    folder: folder.path,
    disk: folder.disk,
    servers,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await Promise.all(servers.map((server) => server.remove()));
    },
  };
}
