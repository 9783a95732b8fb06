import { openSession, type ServerSession } from '../../place/server-session.js';
import { GaleraNode, isolate, rejoin } from '../../support/galera.js';
import type { MariadbServer } from '../../support/mariadb-server.js';
import type { FaultAction, Scene } from './scene.js';
import type { Incident } from './schedule.js';

/** KILL of a connection of the workers, or of the statement that it is in. */
export const killConnection: FaultAction = (scene, incident) =>
  withSession(scene, incident, async (session) => {
    const found = await session.query(
      'SELECT id FROM information_schema.PROCESSLIST WHERE db = ? AND id <> CONNECTION_ID() ORDER BY command = ? DESC, id',
      [session.database, 'Query'],
    );
    const id = found[Math.floor(incident.chance * Math.min(found.length, 4))]?.id;
    if (id === undefined) return false;
    const what = incident.worker % 2 === 0 ? 'QUERY' : 'CONNECTION';
    // It may be gone by itself.
    const isKilled = await session.query(`KILL ${what} ${id}`).then(
      () => true,
      () => false,
    );
    if (isKilled) scene.record({ fault: 'kill-connection', phase: 'once', detail: `KILL ${what}` });
    return isKilled;
  });

/** Locks records one after the other, against the order in which the workers do. */
export const deadlock: FaultAction = (scene, incident) =>
  withSession(scene, incident, async (session) => {
    const found = await session.query('SELECT id FROM "Record" ORDER BY id DESC LIMIT 200');
    await session.query('ROLLBACK');
    scene.record({ fault: 'deadlock', phase: 'begin' });
    const until = performance.now() + incident.lastsMs;
    let victims = 0;
    for (let round = 0; performance.now() < until && !scene.ending.aborted; round++) {
      try {
        for (let n = 0; n < 8; n++) {
          const id = found[(round + n * 3) % found.length]?.id;
          await session.query('SELECT id FROM "Record" WHERE id = ? FOR UPDATE', [id]);
          await scene.pause(5);
        }
      } catch {
        victims++;
      }
      await session.query('ROLLBACK').catch(() => undefined);
    }
    scene.record({ fault: 'deadlock', phase: 'end', detail: `the other program was the victim ${victims} times` });
    return true;
  });

export const killServer = onServer('kill-server', {
  begin: (server) => server.kill(),
  end: (server) => server.restart(),
});

export const stopServer = onServer('stop-server', {
  begin: async (server) => server.stop(),
  end: async (server) => server.resume(),
});

export const restartServer = onServer('restart-server', {
  begin: (server) => server.shutdown(),
  end: (server) => server.restart(),
});

export const loseNode = onServer('lose-node', {
  begin: async (server) => server instanceof GaleraNode && (await isolate(server)),
  end: async (server) => server instanceof GaleraNode && (await rejoin(server)),
});

/** The last thing that is done to the servers: two at once would leave a cluster without a majority. */
const busy = new WeakMap<Scene, Promise<void>>();

function onServer(
  fault: string,
  { begin, end }: Readonly<Record<'begin' | 'end', (server: MariadbServer) => Promise<unknown>>>,
): FaultAction {
  const act = async (scene: Scene, { chance, lastsMs }: Incident) => {
    const { servers } = scene.place;
    const number = Math.floor(chance * servers.length);
    const server = servers[number];
    if (!server || scene.ending.aborted) return;
    const detail = `server ${number + 1}`;
    await begin(server);
    scene.record({ fault, phase: 'begin', detail });
    try {
      await scene.pause(lastsMs);
    } finally {
      await end(server);
      scene.record({ fault, phase: 'end', detail });
    }
  };
  return (scene, incident) => {
    const before = busy.get(scene) ?? Promise.resolve();
    const done = before.then(() => act(scene, incident));
    busy.set(
      scene,
      done.catch(() => undefined),
    );
    return done;
  };
}

/** How long a server is looked for that can have it done. */
const patienceMs = 5000;

/** Has something done in a session, until it is: other faults are at work, and of a cluster the workers may be on other nodes. */
async function withSession(scene: Scene, { chance }: Incident, act: (session: ServerSession) => Promise<boolean>): Promise<void> {
  const { nodes } = scene.place;
  const deadline = performance.now() + patienceMs;
  for (let tries = 0, isDone = false; !isDone && !scene.ending.aborted && performance.now() < deadline; tries++) {
    let session: ServerSession | undefined;
    try {
      session = await openSession(nodes[(Math.floor(chance * nodes.length) + tries) % nodes.length] ?? scene.place.store);
      isDone = await act(session);
    } catch {
      await scene.pause(100);
    } finally {
      await session?.close();
    }
  }
}
