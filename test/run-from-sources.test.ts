import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { countRows } from './support/dump.js';
import { tempDirectory } from './support/temp.js';

const fromDist = import.meta.url.includes('/dist/test/');
const root = fileURLToPath(new URL(fromDist ? '../../' : '../', import.meta.url));

test('the command runs from the TypeScript sources, workers too', (t) => {
  const store = join(tempDirectory(t), 's.sqlite');
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'load', '--store', store, '--lock-path', `${store}.l`];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(countRows(store).Record, 113);
});

test('bench runs from the sources: its processes, their threads and the pages of its report', (t) => {
  const folder = tempDirectory(t);
  const trial = ['--workers', '2', '--processes', '2', '--strategies', 'RFileLock', '--repeats', '1', '--records', '40'];
  const place = ['--store', join(folder, 's.sqlite'), '--out', join(folder, 'out'), '--load', 'notebook,bulk'];
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'bench', ...place, ...trial];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.ok(existsSync(join(folder, 'out', 'report.html')));
});
