import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { Connection } from '../src/stores/connection.js';
import { openConnection } from '../src/stores/registry.js';
import { fixtures } from './support/fixtures.js';
import { tempDirectory } from './support/temp.js';

async function newStore(t: TestContext): Promise<{ path: string; connection: Connection }> {
  const path = join(tempDirectory(t), 's.sqlite');
  const connection = await openConnection(path, { busyTimeoutMs: 100 });
  t.after(() => connection.close());
  await connection.transaction(() => connection.createSchema());
  return { path, connection };
}

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

test('raw is read as text also where Kosh stored bytes', async (t) => {
  const { path, connection } = await newStore(t);
  const db = new Database(path);
  db.prepare('INSERT INTO Record VALUES (?, ?, ?)').run('a', 't', Buffer.from('{"id":"ä"}'));
  db.close();
  assert.deepEqual((await connection.read((reader) => reader.records(['a']))).get('a'), {
    id: 'a',
    type: 't',
    raw: '{"id":"ä"}',
  });
});
