import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { connect } from '../src/index.js';
import type { Reject } from '../src/sources/source.js';
import { mariadbDdl, type TextKind } from '../src/stores/mariadb-schema.js';
import { runCli } from './support/cli.js';
import { connectOutside } from './support/mariadb-store.js';
import { tempDirectory } from './support/temp.js';

/** How the tables of others compare texts -> pairs that are equal there, and one that is not. */
const collations = [
  { charset: 'latin1', collation: 'latin1_swedish_ci', alike: ['a', 'é', 'x '], other: 'o' },
  { charset: 'latin1', collation: 'latin1_bin', alike: ['x '], other: 'a' },
  { charset: 'utf8mb3', collation: 'utf8mb3_general_ci', alike: ['a', 'é', 'x ', 'Ж'], other: 'o' },
  { charset: 'utf8mb3', collation: 'utf8mb3_unicode_ci', alike: ['a', 'é', 'x ', 'Ж', 'STRASSE'], other: 'o' },
] as const;
const first = ['A', 'e', 'x', 'ж', 'straße'];

describe('tables that do not tell all texts apart', { skip: mariadbMissing() ?? false }, () => {
  let server: MariadbServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.remove());

  /** A store whose tables somebody else has created. */
  const storeOf = async (t: Parameters<typeof connectOutside>[1], kind: TextKind) => {
    const url = server.url(await server.freshDatabase());
    const outside = await connectOutside(url, t);
    for (const statement of mariadbDdl(kind)) await outside.query(statement);
    return url;
  };
  /** As the reference creates it. */
  const swedish = (t: Parameters<typeof connectOutside>[1]) => storeOf(t, { charset: 'latin1', collation: 'latin1_swedish_ci' });

  for (const { charset, collation, alike, other } of collations) {
    const newStore = (t: Parameters<typeof connectOutside>[1]) => storeOf(t, { charset, collation });
    const stored = first.filter((id) => charset !== 'latin1' || !/[ж]/.test(id));

    test(`${collation}: ids that are equal there are refused by name, in one load and against the store`, async (t) => {
      const directory = tempDirectory(t);
      const url = await newStore(t);
      const load = async (...groups: string[][]) => {
        for (const [n, ids] of groups.entries()) {
          writeFileSync(join(directory, `${n}.json`), JSON.stringify({ records: ids.map((id) => ({ id, type: 't' })) }));
        }
        const files = groups.map((_, n) => `${n}.json`);
        const { code, stderr } = await runCli(['load', ...files, '--store', url, '--rejects', 'r.jsonl'], { cwd: directory });
        assert.ok(code === 0 || code === 3, stderr);
        if (code === 0) return [];
        const lines = readFileSync(join(directory, 'r.jsonl'), 'utf8').trim().split('\n');
        return lines.map((line) => JSON.parse(line) as Reject);
      };
      assert.deepEqual(await load(stored), []);
      // Each a document of its own: what is refused takes nothing else along.
      const rejects = await load(...alike.map((id) => [id]), [other]);
      assert.deepEqual(rejects.map(({ recordId }) => recordId).sort(), [...alike].sort());
      for (const { recordId, message, code } of rejects) {
        assert.equal(code, 'ERR_RECORD_EXISTS');
        const twin = stored.find((id) => message.includes(` ${JSON.stringify(id)}:`));
        assert.ok(twin && message.includes(`${JSON.stringify(recordId)} for `), message);
      }
      const inOneLoad = await load(['p', 'q'], ['P '], ['q']);
      const messages = inOneLoad.map(({ recordId, message }) => `${recordId}: ${message}`).sort();
      const folds = collation.endsWith('_ci');
      assert.equal(messages.length, folds ? 2 : 1, messages.join('\n'));
      if (folds) assert.match(messages.join('\n'), /^P : the store takes the id "P " for "p"/m);
      assert.match(messages.join('\n'), /^q: record q/m);

      const store = await connect(url);
      t.after(() => store.close());
      for (const id of alike) {
        await assert.rejects(store.create({ id }), {
          code: 'ERR_RECORD_EXISTS',
          message: new RegExp(`${JSON.stringify(id)} for "`),
        });
      }
      await store.create({ id: 'entirely new' });
    });
  }

  test('calls of the library: names and uris that are equal there are refused, and two files are not taken for one', async (t) => {
    const directory = tempDirectory(t);
    const store = await connect(await swedish(t));
    t.after(() => store.close());
    const dataset = await store.create({ id: 'd1', metadata: { a: 1 } });
    const other = await store.create({ id: 'd2' });
    const refused = { code: 'ERR_RECORD', message: /do not tell the two apart/ };
    await assert.rejects(dataset.attributes.set('A', 2), refused);
    await assert.rejects(store.create({ id: 'd3', metadata: { b: 1, B: 2 } }), refused);
    await assert.rejects(store.open('d3'), { code: 'ERR_RECORD_NOT_FOUND' });
    assert.equal(await dataset.attributes.get('a'), 1);

    const [lower = '', upper = ''] = ['f.txt', 'F.txt'].map((name) => join(directory, name));
    writeFileSync(lower, 'one');
    writeFileSync(upper, 'another');
    const first = await store.associate(dataset, lower, 'text');
    await assert.rejects(store.associate(dataset, upper, 'text'), refused);
    const second = await store.associate(other, upper, 'text');
    assert.notEqual(first, second);
    assert.equal(await (await store.open(first)).attributes.get('uri'), lower);
  });

  for (const collation of ['utf8mb4_general_ci', 'latin1_swedish_ci']) {
    test(`some tables of ${collation} that are there already: the others are created to go with them`, async (t) => {
      const charset = collation.split('_')[0];
      const database = await server.freshDatabase();
      const url = server.url(database);
      const outside = await connectOutside(url, t);
      const [record = '', relationship = ''] = mariadbDdl({ charset: charset as string, collation });
      await outside.query(record);
      await outside.query(relationship);
      const store = await connect(url);
      t.after(() => store.close());
      await (await store.createEnsemble({ id: 'e' })).create({ id: 'd' });
      const found = await outside.query<{ n: string }[]>(
        `SELECT COLLATION_NAME AS n FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '${database}' AND COLUMN_NAME = 'id'`,
      );
      assert.deepEqual(new Set(found.map(({ n }) => n)), new Set([collation]));
    });
  }

  test('names of attributes that are equal there: the record is refused, naming one', async (t) => {
    const directory = tempDirectory(t);
    const url = await swedish(t);
    const outside = await connectOutside(url, t);
    const records = [
      { id: 'good', type: 't', data: { Temp: { value: 1 }, Time: { value: 'x' } } },
      { id: 'bad', type: 't', data: { Temp: { value: 1 }, temp: { value: 2 } } },
    ];
    for (const record of records) writeFileSync(join(directory, `${record.id}.json`), JSON.stringify({ records: [record] }));
    const { code, stderr } = await runCli(['load', 'good.json', 'bad.json', '--store', url, '--rejects', 'r.jsonl'], {
      cwd: directory,
    });
    assert.equal(code, 3, stderr);
    const reject = JSON.parse(readFileSync(join(directory, 'r.jsonl'), 'utf8').trim()) as Reject;
    assert.equal(reject.recordId, 'bad');
    assert.equal(reject.code, 'ERR_RECORD');
    assert.match(reject.message, /takes the name "[Tt]emp" in record bad for another/);
    const [row] = await outside.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM "Record" WHERE id = \'bad\'');
    assert.equal(row?.n, 0);
  });
});
