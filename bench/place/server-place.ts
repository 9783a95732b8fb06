import { randomBytes } from 'node:crypto';
import { IngestError, messageOf } from '../../src/errors.js';
import { galeraMissing, startCluster } from '../support/galera.js';
import { faultsMissing, type MariadbServer, startServer } from '../support/mariadb-server.js';
import type { Place } from './place.js';
import { openSession, withDatabase } from './server-session.js';
import { type Purpose, ThrowAwayFolder } from './throw-away-folder.js';

/** A database of its own on the server of the given store. Its user must be allowed to create it. */
export async function serverPlace(beside: string, purpose: Purpose): Promise<Place> {
  const session = await openSession(beside);
  const database = `${session.database}_${purpose}_${randomBytes(4).toString('hex')}`;
  const run = async (sql: string) => {
    await session.query(sql);
  };
  try {
    await run(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
  } catch (error) {
    const why = (error as { readonly sqlMessage?: string }).sqlMessage ?? messageOf(error);
    throw new IngestError('ERR_STORE_OPEN', `the throw-away database ${database} cannot be created: ${why}`, {
      hint: `Let the user do so: GRANT ALL ON \`${session.database.replaceAll('_', '\\_')}\\_${purpose}\\_%\`.* TO the user.`,
      cause: error,
    });
  } finally {
    await session.close();
  }
  const folder = new ThrowAwayFolder(undefined, purpose);
  const store = withDatabase(beside, database);
  return {
    engine: 'MariaDB',
    store,
    nodes: [store],
    folder: folder.path,
    disk: folder.disk,
    servers: [],
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      const last = await openSession(beside);
      try {
        await last.query(`DROP DATABASE IF EXISTS "${database.replaceAll('"', '""')}"`);
      } finally {
        await last.close();
      }
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
