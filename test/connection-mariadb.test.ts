import { after, before, describe } from 'node:test';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { openConnection } from '../src/stores/registry.js';
import { bare, describeConnection, type EngineUnderTest } from './contracts/connection.js';
import { connectOutside, dumpMariadb } from './support/mariadb-store.js';

describe('MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  const create: EngineUnderTest['create'] = async (t) => {
    const url = server.url(await server.freshDatabase());
    const outside = await connectOutside(url, t);
    return {
      open: (options) => openConnection(url, { busyTimeoutMs: 0, ...options }),
      dump: () => dumpMariadb(url),
      insertOutside: async (id) => {
        await outside.query('INSERT INTO "Record" VALUES (?, ?, ?)', bare(id));
        return true;
      },
    };
  };
  describeConnection('MariaDB', { commitsBesideReaders: true, writesAlone: false, create });
});
