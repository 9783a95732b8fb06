import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const fromDist = import.meta.url.includes('/dist/test/');
const root = fileURLToPath(new URL(fromDist ? '../../' : '../', import.meta.url));

/** The layers, lowest first; `locks` and `stores` are beside each other. docs/architecture.md. */
const layers = [
  ['src/errors', 'src/threads', 'src/clock'],
  ['src/records'],
  ['src/locks', 'src/stores'],
  ['src/sources'],
  ['src/kosh'],
  ['src/config'],
  ['workers'],
  ['src/ingest'],
  ['bench'],
  ['src/doctor'],
  ['src/cli'],
];

function levelOf(file: string): { level: number; folder: string } | undefined {
  for (const [level, folders] of layers.entries()) {
    const folder = folders.find((name) => file === `${name}.ts` || file.startsWith(`${name}/`));
    if (folder) return { level, folder };
  }
  return undefined;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
}

const sources = ['src', 'workers', 'bench'].flatMap(sourcesBelow);

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\(|import) ?'([^']+)'/g)].map((match) => match[1] as string);
}

test('an import points down', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const own = levelOf(file);
    if (!own) continue;
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = relative(root, join(root, dirname(file), specifier)).replace(/\.js$/, '.ts');
      const other = levelOf(target);
      const allowed = other && (other.level < own.level || other.folder === own.folder);
      if (!allowed) wrong.push(`${file} -> ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(sources.length > 40);
});

test('what the engine stands on is imported in one file each', () => {
  for (const name of [
    'piscina',
    'better-sqlite3',
    'proper-lockfile',
    'signal-exit',
    'p-retry',
    'tinyglobby',
    'csv-parse/sync',
    'mariadb',
  ]) {
    const users = sources.filter((file) => !file.startsWith('bench/') && importsOf(file).includes(name));
    assert.equal(users.length, 1, `${name}: ${users.join(', ')}`);
  }
});

test('no file is longer than a person reads at once', () => {
  const long = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 260);
  assert.deepEqual(long, []);
});
