import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import type { LoadSummary } from '../src/ingest/summary.js';
import { storeInfoId, userId } from '../src/records/kosh.js';
import type { ChunkResult } from '../workers/protocol.js';
import { runCli } from './support/cli.js';
import { golden } from './support/documents.js';
import { dumpStore, goldenRows } from './support/dump.js';
import { dumpMariadb } from './support/mariadb-store.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

const timeout = 120_000;
const sina = fileURLToPath(golden('sina/'));
const documents = readdirSync(sina).filter((name) => /^\d.*(?<!rows)\.json$/.test(name));
const refusedDocuments = readdirSync(sina).filter((name) => /^b.*(?<!error)\.json$/.test(name));
assert.deepEqual([documents.length, refusedDocuments.length], [12, 18]);

const koshIds = [storeInfoId, userId('default'), userId('anonymous')];
const uuids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What a document has brought in, with other names for ids that are new each time: those of the record that has an `x`, and of the other one. */
function brought(lines: readonly string[]): string[] {
  const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
  const hasX = rows.filter(({ table, name }) => table === 'ScalarData' && name === 'x').map(({ id }) => id);
  return lines
    .filter((_, n) => !koshIds.includes(rows[n]?.id ?? ''))
    .map((line) => line.replace(uuids, (id) => (hasX.includes(id) ? 'local a' : 'local b')))
    .sort();
}

/** What was refused, without the ids that are new each time. */
function rejectsOf(results: readonly ChunkResult[]): unknown {
  const counts = results.map(({ inserted, rejected, ensembles, datasets }) => ({ inserted, rejected, ensembles, datasets }));
  const rejects = results.flatMap((result) => result.rejects);
  return JSON.parse(JSON.stringify({ counts, rejects }).replace(uuids, 'an id'));
}

describe('what the reference made of documents, in MariaDB', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());
  const freshUrl = async () => server.url(await server.freshDatabase());

  /** Loads into a new store in MariaDB and into one in SQLite: what is refused is the same, and so is what is left. Answers that. */
  async function loadBoth(t: TestContext, inputs: readonly string[]) {
    const directory = tempDirectory(t);
    const url = await freshUrl();
    const config = loadConfigFor(directory, { inputs });
    const expected = await loadHere(config);
    const results = await loadHere({ ...config, store: url });
    assert.deepEqual(rejectsOf(results), rejectsOf(expected));
    const dump = await dumpMariadb(url);
    assert.deepEqual(brought(dump), brought(dumpStore(config.store)));
    return { results, rows: brought(dump), all: dump };
  }

  for (const name of documents) {
    test(`${name}: the rows that the reference leaves`, { timeout }, async (t) => {
      const { results, rows } = await loadBoth(t, [join(sina, name)]);
      assert.deepEqual(results[0]?.rejects, []);
      assert.ok(rows.length > 0);
      assert.deepEqual(rows, brought(goldenRows(join(sina, name.replace('.json', '.rows.jsonl')))));
    });
  }

  for (const name of refusedDocuments) {
    test(`${name}: refused as with SQLite, nothing of it is left`, { timeout }, async (t) => {
      const { results, rows, all } = await loadBoth(t, [join(sina, name)]);
      assert.ok(results[0] && results[0].rejects.length > 0 && results[0].inserted.records === 0);
      assert.deepEqual(rows, []);
      // The store-info record and two users, with their rows.
      assert.equal(all.filter((line) => line.includes('"table":"Record"')).length, 3);
    });
  }

  test('all of them in one load, good and bad', { timeout }, async (t) => {
    const { results, rows } = await loadBoth(t, [join(sina, '*.json')]);
    assert.equal(
      results.reduce((sum, { inserted }) => sum + inserted.records, 0),
      16,
    );
    const files = results.flatMap(({ rejects }) => rejects.map(({ file }) => file));
    // With the .error.json beside them, which are no documents.
    assert.equal(new Set(files).size, 2 * 18);
    assert.equal(rows.filter((line) => line.includes('"table":"Record"')).length, 16);
  });

  test('a document that is read in parts, and what can be wrong with one', { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const input = join(directory, 'large.json');
    const record = (id: string, more: object = {}) => ({ id, type: 't', ...more });
    const records = Array.from({ length: 12_000 }, (_, n) =>
      record(`r${n}`, { data: { n: { value: n / 7 } }, pad: 'x'.repeat(800) }),
    );
    const link = (subject: string, object: string) => ({ subject, predicate: 'follows', object });
    const relationships = records.slice(1).map((_, n) => link(`r${n + 1}`, `r${n}`));
    writeFileSync(input, JSON.stringify({ relationships, records }));
    const whole = await loadBoth(t, [input]);
    assert.deepEqual(whole.results[0]?.inserted, { records: 12_000, relationships: 11_999 });
    const broken: [string, object, string][] = [
      ['a bad record near the end', { records: [...records, record('z', { data: 1 })] }, 'ERR_RECORD'],
      ['a link to nowhere', { relationships: [...relationships, link('nowhere', 'r1')], records }, 'ERR_MISSING_ENDPOINT'],
      [
        'a link twice',
        { records: [...records, record('y')], relationships: [link('y', 'y'), link('y', 'y')] },
        'ERR_RELATIONSHIP_EXISTS',
      ],
      ['a record twice', { records: [...records, record('w'), record('w')] }, 'ERR_RECORD_EXISTS'],
    ];
    for (const [what, document, code] of broken) {
      writeFileSync(input, JSON.stringify(document));
      const { results, rows } = await loadBoth(t, [input]);
      assert.equal(results[0]?.rejects[0]?.code, code, what);
      assert.deepEqual(rows, [], what);
    }
  });

  for (const strategy of ['None', 'RFileLock', 'OnlyRetry']) {
    test(`${strategy}: the notebook's load leaves the rows that Kosh leaves; a second one leaves them as they are`, {
      timeout,
    }, async (t) => {
      const cwd = tempDirectory(t);
      const url = await freshUrl();
      const args = ['load', '--store', url, '--workers', '2', '--lock-strategy', strategy, '--json'];
      const env = { MYSQL_PWD: process.env.MYSQL_PWD };
      const { code, stdout, stderr } = await runCli(args, { cwd, env });
      assert.equal(code, 0, stderr);
      const { store, lockStrategy, records, relationships, ensembles, datasets } = JSON.parse(stdout) as LoadSummary;
      assert.deepEqual(
        { store, lockStrategy, records, relationships, ensembles, datasets },
        {
          store: url,
          lockStrategy: strategy,
          records: { read: 110, inserted: 110, rejected: 0 },
          relationships: { read: 100, inserted: 100, rejected: 0 },
          ensembles: 10,
          datasets: 100,
        },
      );
      const rows = goldenRows(fileURLToPath(golden('kosh/notebook_10x10.rows.jsonl')));
      assert.deepEqual(await dumpMariadb(url), rows);
      assert.deepEqual(readdirSync(cwd), [], 'no lock, no rejects file is left');

      const again = await runCli([...args, '--rejects', 'r.jsonl'], { cwd, env });
      assert.equal(again.code, 3, again.stderr);
      assert.deepEqual((JSON.parse(again.stdout) as LoadSummary).records, { read: 110, inserted: 0, rejected: 110 });
      assert.deepEqual(await dumpMariadb(url), rows);
    });
  }
});
