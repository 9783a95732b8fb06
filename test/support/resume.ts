/** What tests of loads that go on share: documents with everything in them, loads that are ended from outside, and what must be true at the end. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { LoadSummary } from '../../src/ingest/summary.js';
import type { Reject } from '../../src/sources/source.js';
import { journalTable } from '../../src/stores/journal.js';
import { type CliResult, runCli } from './cli.js';
import { dumpStore, integrityProblems } from './dump.js';
import { sameRows } from './faults.js';

/** Documents that go in. */
const good = 1000;

/**
 * About a thousand small documents of which half refer to a record of another one, in front or behind; ten that are refused in five ways; and, with
 * `large`, one that is too large to be read whole.
 */
export function makeDocuments(folder: string, { large = false } = {}): void {
  mkdirSync(folder);
  const write = (name: string, content: string) => writeFileSync(join(folder, `${name}.json`), content);
  for (let n = 0; n < good; n++) {
    const id = `r${n}`;
    const other = `r${(n * 37 + 11) % good}`;
    const relationships = n % 2 === 0 ? [{ subject: id, predicate: 'follows', object: other }] : [];
    const data = { value: { value: n }, text: { value: `text ${n}`, tags: ['a', 'b'] } };
    write(String(n).padStart(4, '0'), JSON.stringify({ records: [{ id, type: 'run', application: 'x', data }], relationships }));
  }
  const refused = [
    '{"records":[{"id":"x"}]}',
    '{"records":[',
    '[]',
    '{"records":[{"id":"twin","type":"t"},{"id":"twin","type":"t"}]}',
    '{"records":[{"id":"lost","type":"t"}],"relationships":[{"subject":"lost","predicate":"p","object":"nowhere"}]}',
  ];
  for (const [n, text] of [...refused, ...refused].entries())
    write(`${n}00bad`, text.replace('"lost"', `"lost${n}"`).replace('"subject":"lost"', `"subject":"lost${n}"`));
  if (!large) return;
  const pad = 'x'.repeat(9000);
  const records = Array.from({ length: 1100 }, (_, n) => ({ id: `large${n}`, type: 'run', application: 'x', pad }));
  write('0500large', JSON.stringify({ records, relationships: [{ subject: 'large1', predicate: 'follows', object: 'r999' }] }));
}

/** What a load leaves. */
export interface Loaded {
  readonly rows: readonly string[];
  /** Lines of the rejects file, sorted. */
  readonly rejects: readonly string[];
  readonly code: number | null;
  readonly ms: number;
}

/** A load that is run to its end in one go, into a store of its own. */
export async function loadAtOnce(cwd: string, args: readonly string[], store = 'whole.sqlite'): Promise<Loaded> {
  const from = performance.now();
  const { code, stderr } = await runCli(['load', ...args, '--store', store], { cwd });
  const ms = performance.now() - from;
  assert.ok(code === 0 || code === 3, stderr);
  return { rows: dumpStore(join(cwd, store)), rejects: rejectsOf(join(cwd, `${store}.rejects.jsonl`)), code, ms };
}

/** What a rejects file lists, by file, code and pointer: the words differ with who came first. */
export function rejectsOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const rejects = lines.map((line) => JSON.parse(line) as Reject);
  return rejects.map(({ file, code, pointer }) => `${file} ${code} ${pointer}`).sort();
}

/** Runs a load and ends it after `ms`, unless it has ended by then. */
export function loadUntil(
  cwd: string,
  args: readonly string[],
  { ms, signal }: { ms: number; signal: NodeJS.Signals },
): Promise<CliResult> {
  return runCli(['load', ...args, '--json'], {
    cwd,
    onSpawn: (child) => {
      const timer = setTimeout(() => child.kill(signal), ms);
      child.once('exit', () => clearTimeout(timer));
    },
  });
}

/** The summary that a load has printed. */
export function summaryOf({ stdout, stderr }: CliResult): LoadSummary {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as LoadSummary;
}

/** Runs a load to its end, and fails unless the store and the rejects are those of the load in one go and nothing of the way is left. */
export async function assertGoesOn(cwd: string, args: readonly string[], store: string, whole: Loaded): Promise<LoadSummary> {
  const result = await runCli(['load', ...args, '--store', store, '--json'], { cwd });
  assert.equal(result.code, whole.code, result.stderr);
  assertWhole(cwd, store, whole);
  return summaryOf(result);
}

export function assertWhole(cwd: string, store: string, whole: Loaded): void {
  const path = join(cwd, store);
  sameRows(dumpStore(path), whole.rows);
  assert.deepEqual(rejectsOf(`${path}.rejects.jsonl`), whole.rejects);
  assert.deepEqual(integrityProblems(path), []);
  assert.equal(journalLines(path), undefined, 'the journal is left');
}

/** How many lines the journal has; undefined when there is none, or no store. */
export function journalLines(path: string): number | undefined {
  let db: Database.Database;
  try {
    // To be written: what was killed in a COMMIT is rolled back by the next one who opens the store.
    db = new Database(path, { fileMustExist: true, timeout: 5000 });
  } catch {
    return undefined;
  }
  try {
    const there = db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(journalTable);
    return there === undefined ? undefined : (db.prepare(`SELECT count(*) FROM ${journalTable}`).pluck().get() as number);
  } finally {
    db.close();
  }
}

/** Whether a load that was ended had come to its end just before: all is in, and the journal is gone. */
export function isDone(cwd: string, store: string, whole: Loaded): boolean {
  const path = join(cwd, store);
  return existsSync(path) && hasTables(path) && journalLines(path) === undefined && dumpStore(path).length === whole.rows.length;
}

/** Not in a store whose process was killed before it had made them. */
function hasTables(path: string): boolean {
  const db = new Database(path);
  try {
    return db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'Record'").get() !== undefined;
  } finally {
    db.close();
  }
}

/** Runs what `next` begins, two at a time, until it begins nothing more. */
export async function twoAtATime(next: () => Promise<void> | undefined): Promise<void> {
  const run = async () => {
    for (let job = next(); job; job = next()) await job;
  };
  await Promise.all([run(), run()]);
}
