import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type ConnectOptions, connect, type DatumValue, lockStrategies, type Metadata } from '../src/index.js';
import { dumpStore } from './support/dump.js';
import { all, newStore, refused, refusedUnchanged } from './support/kosh.js';

test('what the caller changes after the call is not what is written', async (t) => {
  const { store } = await newStore(t);
  const metadata: Record<string, DatumValue> = { step: 0, list: [1] };
  const creating = [];
  for (let n = 0; n < 3; n++) {
    metadata.step = n;
    creating.push(store.create({ id: `s${n}`, metadata }));
  }
  (metadata.list as number[]).push(Number.POSITIVE_INFINITY);
  const made = await Promise.all(creating);
  const steps = await Promise.all(made.map((dataset) => dataset.attributes.all()));
  assert.deepEqual(
    steps.map(({ step, list }) => [step, list]),
    [0, 1, 2].map((n) => [n, [1]]),
  );
  const [dataset] = made;
  assert.ok(dataset);
  const list = [1, 2];
  const setting = dataset.attributes.set('list', list);
  list[0] = Number.NaN;
  const curve = [1, 2];
  const options = { curveSet: 'first' };
  const adding = dataset.curves.add(curve, options);
  curve.push(3);
  options.curveSet = 'second';
  await Promise.all([setting, adding]);
  assert.deepEqual(await dataset.attributes.get('list'), [1, 2]);
  const [kept] = await dataset.curves.list();
  assert.deepEqual([kept?.curveSet, kept?.value], ['first', [1, 2]]);
});

test('a function of an update that hands on all it was given changes nothing', async (t) => {
  const { store, path } = await newStore(t);
  const dataset = await store.create({ id: 'D', metadata: { a: 1 } });
  const before = dumpStore(path);
  await dataset.update((attributes) => attributes);
  assert.deepEqual(dumpStore(path), before);
  await dataset.update((attributes) => ({ ...attributes, b: 2 }));
  assert.equal(dumpStore(path).filter((row) => row.includes('"creator"') && row.includes('"value":"default"')).length, 0);
});

test('half a surrogate pair is refused wherever a text is kept', async (t) => {
  const { store, path } = await newStore(t);
  const bad = 'a\ud800';
  await refusedUnchanged(path, 'ERR_USAGE', () => store.create({ id: bad }));
  await refusedUnchanged(path, 'ERR_USAGE', () => store.create({ name: bad }));
  await refusedUnchanged(path, 'ERR_USAGE', () => store.create({ sinaType: bad }));
  await refusedUnchanged(path, 'ERR_USAGE', () => store.createEnsemble({ id: bad }));
  await refused('ERR_USAGE', () => connect(path, { username: bad }));
  await refused('ERR_USAGE', () => connect(path, { datasetRecordType: bad }));
});

test('arguments of another kind are refused by name, not by a TypeError', async (t) => {
  const { store, path, directory } = await newStore(t);
  const dataset = await store.create({ id: 'D' });
  const wrong = (value: unknown) => value as never;
  for (const call of [
    () => store.createMany(wrong(undefined)),
    () => store.createMany(wrong(5)),
    () => store.createEnsemble(wrong(null)),
    () => store.create({}, wrong(null)),
    () => store.open('D', wrong(null)),
    () => store.open('D', wrong({ signal: 5 })),
    () => all(store.find({ data: { a: wrong({ kind: 'range' }) } })),
    () => all(store.find({ data: { a: wrong({ kind: 'hasAll', values: [] }) } })),
    () => all(store.find({ data: { a: wrong(null) } })),
    () => all(store.relationships({ predicate: wrong(true) })),
    () => all(store.relationships({ subject: wrong([5]) })),
    () => dataset.attributes.get(wrong(5)),
    () => dataset.curves.add(wrong(new Array(2))),
    () => store.exportFile('a\0b'),
    () => connect(`${join(directory, 'blank')} `),
    () => connect(join(directory, 'a\0b')),
  ]) {
    await refusedUnchanged(path, 'ERR_USAGE', call);
  }
  assert.throws(() => new lockStrategies.RFileLock(wrong(null)), { code: 'ERR_USAGE' });
});

test('a list of any length can be looked for', async (t) => {
  const { store } = await newStore(t);
  await store.create({ id: 'D', metadata: { tags: ['t7'] } });
  const many = Array.from({ length: 40_000 }, (_, n) => `t${n}`);
  const tags = { kind: 'hasAny', values: many } as const;
  assert.deepEqual(await all(store.find({ data: { tags }, types: ['dataset', ...many], idsOnly: true })), ['D']);
});

test('an export never replaces the store, under whatever name', async (t) => {
  const { store, path, directory } = await newStore(t);
  const other = join(directory, 'other.sqlite');
  linkSync(path, other);
  await refusedUnchanged(path, 'ERR_EXPORT', () => store.exportFile(path, { overwrite: true }));
  await refusedUnchanged(path, 'ERR_EXPORT', () => store.exportFile(other, { overwrite: true }));
});

test('an export onto a full disk is an error and leaves nothing', async (t) => {
  const { store, directory } = await newStore(t);
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  if (!mounted) return t.skip('needs the right to mount a small tmpfs');
  try {
    await store.createMany(Array.from({ length: 1000 }, (_, n) => ({ id: `d${n}` })));
    writeFileSync(join(disk, 'old.json'), 'old');
    const error = await refused('ERR_EXPORT', () => store.exportFile(join(disk, 'old.json'), { overwrite: true }));
    assert.match(error.message, /ENOSPC/);
    assert.equal(spawnSync('ls', ['-A', disk], { encoding: 'utf8' }).stdout, 'old.json\n');
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('calls that wait for their turn are ended by their signal, and timers go on', async (t) => {
  const { store } = await newStore(t);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const abort = new AbortController();
  const calls = Array.from({ length: 300 }, (_, n) => {
    const call = store.create({ id: `d${n}` }, { signal: abort.signal });
    if (n === 10) void call.then(() => abort.abort());
    return call;
  });
  const settled = await Promise.allSettled(calls);
  clearInterval(timer);
  assert.ok(ticks > 0, 'no timer fired');
  const done = settled.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(done >= 11 && done < 300, `${done} calls were not ended`);
  assert.equal((await all(store.find({ idsOnly: true }))).length, done);
});

test('close waits for calls that look at files first', async (t) => {
  const { store, directory, open } = await newStore(t);
  const dataset = await store.create({ id: 'D' });
  const file = join(directory, 'doc.json');
  writeFileSync(file, '{"records":[{"id":"new","type":"t"}]}');
  const calls = [dataset.associate(file, 'json'), store.importDocument(file)];
  await store.close();
  await Promise.all(calls);
  const again = await open();
  assert.deepEqual(await all(again.find({ idsOnly: true })), ['D', 'new']);
  assert.equal((await (await again.open('D')).files()).length, 1);
});

test('a strategy that does not run the work, or does not wait for it, is told apart from success', async (t) => {
  const { path } = await newStore(t);
  const never = { name: 'Never', run: async () => undefined, close: async () => {} };
  await refusedUnchanged(path, 'ERR_USAGE', () => connect(path, { lockStrategy: never } as unknown as ConnectOptions));
});

test('a document that nobody waits for, because the store is closed, ends no process', async (t) => {
  const { store, directory } = await newStore(t);
  await store.close();
  await refused('ERR_USAGE', () => store.importDocument(join(directory, 'missing.json')));
  await refused('ERR_USAGE', () => store.importDocument({ records: Number.NaN }));
  // A rejection without a listener is told by then, and fails the test.
  await setTimeout(50);
});

test('a record of a file that is none is refused, also when the store knows the file', async (t) => {
  const { store, path } = await newStore(t);
  await (await store.create({ id: 'D' })).associate('/nowhere/x', 'txt');
  const data = { uri: { value: '/nowhere/x' }, mime_type: { value: 'txt' }, associated: { value: ['D'] } };
  await refusedUnchanged(path, 'ERR_RECORD', () => store.importDocument({ records: [{ type: 'file', data }] }));
  await refusedUnchanged(path, 'ERR_RECORD', () => store.importDocument({ records: [{ id: 'f', type: 'file', data: [1] }] }));
});

test('a document that brings an id twice with other content says so', async (t) => {
  const { store, path } = await newStore(t);
  const records = [1, 2].map((value) => ({ id: 'x', type: 't', data: { a: { value } } as unknown as Metadata }));
  const error = await refusedUnchanged(path, 'ERR_RECORD_EXISTS', () => store.importDocument({ records }));
  assert.match(error.message, /twice/);
});
