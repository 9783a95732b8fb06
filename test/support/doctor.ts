import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Report } from '../../src/doctor/examine.js';
import { fileChecks } from '../../src/doctor/file-checks.js';
import { lookAtFile } from '../../src/doctor/file-place.js';
import type { Finding, Level } from '../../src/doctor/finding.js';
import { recommendForFile } from '../../src/doctor/recommend-file.js';
import type { Recommendation } from '../../src/doctor/recommendation.js';
import { sqliteDdl } from '../../src/stores/schema.js';
import { type CliOptions, runCli } from './cli.js';

export interface Examined extends Report {
  readonly code: number | null;
}

/** A larger file is not read. */
const largeBytes = 1e8;

/** Runs `kosh-ingest doctor --json`, and sees to it that it has changed and left nothing in `cwd`. */
export async function doctor(args: readonly string[], options: CliOptions): Promise<Examined> {
  const before = stateOf(options.cwd);
  const { code, stdout, stderr } = await runCli(['doctor', ...args, '--json'], options);
  assert.equal(stderr, '');
  assert.deepEqual(stateOf(options.cwd), before, 'something was changed or left behind');
  return { ...(JSON.parse(stdout) as Report), code };
}

export interface Looked extends Pick<Report, 'findings'> {
  readonly recommendation: Recommendation;
}

/** Makes some of the checks of a file here, which is quicker, and sees to it that they have changed and left nothing beside it. */
export async function lookAt(store: string, names: readonly string[], lockPath?: string): Promise<Looked> {
  const folder = dirname(store);
  const before = existsSync(folder) ? stateOf(folder) : [];
  const findings: Finding[] = [];
  const config = {
    store,
    lockPath: lockPath ?? join(tmpdir(), 'kosh.lock'),
    isLockPathGiven: lockPath !== undefined,
    json: false,
  };
  let recommendation: Recommendation;
  {
    using place = lookAtFile(config, new AbortController().signal);
    for (const { name, look } of fileChecks) {
      if (names.includes(name)) for (const found of await look(place)) findings.push({ check: name, ...found });
    }
    recommendation = recommendForFile(place, findings);
  }
  assert.deepEqual(existsSync(folder) ? stateOf(folder) : [], before, 'something was changed or left behind');
  return { findings, recommendation };
}

/** Every file and folder below one with what is in it, but for `-shm`, which SQLite's readers share. */
export function stateOf(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const path = join(folder, name);
    if (!existsSync(path) || !statSync(path).isFile() || name.endsWith('-shm')) return name;
    const { mtimeMs, size } = statSync(path);
    const content = size > largeBytes ? '' : createHash('sha256').update(readFileSync(path)).digest('hex');
    return `${name} ${mtimeMs} ${size} ${content}`;
  });
}

/** The findings of one check. */
export function of(report: Pick<Report, 'findings'>, check: string): readonly Finding[] {
  return report.findings.filter((finding) => finding.check === check);
}

/** The levels of the findings of one check. */
export function levels(report: Pick<Report, 'findings'>, check: string): readonly Level[] {
  return of(report, check).map(({ level }) => level);
}

/** A finding as one text: what was found, and what to do. */
export function words(report: Pick<Report, 'findings'>, check: string): string {
  return of(report, check)
    .map(({ found, advice }) => `${found} / ${advice}`)
    .join('\n');
}

/** Makes a SQLite file with these statements; by default the tables of Sina. */
export function makeStore(path: string, ...statements: readonly string[]): void {
  const db = new Database(path);
  for (const statement of statements.length > 0 ? statements : sqliteDdl()) db.exec(statement);
  db.close();
}
