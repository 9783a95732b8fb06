import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { cases } from './support/if-exists-cases.js';
import { connectOutside, dumpMariadb } from './support/mariadb-store.js';
import { assertMet, changesNothing, meetHere } from './support/meet-store.js';
import { tempDirectory } from './support/temp.js';

describe('what is there already, in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  for (const one of cases) {
    for (const streamed of [false, true]) {
      test(`${one.way}: ${one.name}${streamed ? ', in a large document' : ''}`, { timeout: 60_000 }, async (t) => {
        const directory = tempDirectory(t);
        const url = server.url(await server.freshDatabase());
        await meetHere(url, directory, [one.existing], { ifExists: 'error', streamed: false });
        const found = await dumpMariadb(url);
        const met = await meetHere(url, directory, one.input, { ifExists: one.way, streamed });
        const outside = await connectOutside(url, t);
        const rows = await outside.query<{ id: string; raw: string }[]>('SELECT id, raw FROM "Record"');
        assertMet(one, met, new Map(rows.map(({ id, raw }) => [id, String(raw)])));
        if (changesNothing(one)) assert.deepEqual(await dumpMariadb(url), found);
      });
    }
  }
});
