import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { loadConfig } from '../src/config/load-config.js';
import { load } from '../src/ingest/load.js';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';
import { tempDirectory } from './support/temp.js';

/** A watch that runs until it is ended. */
interface Watching {
  readonly folder: string;
  readonly store: string;
  /** What it has told of so far. */
  readonly rounds: LoadSummary[];
  readonly warnings: string[];
  /** Lets a document appear in one step. */
  put(name: string, ...records: object[]): void;
  /** Resolves when the store holds so many records besides those of Kosh; fails when that takes too long. */
  has(records: number, mostMs?: number): Promise<void>;
  end(): Promise<LoadSummary>;
  readonly ended: Promise<LoadSummary>;
}

function watching(t: TestContext, flags: Record<string, unknown> = {}, cwd = tempDirectory(t)): Watching {
  const folder = join(cwd, 'd');
  const store = join(cwd, 's.sqlite');
  mkdirSync(folder, { recursive: true });
  const rounds: LoadSummary[] = [];
  const warnings: string[] = [];
  const controller = new AbortController();
  const config = loadConfig({ flags: { watch: folder, store, lockPath: join(cwd, 'lock'), workers: 1, ...flags }, env: {} });
  const { signal } = controller;
  const ended = load(config, { signal, onRound: (round) => rounds.push(round), onWarning: (text) => warnings.push(text) });
  t.after(() => controller.abort());
  const has = async (records: number, mostMs = 30_000) => {
    for (const until = Date.now() + mostMs; idsIn(store).length !== records; await delay(50)) {
      assert.ok(Date.now() < until, `${idsIn(store).length} records, not ${records}`);
    }
    // What was committed is in before its load has come to its end, in the middle of which an end is an interruption.
    await delay(1000);
  };
  const put = (name: string, ...records: object[]) => {
    const text = JSON.stringify({
      records: records.filter((record) => 'id' in record),
      relationships: records.filter((record) => !('id' in record)),
    });
    writeFileSync(join(cwd, 'being written'), text);
    renameSync(join(cwd, 'being written'), join(folder, name));
  };
  const end = () => {
    controller.abort();
    return ended;
  };
  return { folder, store, rounds, warnings, put, has, end, ended };
}

function idsIn(store: string): string[] {
  try {
    const db = new Database(store, { readonly: true, fileMustExist: true });
    try {
      return db.prepare("SELECT id FROM Record WHERE type = 't' ORDER BY id").pluck().all() as string[];
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}

/** Until a file has been seen unchanged, and then some. */
const aWhile = 3500;
const record = (id: string, data: object = {}) => ({ id, type: 't', data });
const follows = (subject: string, object: string) => ({ subject, predicate: 'follows', object });
const rejectsIn = ({ store }: Watching) =>
  readFileSync(`${store}.rejects.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reject);

// Rounds are a second apart: side by side they wait for one another's seconds.
describe('a watch', { concurrency: 5, timeout: 120_000 }, () => {
  test('loads what is there, then what is renamed into place, also in folders; nothing twice when it is begun again', async (t) => {
    const cwd = tempDirectory(t);
    const first = watching(t, {}, cwd);
    first.put('1.json', record('a'));
    await first.has(1);
    first.put('2.json', record('b'), record('c'));
    mkdirSync(join(first.folder, 'more'));
    first.put('more/3.json', record('d'));
    first.put('notes.txt', record('no document'));
    await first.has(4);
    const sum = await first.end();
    assert.deepEqual([sum.records, sum.interrupted, sum.stopped], [{ read: 4, inserted: 4, rejected: 0 }, false, null]);
    assert.equal(
      first.rounds.reduce((all, { records }) => all + records.inserted, 0),
      4,
    );
    const second = watching(t, {}, cwd);
    second.put('4.json', record('e'));
    await second.has(5);
    const { records, existing } = await second.end();
    assert.deepEqual([records.inserted, existing.skipped, existing.different], [1, 4, 0]);
  });

  test('leaves a file alone while it is being written, and loads one again that has changed', async (t) => {
    const watch = watching(t, { ifExists: 'replace' });
    watch.put('0.json', record('a'));
    await watch.has(1);
    const path = join(watch.folder, 'slow.json');
    writeFileSync(path, '{"records":[');
    for (let n = 0; n < 8; n++) {
      await delay(400);
      appendFileSync(path, `${n === 0 ? '' : ','}${JSON.stringify(record(`r${n}`))}`);
    }
    assert.deepEqual(idsIn(watch.store), ['a']);
    appendFileSync(path, ']}');
    await watch.has(9);
    watch.put('0.json', record('a', { x: { value: 5 } }));
    const db = new Database(watch.store);
    t.after(() => db.close());
    const until = Date.now() + 30_000;
    while (db.prepare("SELECT value FROM ScalarData WHERE id = 'a'").pluck().get() !== 5) {
      assert.ok(Date.now() < until);
      await delay(50);
    }
    const { records, existing } = await watch.end();
    assert.deepEqual([records.rejected, existing.replaced], [0, 1]);
  });

  test('a document waits for a record that comes later, and for one that waits itself', async (t) => {
    const watch = watching(t);
    watch.put('1.json', record('a'), follows('a', 'b'));
    await delay(aWhile);
    watch.put('2.json', record('z'));
    await delay(aWhile);
    watch.put('3.json', record('b'), follows('b', 'c'));
    await delay(aWhile);
    assert.deepEqual(idsIn(watch.store), ['z']);
    watch.put('4.json', record('c'));
    await watch.has(4);
    const sum = await watch.end();
    assert.deepEqual([sum.rejects.count, sum.waiting, sum.records.inserted, sum.relationships.inserted], [0, 0, 4, 2]);
    const told = watch.rounds.map(({ records, waiting }) => [records.inserted, waiting].join());
    // What waits was tried for 2.json as well, which is not told of.
    assert.deepEqual(told, ['0,1', '1,0', '0,1', '1,0', '2,0']);
  });

  test('what waits at the end is loaded when all of it needs one another, else refused', async (t) => {
    const watch = watching(t);
    watch.put('0.json', record('z'));
    await watch.has(1);
    for (const [id, other] of [['a', 'b'] as const, ['b', 'a'] as const, ['x', 'y'] as const]) {
      watch.put(`${id}.json`, record(id), follows(id, other));
      await delay(aWhile / 2);
    }
    await delay(aWhile / 2);
    assert.deepEqual(idsIn(watch.store), ['z']);
    const sum = await watch.end();
    assert.deepEqual(idsIn(watch.store), ['a', 'b', 'z']);
    assert.deepEqual([sum.records, sum.waiting], [{ read: 4, inserted: 3, rejected: 1 }, 0]);
    assert.deepEqual(
      rejectsIn(watch).map(({ file, pointer }) => [file, pointer]),
      [[join(watch.folder, 'x.json'), '/relationships/0/object']],
    );
  });

  test('the attributes of an ensemble that comes later reach a member that has waited for it', async (t) => {
    const watch = watching(t);
    watch.put('0.json', record('z'));
    await watch.has(1);
    watch.put('member.json', record('m'), { subject: 'm', predicate: 'is a member of ensemble', object: 'e' });
    await delay(aWhile);
    assert.deepEqual(idsIn(watch.store), ['z']);
    watch.put('ensemble.json', { id: 'e', type: 'kosh_ensemble', data: { x: { value: 7 } } });
    await watch.has(2);
    await watch.end();
    const db = new Database(watch.store, { readonly: true });
    t.after(() => db.close());
    assert.equal(db.prepare("SELECT value FROM ScalarData WHERE id = 'm' AND name = 'x'").pluck().get(), 7);
  });

  test('adds the rejects of its rounds to one file, and leaves a folder that goes away alone', async (t) => {
    const watch = watching(t);
    watch.put('1.json', record('a'), { id: 'no type' });
    watch.put('2.json', record('b'));
    await watch.has(1);
    rmSync(watch.folder, { recursive: true });
    await delay(aWhile / 2);
    mkdirSync(watch.folder);
    watch.put('3.json', record('c'), { id: 'no type, either' });
    watch.put('4.json', record('d'));
    await watch.has(2);
    const sum = await watch.end();
    assert.equal(sum.rejects.count, 2);
    assert.deepEqual(
      rejectsIn(watch).map(({ file, pointer }) => [file, pointer]),
      ['1.json', '3.json'].map((name) => [join(watch.folder, name), '/records/1/type']),
    );
  });

  test('a document that waits, goes and comes back is loaded; one that stays away is told of', async (t) => {
    const watch = watching(t);
    for (const id of ['a', 'x']) watch.put(`${id}.json`, record(id), follows(id, 'b'));
    await delay(aWhile);
    renameSync(join(watch.folder, 'a.json'), join(watch.folder, '..', 'away'));
    rmSync(join(watch.folder, 'x.json'));
    watch.put('b.json', record('b'));
    await watch.has(1);
    await delay(aWhile);
    renameSync(join(watch.folder, '..', 'away'), join(watch.folder, 'a.json'));
    await watch.has(2);
    assert.equal((await watch.end()).rejects.count, 0);
    assert.deepEqual(idsIn(watch.store), ['a', 'b']);
    assert.deepEqual(
      watch.warnings.filter((warning) => warning.includes(' is gone, ')).map((warning) => warning.slice(0, warning.indexOf(' '))),
      ['a.json', 'x.json'].map((name) => join(watch.folder, name)),
    );
  });

  test('a document waits for a record that another process brings', async (t) => {
    const watch = watching(t);
    watch.put('a.json', record('a'), follows('a', 'b'));
    await delay(aWhile);
    const other = join(watch.folder, '..', 'b.json');
    writeFileSync(other, JSON.stringify({ records: [record('b')] }));
    const { store } = watch;
    await load(loadConfig({ flags: { store, lockPath: join(watch.folder, '..', 'lock'), inputs: [other] }, env: {} }));
    await watch.has(2, 60_000);
    await watch.end();
  });

  test('with --if-exists replace nothing waits: it would replace what has come since', async (t) => {
    const watch = watching(t, { ifExists: 'replace' });
    watch.put('a.json', record('a'), follows('a', 'b'));
    await delay(aWhile);
    watch.put('b.json', record('b'));
    await watch.has(1);
    await watch.end();
    assert.deepEqual([idsIn(watch.store), rejectsIn(watch).length], [['b'], 1]);
  });

  test('--max-errors counts the rejects of all its rounds', async (t) => {
    const watch = watching(t, { maxErrors: '2' });
    for (let n = 0; n < 3; n++) {
      watch.put(`${n}.json`, { id: 'no type' });
      if (n < 2) await delay(aWhile);
    }
    const { stopped, rejects } = await watch.ended;
    assert.deepEqual([stopped?.code, rejects.count, rejectsIn(watch).length], ['ERR_TOO_MANY_REJECTS', 3, 3]);
  });

  test('an older rejects file is kept when it begins again', async (t) => {
    const cwd = tempDirectory(t);
    for (let n = 0; n < 2; n++) {
      const watch = watching(t, {}, cwd);
      if (n === 0) watch.put('a.json', record('a'), follows('a', 'nowhere'));
      await delay(aWhile);
      assert.equal((await watch.end()).rejects.count, 1);
      assert.equal(rejectsIn(watch).length, 1);
    }
    assert.ok(existsSync(join(cwd, 's.sqlite.rejects.jsonl.old')));
  });

  test('ended in the middle of a load it is interrupted, and watching again brings the rest', async (t) => {
    const cwd = tempDirectory(t);
    mkdirSync(join(cwd, 'd'));
    const documents = 400;
    for (let n = 0; n < documents; n++) {
      writeFileSync(join(cwd, 'd', `${n}.json`), JSON.stringify({ records: [record(`r${n}`)] }));
    }
    const first = watching(t, { batchSize: 1 }, cwd);
    while (idsIn(first.store).length === 0) await delay(5);
    const sum = await first.end();
    assert.equal(idsIn(first.store).length, sum.records.inserted);
    assert.ok(sum.records.inserted < documents);
    assert.deepEqual([sum.interrupted, sum.stopped?.code], [true, 'ERR_INTERRUPTED']);
    assert.ok(first.warnings.includes('not all that had come was loaded: watch again for the rest'));
    const second = watching(t, {}, cwd);
    await second.has(documents);
    assert.equal((await second.end()).interrupted, false);
  });

  test('stops by itself at the first reject, when that is asked for', async (t) => {
    const watch = watching(t, { onError: 'stop' });
    watch.put('1.json', record('a'));
    await watch.has(1);
    watch.put('2.json', { id: 'no type' });
    const sum = await watch.ended;
    assert.equal(sum.stopped?.code, 'ERR_TOO_MANY_REJECTS');
    assert.equal(sum.records.inserted, 1);
  });

  test('a folder that is not there is an error; a watch without anything makes a store', async (t) => {
    const cwd = tempDirectory(t);
    const missing = watching(t, { watch: join(cwd, 'elsewhere') }, cwd);
    await assert.rejects(missing.ended, { code: 'ERR_INPUT' });
    const empty = watching(t, {}, cwd);
    while (!existsSync(empty.store)) await delay(50);
    await delay(500);
    assert.equal((await empty.end()).records.read, 0);
    assert.deepEqual(empty.rounds, []);
    const lost = watching(t, { store: join(cwd, 'nowhere', 's.sqlite') }, cwd);
    await assert.rejects(lost.ended, { code: 'ERR_STORE_OPEN' });
  });
});
