/** What `doctor` knows: file systems, versions of SQLite, which strategy for what. */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { fileSystem } from '../src/doctor/checks/file-system.js';
import { journal } from '../src/doctor/checks/journal.js';
import { schemaFinding } from '../src/doctor/checks/schema.js';
import { versionFinding } from '../src/doctor/checks/sqlite-version.js';
import type { FilePlace } from '../src/doctor/file-place.js';
import { type FileSystem, fileSystemOf } from '../src/doctor/file-systems.js';
import type { Finding } from '../src/doctor/finding.js';
import { recommendForFile } from '../src/doctor/recommend-file.js';

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /home rw,nosuid shared:2 - nfs4 server:/home rw,vers=4.2,hard,local_lock=none
31 22 0:26 / /old rw - nfs server:/old rw,vers=3,nolock,local_lock=all
32 22 0:27 / /p/lustre\\0401 rw - lustre mds@o2ib:/l rw,localflock
33 22 0:28 / /scratch rw - lustre mds@o2ib:/s rw,flock
34 22 0:29 / /tmp rw - tmpfs tmpfs rw,size=1g
35 34 8:2 / /tmp/disk ro - xfs /dev/sdb1 ro
36 22 0:30 / /home rw - nfs4 other:/home rw
37 22 0:31 / /box rw - overlay overlay rw,lowerdir=/a
38 22 0:32 / /odd rw - fuse.mystery m rw
`;

describe('the file system of a folder, from mountinfo', () => {
  for (const [folder, type, kind, locks] of [
    ['/', 'ext4', 'local', []],
    ['/homes', 'ext4', 'local', []],
    ['/home', 'nfs4', 'network', []],
    ['/home/me/runs', 'nfs4', 'network', []],
    ['/old/runs', 'nfs', 'network', ['nolock', 'local_lock=all']],
    ['/p/lustre 1/runs', 'lustre', 'network', ['localflock']],
    ['/scratch/me', 'lustre', 'network', []],
    ['/tmp/x', 'tmpfs', 'memory', []],
    ['/tmp/disk/x', 'xfs', 'local', []],
    ['/box', 'overlay', 'overlay', []],
    ['/odd', 'fuse.mystery', 'unknown', []],
  ] as const) {
    test(folder, () => {
      const found = fileSystemOf(folder, mountinfo);
      assert.deepEqual([found.type, found.kind, found.lockOptions], [type, kind, locks]);
    });
  }

  test('read-only', () => {
    assert.equal(fileSystemOf('/tmp/disk', mountinfo).isReadOnly, true);
    assert.equal(fileSystemOf('/tmp', mountinfo).isReadOnly, false);
  });
});

describe('versions of SQLite', () => {
  for (const [version, inWal, otherwise] of [
    ['3.53.2', 'ok', 'ok'],
    ['3.51.3', 'ok', 'ok'],
    ['3.51.2', 'problem', 'warning'],
    ['3.50.7', 'ok', 'ok'],
    ['3.50.6', 'problem', 'warning'],
    ['3.49.9', 'problem', 'warning'],
    ['3.44.6', 'ok', 'ok'],
    ['3.44.5', 'problem', 'warning'],
    ['3.7.0', 'problem', 'warning'],
    ['3.6.23', 'ok', 'ok'],
    ['3.37.1', 'problem', 'problem'],
    ['3.37.2', 'problem', 'warning'],
    ['3.52.0', 'warning', 'warning'],
  ] as const) {
    test(version, () => {
      assert.deepEqual([versionFinding(version, true).level, versionFinding(version, false).level], [inWal, otherwise]);
    });
  }
});

/** As much of a place as the rules look at. */
function place(found: Partial<FileSystem>, more: Partial<FilePlace> = {}): FilePlace {
  return {
    kind: 'file',
    store: 'my runs.sqlite',
    path: '/shared/my runs.sqlite',
    folder: '/shared',
    file: { kind: 'missing' },
    fileSystem: { type: 'ext4', kind: 'local', lockOptions: [], isReadOnly: false, ...found },
    scratch: { path: '/shared/s' },
    lockPath: '/root/.kosh.lock',
    givenLockPath: undefined,
    signal: new AbortController().signal,
    reading: () => Promise.reject(new Error('not asked for')),
    [Symbol.dispose]: () => {},
    ...more,
  };
}

function problem(name: string): Finding {
  const check = name.replace(/ unusable$/, '');
  return { check, level: 'problem', found: '', code: check === name ? 'no exclusion' : 'unusable' };
}

describe('the strategy', () => {
  const network = { type: 'nfs4', kind: 'network' } as const;
  for (const [name, kind, problems, strategy, lockPath] of [
    ['of a local disk', {}, [], 'RFileLock', undefined],
    ['over a network: with a lock beside the store', network, [], 'RFileLock', '/shared/kosh.lock'],
    ['of an unknown file system', { kind: 'unknown' }, [], 'RFileLock', '/shared/kosh.lock'],
    ["where SQLite's locks do nothing", {}, ['SQLite locks'], 'RFileLock', '/shared/kosh.lock'],
    ['where no lock works', {}, ['SQLite locks', 'RFileLock'], undefined, undefined],
    ["where SQLite's locks alone work", {}, ['RFileLock'], 'OnlyRetry', undefined],
    ['over a network where they alone work', network, ['RFileLock'], undefined, undefined],
    ['where the lock path is closed', {}, ['lock path'], 'RFileLock', '/shared/kosh.lock'],
    ['where the lock path is something else', {}, ['lock'], 'RFileLock', '/shared/kosh.lock'],
    ["where SQLite's locks are refused", {}, ['SQLite locks unusable'], undefined, undefined],
    ['of a damaged store', {}, ['integrity'], undefined, undefined],
    ['on a full disk', {}, ['room'], undefined, undefined],
    ['of a foreign file', {}, ['schema'], undefined, undefined],
    ['where nothing can be written', {}, ['writable'], undefined, undefined],
    ['in WAL mode over a network', network, ['journal'], undefined, undefined],
  ] as const) {
    test(name, () => {
      const found = recommendForFile(place(kind), problems.map(problem));
      assert.deepEqual([found.strategy, found.lockPath], [strategy, lockPath]);
      const path = lockPath === undefined ? '' : ` --lock-path ${lockPath}`;
      assert.equal(
        found.command,
        strategy && `kosh-ingest load --store 'my runs.sqlite' --lock-strategy ${strategy}${path} INPUTS`,
      );
    });
  }

  test('keeps a lock path that was given and is good', () => {
    const given = place(network, { givenLockPath: '/shared/mine' });
    assert.equal(recommendForFile(given, []).lockPath, '/shared/mine');
    assert.equal(recommendForFile(given, [problem('lock path')]).lockPath, '/shared/kosh.lock');
  });
});

test('WAL mode on a network file system is a problem, and is not opened to see', async () => {
  const file = { kind: 'SQLite', bytes: 4096, isWal: true } as const;
  const [found] = await journal.look(place({ type: 'nfs4', kind: 'network' }, { file }));
  assert.equal(found?.level, 'problem');
  assert.match(found.advice ?? '', /sqlite3 '\/shared\/my runs\.sqlite' "PRAGMA journal_mode=DELETE"/);
  const [local] = await journal.look(place({}, { file }));
  assert.equal(local?.level, 'ok');
});

test('mount options that keep locks on one machine are a warning', async () => {
  const found = await fileSystem.look(place({ type: 'nfs', kind: 'network', lockOptions: ['nolock'] }));
  assert.deepEqual(
    found.map(({ level }) => level),
    ['note', 'warning'],
  );
});

test('schemas: tables of an older Sina are told from those of others', () => {
  const refused = { refused: 'not a store' };
  const sina = ['Record', 'Relationship', 'ScalarData', 'StringData', 'Document'];
  const older = schemaFinding({ schema: refused, tables: [...sina, 'Run'], hasStoreInfo: false });
  assert.match(older.found, /older Sina/);
  for (const tables of [['Run'], ['Record', 'Run'], sina.slice(1)]) {
    assert.equal(schemaFinding({ schema: refused, tables, hasStoreInfo: false }).found, 'not a store');
  }
  assert.equal(schemaFinding({ schema: 'sina', tables: [], hasStoreInfo: true }).level, 'ok');
});
