import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { IngestError } from '../src/errors.js';
import { type Connection, RowConflict } from '../src/stores/connection.js';
import { openConnection } from '../src/stores/registry.js';
import { fixtures } from './support/fixtures.js';
import { tempDirectory } from './support/temp.js';

async function newStore(t: TestContext, bulk = false): Promise<{ path: string; connection: Connection }> {
  const path = join(tempDirectory(t), 's.sqlite');
  const connection = openConnection(path, { busyTimeoutMs: 100, bulk });
  t.after(() => connection.close());
  await connection.transaction(() => connection.createSchema());
  return { path, connection };
}

const record = (id: string) => [id, 't', `{"id":"${id}"}`];

test('tables and indexes are those of a store that Kosh created, letter for letter and page for page', async (t) => {
  const { path } = await newStore(t);
  const db = new Database(path, { readonly: true });
  t.after(() => db.close());
  const master = db.prepare('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master ORDER BY rowid').all();
  assert.deepEqual(master, JSON.parse(readFileSync(new URL('golden/kosh/sqlite_master.json', fixtures), 'utf8')));
  const pragmas = ['journal_mode', 'page_size', 'encoding', 'user_version', 'application_id', 'auto_vacuum'];
  assert.deepEqual(
    pragmas.map((pragma) => db.pragma(pragma, { simple: true })),
    ['delete', 4096, 'UTF-8', 0, 0, 0],
  );
});

test('a transaction is seen whole or not at all', async (t) => {
  const { path, connection } = await newStore(t);
  const reader = new Database(path, { readonly: true });
  t.after(() => reader.close());
  const count = () => reader.prepare('SELECT count(*) FROM Record').pluck().get();
  await connection.transaction(async (tx) => {
    await tx.insert('record', record('a'));
    assert.equal(count(), 0);
    await tx.insert('record', record('b'));
  });
  assert.equal(count(), 2);
  const failure = new Error('no');
  await assert.rejects(
    connection.transaction(async (tx) => {
      await tx.insert('record', record('c'));
      throw failure;
    }),
    failure,
  );
  const lost = new IngestError('ERR_LOCK_LOST', 'lost');
  const hooks = {
    beforeCommit: () => {
      throw lost;
    },
  };
  await assert.rejects(
    connection.transaction((tx) => tx.insert('record', record('d')), hooks),
    lost,
  );
  assert.equal(count(), 2);
});

test('transactions of one connection run one after the other', async (t) => {
  const { connection } = await newStore(t);
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise((wake) => setImmediate(wake));
    steps.push(`${name} ends`);
  };
  await Promise.all([connection.transaction(work('one')), connection.transaction(work('two'))]);
  assert.deepEqual(steps, ['one begins', 'one ends', 'two begins', 'two ends']);
});

test('a key that is there fails with the row, in blocks of rows without it, and nothing of the transaction stays', async (t) => {
  const { connection } = await newStore(t, true);
  await connection.transaction((tx) => tx.insert('record', record('a')));
  const conflict = async (values: string[]) => {
    const error = await connection
      .transaction((tx) => tx.insert('record', values))
      .then(
        () => assert.fail(),
        (reason: unknown) => reason,
      );
    assert.ok(error instanceof RowConflict, String(error));
    return error.row;
  };
  assert.deepEqual(await conflict(record('a')), record('a'));
  assert.equal(await conflict([...record('b'), ...record('a')]), undefined);
  assert.deepEqual([...(await connection.records(['a', 'b'])).keys()], ['a']);
});

test('a savepoint that fails leaves the rest of the transaction', async (t) => {
  const { connection } = await newStore(t, true);
  await connection.transaction(async (tx) => {
    await tx.insert('record', record('a'));
    const part = async () => {
      await tx.insert('record', record('b'));
      await tx.insert('record', record('a'));
    };
    await assert.rejects(async () => tx.savepoint(part), RowConflict);
    await tx.insert('record', record('c'));
  });
  assert.deepEqual([...(await connection.records(['a', 'b', 'c'])).keys()], ['a', 'c']);
});

test('relationships of this transaction to records that are not there are found, others are not looked at', async (t) => {
  const { connection } = await newStore(t, true);
  await connection.transaction(async (tx) => {
    await tx.insert('record', [...record('a'), ...record('b')]);
    await tx.insert('relationship', ['a', 'gone', 'old']);
  });
  await connection.transaction(async (tx) => {
    assert.deepEqual(await tx.danglingRelationships(), []);
    await tx.insert('relationship', ['a', 'b', 'p', 'a', 'nowhere', 'p', 'later', 'b', 'p']);
    await tx.insert('record', record('later'));
    assert.deepEqual(await tx.danglingRelationships(), [{ subject: 'a', predicate: 'p', object: 'nowhere' }]);
  });
});

test('raw is read as text also where Kosh stored bytes', async (t) => {
  const { path, connection } = await newStore(t);
  const db = new Database(path);
  db.prepare('INSERT INTO Record VALUES (?, ?, ?)').run('a', 't', Buffer.from('{"id":"ä"}'));
  db.close();
  assert.deepEqual((await connection.records(['a'])).get('a'), { id: 'a', type: 't', raw: '{"id":"ä"}' });
});

test('many rows of every width go in, whatever the number', async (t) => {
  const { connection } = await newStore(t, true);
  for (const rows of [1, 47, 48, 49, 97]) {
    const values = Array.from({ length: rows }, (_, n) => record(`${rows}_${String(n).padStart(3, '0')}`)).flat();
    await connection.transaction((tx) => tx.insert('record', values));
    const ids = values.filter((_, n) => n % 3 === 0);
    assert.deepEqual(await connection.transaction((tx) => tx.existingIds([...ids, 'other'])), new Set(ids));
  }
});
