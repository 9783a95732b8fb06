import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { randomOf } from '../bench/support/random.js';
import { journalTable } from '../src/stores/journal.js';
import { runCli } from './support/cli.js';
import { connectionsGone, firstSeed, nothingLeft, sameRows } from './support/faults.js';
import { dumpMariadb } from './support/mariadb-store.js';
import { loadUntil, makeDocuments, rejectsOf, summaryOf } from './support/resume.js';
import { tempDirectory } from './support/temp.js';

describe('MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  const linesIn = async (database: string) => Number(await server.sql(`SELECT count(*) FROM ${journalTable}`, database));

  test('killed at random moments: the same command ends with the store of the load in one go, and the journal is empty', {
    timeout: 600_000,
  }, async (t) => {
    const cwd = tempDirectory(t);
    makeDocuments(join(cwd, 'd'));
    const args = ['d', '--workers', '2', '--batch-size', '10', '--rejects', 'r.jsonl'];
    const whole = server.url(await server.freshDatabase());
    const from = performance.now();
    const { code, stderr } = await runCli(['load', ...args, '--store', whole], { cwd });
    const ms = performance.now() - from;
    assert.equal(code, 3, stderr);
    const rows = await dumpMariadb(whole);
    const rejects = rejectsOf(join(cwd, 'r.jsonl'));
    for (let n = 0; n < 3; n++) {
      const database = await server.freshDatabase();
      const store = server.url(database);
      const random = randomOf(firstSeed + n);
      const moments = [0, 1, 2].map(() => Math.round(ms * (0.3 + 0.6 * random())));
      const hint = `killed after ${moments.join(', ')} ms, KOSH_INGEST_FAULT_SEED=${firstSeed + n}`;
      // Killed when all was in and the journal was empty, just before its end: once more would be another load.
      const isDone = async () => {
        await connectionsGone(server, database);
        const inStore = await dumpMariadb(store).catch(() => []);
        return inStore.length === rows.length && (await linesIn(database)) === 0;
      };
      let isOver = false;
      for (const after of moments) {
        if (isOver) break;
        const { code } = await loadUntil(cwd, [...args, '--store', store], { ms: after, signal: 'SIGKILL' });
        isOver = code !== null || (await isDone());
      }
      if (!isOver) {
        const result = await runCli(['load', ...args, '--store', store, '--json'], { cwd });
        assert.equal(result.code, 3, `${hint}: ${result.stderr}`);
        const { records, resumed } = summaryOf(result);
        assert.equal(records.inserted + (resumed?.records ?? 0), 1000, hint);
      }
      sameRows(await dumpMariadb(store), rows);
      assert.deepEqual(rejectsOf(join(cwd, 'r.jsonl')), rejects, hint);
      assert.equal(await linesIn(database), 0, hint);
    }
  });

  test('two processes with the same load at the same time: everything once, nothing refused for that', {
    timeout: 60_000,
  }, async (t) => {
    const cwd = tempDirectory(t);
    const database = await server.freshDatabase();
    const load = (n: number) =>
      runCli(['load', '--store', server.url(database), '--batch-size', '10', '--rejects', `r${n}.jsonl`, '--json'], { cwd });
    const summaries = [];
    for (const result of await Promise.all([load(1), load(2)])) {
      assert.equal(result.code, 0, result.stderr);
      summaries.push(summaryOf(result));
    }
    assert.equal(
      summaries.reduce((sum, { records }) => sum + records.inserted, 0),
      110,
    );
    assert.equal((await dumpMariadb(server.url(database))).filter((row) => JSON.parse(row).table === 'Record').length, 113);
    assert.equal(await linesIn(database), 0);
    await nothingLeft(server, database);
  });
});
