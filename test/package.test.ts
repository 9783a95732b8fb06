import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { countRows } from './support/dump.js';
import { tempDirectory } from './support/temp.js';

const fromDist = import.meta.url.includes('/dist/test/');
const root = fileURLToPath(new URL(fromDist ? '../../' : '../', import.meta.url));

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: cwd },
  });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error ?? ''}${stderr}${stdout}`);
  return stdout;
}

/** npm keeps its cache and settings in the home directory. */
function npm(args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

test('the package installs and runs in an empty folder: command, worker and library', { timeout: 600_000 }, (t) => {
  const cwd = tempDirectory(t);
  npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', cwd], root);
  const [tarball] = readdirSync(cwd).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(cwd, 'package.json'), '{"private":true,"type":"module","allowScripts":{"better-sqlite3":true}}');
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], cwd);

  const answer = run('node_modules/.bin/kosh-ingest', ['load', '--store', 'a.sqlite', '--workers', '2', '--json'], cwd);
  assert.equal((JSON.parse(answer) as { datasets: number }).datasets, 100);
  assert.equal(countRows(join(cwd, 'a.sqlite')).Record, 113);

  const script = `
    import { load, loadConfig } from 'kosh-ingest';
    const { records } = await load(loadConfig({ flags: { store: 'b.sqlite', ensembles: 1, datasets: 5 } }));
    console.log(records.inserted);`;
  assert.equal(run(process.execPath, ['--input-type=module', '--eval', script], cwd).trim(), '6');
});
