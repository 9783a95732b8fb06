import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'node:test';
import type { AssociateOptions } from '../src/index.js';
import { countRows, dumpStore } from './support/dump.js';
import { idsOf, newStore, refusedUnchanged } from './support/kosh.js';

/** What Kosh's `compute_fast_sha` (with numpy) answers for files of {@link contents}, by size. */
const fastShas: Readonly<Record<number, string>> = {
  0: '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',
  5: 'f7f33f8fc4e1567fbe3705b9db6e6ebb18be7922d1a4a9ab18ea0ef825a3f736',
  2048: '743e7f7d846f2321208fe783b5dce133dcafec2b0de054256e4d9946bae395f7',
  2049: 'd7ea05df5bca9f3a84edb5afcb06fbf6da1f942ee9cf88c5a162953f8aee2f26',
  100003: 'b2f514bfb829d1c3d2acee8c8785b8829f1365fc011bc608bc8c7ef5c675bc45',
};

function contents(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8)) & 0xff));
}

test('a file gets an absolute path, and the fingerprints of Kosh', async (t) => {
  const { store, directory } = await newStore(t);
  const dataset = await store.create({ id: 'd' });
  for (const [size, sha] of Object.entries(fastShas)) {
    const path = join(directory, `f${size}`);
    writeFileSync(path, contents(Number(size)));
    const id = await dataset.associate(relative(process.cwd(), path), 'bin', { metadata: { note: size } });
    assert.deepEqual((await dataset.files()).at(-1), {
      uri: path,
      mimeType: 'bin',
      id,
      attributes: { note: size, fast_sha: sha, uri: path, mime_type: 'bin', associated: ['d'] },
    });
  }
  const last = join(directory, 'f100003');
  await dataset.dissociate(last);
  await dataset.associate(last, 'bin', { longSha: true, metadata: { fast_sha: 'mine' } });
  const attributes = (await dataset.files()).at(-1)?.attributes;
  assert.equal(attributes?.long_sha, createHash('sha256').update(readFileSync(last)).digest('hex'));
  assert.equal(attributes?.fast_sha, 'mine');
});

test('a path as it is given, a directory, and what is no file here', async (t) => {
  const { store, directory } = await newStore(t);
  const dataset = await store.create();
  const path = relative(process.cwd(), join(directory, 'f'));
  writeFileSync(path, 'x');
  mkdirSync(join(directory, 'folder'));
  const ids = [
    await dataset.associate(path, 'txt', { absolutePath: false }),
    await dataset.associate(relative(process.cwd(), join(directory, 'folder')), 'dir'),
    ...(await dataset.associate(['http://host/x', 'not/here'], 'url')),
  ];
  const files = await dataset.files();
  assert.deepEqual(
    files.map(({ uri, id, attributes }) => [uri, id, 'fast_sha' in attributes]),
    [
      [path, ids[0], true],
      [join(directory, 'folder'), ids[1], false],
      ['http://host/x', ids[2], false],
      ['not/here', ids[3], false],
    ],
  );
  assert.equal(await dataset.dissociate(path), false);
  assert.equal(await dataset.dissociate(path, { absolutePath: false }), true);
  assert.equal(await dataset.dissociate(relative(process.cwd(), join(directory, 'folder'))), true);
  assert.equal((await dataset.files()).length, 2);
});

test('a file has one record, which goes with the last that uses it', async (t) => {
  const { path, store } = await newStore(t);
  const [a, b] = await store.createMany([{ id: 'a' }, { id: 'b' }]);
  const ensemble = await store.createEnsemble({ id: 'e' });
  assert.ok(a && b);
  const empty = dumpStore(path);
  const id = await a.associate('/x', 'txt', { metadata: { one: 1 } });
  assert.equal(await store.associate(b, '/x', 'txt', { metadata: { two: 2 } }), id);
  assert.equal(await store.associate('e', '/x', 'txt'), id);
  const before = dumpStore(path);
  assert.deepEqual(await a.associate(['/x', '/x'], 'txt'), [id, id]);
  assert.deepEqual(dumpStore(path), before);
  const attributes = { one: 1, uri: '/x', mime_type: 'txt', associated: ['a', 'b', 'e'], two: 2 };
  for (const one of [a, b, ensemble]) {
    assert.deepEqual(await one.files(), [{ uri: '/x', mimeType: 'txt', id, attributes }]);
  }
  assert.deepEqual(await idsOf(store.find({ fileUri: '/x' })), ['a', 'b']);
  assert.deepEqual(await idsOf(store.find({ types: 'file' })), [id]);
  // The record of a file is the user's to describe.
  await store.update(id, { note: 'mine' });
  assert.equal(await (await store.open(id)).attributes.get('note'), 'mine');
  assert.equal(await store.dissociate(a, '/x'), true);
  assert.equal(await a.dissociate('/x'), false);
  assert.deepEqual((await b.files())[0]?.attributes.associated, ['b', 'e']);
  await store.delete(b);
  assert.deepEqual((await ensemble.files())[0]?.attributes.associated, ['e']);
  await ensemble.dissociate('/x');
  assert.deepEqual(await idsOf(store.find({ types: 'file' })), []);
  await store.create({ id: 'b' });
  assert.deepEqual(dumpStore(path), empty);
});

test('what is refused has changed nothing', async (t) => {
  const { path, store, directory } = await newStore(t);
  const [a, b] = await store.createMany([{ id: 'a' }, { id: 'b' }]);
  assert.ok(a && b);
  const id = await a.associate('/x', 'txt');
  const wrong: [uri: unknown, mimeType: unknown, options: unknown][] = [
    ['', 'txt', {}],
    [7, 'txt', {}],
    [[7], 'txt', {}],
    ['/y', '', {}],
    ['/y', undefined, {}],
    ['/y', 'txt', { metdata: {} }],
    ['/y', 'txt', { metadata: 'x' }],
    ['/y', 'txt', { metadata: null }],
    ['/y', 'txt', { metadata: ['x'] }],
  ];
  for (const [uri, mimeType, options] of wrong) {
    const call = () => a.associate(uri as string, mimeType as string, options as AssociateOptions);
    await refusedUnchanged(path, 'ERR_USAGE', call);
  }
  await refusedUnchanged(path, 'ERR_USAGE', () => store.associate('', '/y', 'txt'));
  await refusedUnchanged(path, 'ERR_USAGE', () => store.dissociate('', '/y'));
  await refusedUnchanged(path, 'ERR_USAGE', () => a.dissociate(7 as never));
  await refusedUnchanged(path, 'ERR_USAGE', () => a.dissociate('/x', { absolute: false } as never));
  const mixed = { metadata: { bad: [1, 'x'] as never } };
  assert.match((await refusedUnchanged(path, 'ERR_RECORD', () => a.associate('/y', 'txt', mixed))).message, /"bad"/);
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => store.associate('nope', '/y', 'txt'));
  await refusedUnchanged(path, 'ERR_USAGE', () => store.associate(id, '/y', 'txt'));
  await refusedUnchanged(path, 'ERR_ASSOCIATION', () => b.associate('/x', 'bin'));
  await refusedUnchanged(path, 'ERR_ASSOCIATION', () => a.associate(['/y', '/x'], 'bin'));
  await store.delete('b');
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => b.associate('/y', 'txt'));
  await refusedUnchanged(path, 'ERR_RECORD_NOT_FOUND', () => b.files());
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'x');
  chmodSync(secret, 0);
  // The superuser reads it all the same.
  if (process.getuid?.() !== 0) await refusedUnchanged(path, 'ERR_INPUT', () => a.associate(secret, 'txt'));
  await a.dissociate('/x');
  assert.equal(await (await store.create({ id: 'b' })).associate('/x', 'bin').then((one) => one.length), 32);
  assert.equal(countRows(path).Document, 1);
});
