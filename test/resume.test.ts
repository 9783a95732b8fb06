import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { randomOf } from '../bench/support/random.js';
import { runCli } from './support/cli.js';
import { dumpStore } from './support/dump.js';
import { firstSeed, sameRows } from './support/faults.js';
import {
  assertGoesOn,
  assertWhole,
  isDone,
  journalLines,
  type Loaded,
  loadAtOnce,
  loadUntil,
  makeDocuments,
  rejectsOf,
  summaryOf,
  twoAtATime,
} from './support/resume.js';
import { tempDirectory } from './support/temp.js';

const documents = ['d', '--workers', '2', '--batch-size', '10'];
const generated = ['--ensembles', '10', '--datasets', '40', '--workers', '2', '--batch-size', '10'];

interface Job {
  readonly name: string;
  readonly args: readonly string[];
  readonly whole: Loaded;
}

async function jobsIn(cwd: string): Promise<Job[]> {
  makeDocuments(join(cwd, 'd'));
  const [ofDocuments, ofGenerated] = await Promise.all([
    loadAtOnce(cwd, documents, 'documents.sqlite'),
    loadAtOnce(cwd, generated, 'generated.sqlite'),
  ]);
  assert.equal(ofDocuments.rejects.length, 10);
  return [
    { name: 'documents', args: documents, whole: ofDocuments },
    { name: 'generated', args: generated, whole: ofGenerated },
  ];
}

/** So often a load is ended before it is left alone. */
const endingsARound = 4;

/** Rounds of one load each: ended a few times in a row, then run to its end, until so many have been ended. Answers how many ends were in the middle: with something written down, and something left. */
async function endAgainAndAgain(t: TestContext, signal: NodeJS.Signals, endings: number): Promise<number> {
  const cwd = tempDirectory(t);
  const jobs = await jobsIn(cwd);
  let ended = 0;
  let middles = 0;
  let rounds = 0;
  const round = async (n: number) => {
    const { name, args, whole } = jobs[n % jobs.length] as Job;
    const random = randomOf(firstSeed + n);
    const store = `${name}-${n}.sqlite`;
    const moments: number[] = [];
    try {
      while (moments.length < endingsARound) {
        const ms = Math.round(whole.ms * (0.15 + 0.9 * random()));
        moments.push(ms);
        const { code } = await loadUntil(cwd, [...args, '--store', store], { ms, signal });
        // It was faster, if only by the last moment: once more would be another load.
        if (code === whole.code) return assertWhole(cwd, store, whole);
        ended++;
        if (isDone(cwd, store, whole)) return;
        // The load's own line, and a place.
        if ((journalLines(join(cwd, store)) ?? 0) > 1) middles++;
      }
      await assertGoesOn(cwd, args, store, whole);
    } catch (error) {
      const message = `${name}, ${signal} after ${moments.join(', ')} ms, KOSH_INGEST_FAULT_SEED=${firstSeed + n}`;
      throw new Error(message, { cause: error });
    }
  };
  // Moments are of a busy machine's clock: more rounds, should none of them have been in a middle.
  const isEnough = () => ended >= endings && (middles > 0 || rounds >= endings);
  await twoAtATime(() => (isEnough() ? undefined : round(rounds++)));
  return middles;
}

test('killed at 50 moments: each time the same command ends with the store of the load in one go', {
  timeout: 900_000,
}, async (t) => {
  assert.ok((await endAgainAndAgain(t, 'SIGKILL', 50)) > 2, 'hardly a load was killed in its middle');
});

test('the same with SIGTERM', { timeout: 600_000 }, async (t) => {
  assert.ok((await endAgainAndAgain(t, 'SIGTERM', 8)) > 0, 'no load was ended in its middle');
});

/** Ends a thread of the pool after some time, from outside of the product. */
const terminating = `
import { createRequire, syncBuiltinESMExports } from 'node:module';
const threads = createRequire(import.meta.url)('node:worker_threads');
if (threads.isMainThread) {
  const { Worker } = threads;
  let isFirst = true;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, options);
      if (!isFirst || !String(file).includes('piscina')) return;
      isFirst = false;
      this.once('online', () => setTimeout(() => this.terminate(), Number(process.env.TERMINATE_MS)).unref());
    }
  };
  syncBuiltinESMExports();
}
`;

test('a thread of the pool is terminated: the load fails, says how to go on, and goes on', { timeout: 600_000 }, async (t) => {
  const cwd = tempDirectory(t);
  const jobs = await jobsIn(cwd);
  writeFileSync(join(cwd, 'terminate.mjs'), terminating);
  let failed = 0;
  const round = async (n: number) => {
    const { name, args, whole } = jobs[n % jobs.length] as Job;
    const store = `${name}-${n}.sqlite`;
    const ms = Math.round(whole.ms * (0.2 + 0.6 * randomOf(firstSeed, n)()));
    const env = { NODE_OPTIONS: `--import=${join(cwd, 'terminate.mjs')}`, TERMINATE_MS: String(ms) };
    const { code, stderr } = await runCli(['load', ...args, '--store', store], { cwd, env });
    if (code === whole.code) return assertWhole(cwd, store, whole);
    if (/a worker thread ended unexpectedly/.test(stderr)) failed++;
    if ((journalLines(join(cwd, store)) ?? 0) > 1) assert.match(stderr, /To go on: kosh-ingest load /);
    await assertGoesOn(cwd, args, store, whole);
  };
  let rounds = 0;
  await twoAtATime(() => (rounds < 6 ? round(rounds++) : undefined));
  assert.ok(failed > 0, 'no load noticed it');
});

test('a document that is too large for memory: killed in its middle, and two at once', { timeout: 600_000 }, async (t) => {
  const cwd = tempDirectory(t);
  makeDocuments(join(cwd, 'd'), { large: true });
  const whole = await loadAtOnce(cwd, documents);
  const random = randomOf(firstSeed);
  const round = async (n: number) => {
    const store = `s${n}.sqlite`;
    const ms = whole.ms * (0.4 + 0.5 * random());
    const { code } = await loadUntil(cwd, [...documents, '--store', store], { ms, signal: 'SIGKILL' });
    if (code === null && !isDone(cwd, store, whole)) await assertGoesOn(cwd, documents, store, whole);
  };
  let rounds = 0;
  await twoAtATime(() => (rounds < 4 ? round(rounds++) : undefined));
  await bothAtOnce(cwd, documents, whole);
});

/** The same load in two processes at the same time. */
async function bothAtOnce(cwd: string, args: readonly string[], whole: Loaded): Promise<void> {
  const load = (rejects: string) => runCli(['load', ...args, '--store', 'both.sqlite', '--rejects', rejects, '--json'], { cwd });
  const results = await Promise.all([load('both.sqlite.rejects.jsonl'), load('other.jsonl')]);
  const summaries = results.map(summaryOf);
  for (const { code, stderr } of results) assert.ok(code === whole.code || code === 0, stderr);
  const inserted = summaries.reduce((sum, { records }) => sum + records.inserted, 0);
  const records = whole.rows.filter((row) => JSON.parse(row).table === 'Record').length;
  assert.equal(inserted, records - 3, 'each record is written once');
  sameRows(dumpStore(join(cwd, 'both.sqlite')), whole.rows);
  assert.equal(journalLines(join(cwd, 'both.sqlite')), undefined);
  const lists = ['both.sqlite.rejects.jsonl', 'other.jsonl'].map((name) => rejectsOf(join(cwd, name)));
  for (const reject of lists.flat()) assert.ok(whole.rejects.includes(reject), `refused besides: ${reject}`);
  assert.ok(lists.some((list) => list.length === whole.rejects.length));
}

test('two processes with the same load at the same time: everything once, nothing refused for that', {
  timeout: 60_000,
}, async (t) => {
  const cwd = tempDirectory(t);
  for (const { args, whole } of await jobsIn(cwd)) {
    await bothAtOnce(cwd, args, whole);
    for (const name of ['both.sqlite', 'both.sqlite.rejects.jsonl', 'other.jsonl']) rmSync(join(cwd, name), { force: true });
  }
});

/** A load that was stopped by the first reject, with most of it in the store. */
async function stopped(t: TestContext): Promise<{ cwd: string; args: string[]; rows: string[]; path: string }> {
  const cwd = tempDirectory(t);
  makeDocuments(join(cwd, 'd'));
  const args = ['d', '--workers', '1', '--batch-size', '10', '--store', 's x.sqlite'];
  const result = await runCli(['load', ...args, '--on-error', 'stop'], { cwd });
  assert.equal(result.code, 3, result.stderr);
  assert.doesNotMatch(result.stderr, /To go on/, 'it would stop again');
  assert.match(
    result.stderr,
    /stopped because something was refused \(--on-error stop\)\n {2}hint: Go on with --on-error skip; .*--from-rejects\)\.\n$/,
  );
  assert.match(result.stdout, /^Stopped\. Loaded \d+ records/);
  const path = join(cwd, 's x.sqlite');
  return { cwd, args, path, rows: dumpStore(path) };
}

test('a document that has changed since it was loaded is noticed, and one that is gone; nothing is written', async (t) => {
  const { cwd, args, path, rows } = await stopped(t);
  const file = join(cwd, 'd', '0007.json');
  const text = readFileSync(file, 'utf8');
  const refuses = async (what: RegExp) => {
    const { code, stderr, stdout } = await runCli(['load', ...args, '--json'], { cwd });
    assert.equal(code, 1, stderr);
    assert.match(stderr, what);
    assert.equal(stdout, '');
    sameRows(dumpStore(path), rows);
  };
  writeFileSync(file, text.replace('text 7', 'text 8'));
  await refuses(/d\/0007\.json was loaded before this load was interrupted, and has another content now/);
  rmSync(file);
  await refuses(/0007\.json was loaded before this load was interrupted, and is no longer among the inputs/);
  writeFileSync(file, text);
  const whole = await loadAtOnce(cwd, documents);
  const { code } = await runCli(['load', ...args], { cwd });
  assert.equal(code, 3);
  sameRows(dumpStore(path), whole.rows);
  assert.equal(journalLines(path), undefined);
});

test('--restart forgets what was done; what is in the store stays there', async (t) => {
  const { cwd, args, path, rows } = await stopped(t);
  const before = rows.filter((row) => JSON.parse(row).table === 'Record').length - 3;
  assert.ok(before > 10);
  const summary = summaryOf(await runCli(['load', ...args, '--restart', '--json'], { cwd }));
  assert.equal(summary.resumed, null);
  const exists = rejectsOf(`${path}.rejects.jsonl`).filter((line) => line.includes('ERR_RECORD_EXISTS'));
  assert.ok(exists.length >= before, `${exists.length} of ${before}`);
  assert.equal(journalLines(path), undefined);
});

test('another load into the same store has nothing to do with it, other workers and batches do not matter', async (t) => {
  const { cwd, args, path } = await stopped(t);
  const lines = journalLines(path);
  const other = await runCli(['load', ...generated, '--store', 's x.sqlite', '--json'], { cwd });
  assert.equal(summaryOf(other).resumed, null);
  assert.equal(journalLines(path), lines, 'the journal of the other load stays');
  const more = ['--workers', '2', '--batch-size', '500', '--lock-strategy', 'OnlyRetry', '--json'];
  const goesOn = await runCli(['load', `${cwd}/d`, ...args.slice(-2), ...more], { cwd });
  const { resumed, records } = summaryOf(goesOn);
  assert.ok(resumed && resumed.records > 10);
  assert.match(goesOn.stderr, /going on with the load begun \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: \d+ records are in/);
  assert.equal(resumed.records + records.inserted, 1000);
  assert.equal(journalLines(path), undefined);
});

test('a reject that has been mended is gone at the end of the load that goes on', async (t) => {
  const cwd = tempDirectory(t);
  makeDocuments(join(cwd, 'd'));
  for (let n = 0; n < 10; n++) if (n !== 5) rmSync(join(cwd, 'd', `${n}00bad.json`));
  const args = ['load', 'd', '--store', 's.sqlite', '--workers', '1', '--batch-size', '10', '--on-error', 'stop'];
  assert.equal((await runCli(args, { cwd })).code, 3);
  assert.equal(rejectsOf(join(cwd, 's.sqlite.rejects.jsonl')).length, 1);
  writeFileSync(join(cwd, 'd', '500bad.json'), '{"records":[{"id":"x","type":"t"}]}');
  const { code, stderr } = await runCli(args, { cwd });
  assert.equal(code, 0, stderr);
  assert.deepEqual(rejectsOf(join(cwd, 's.sqlite.rejects.jsonl')), []);
  assert.equal(journalLines(join(cwd, 's.sqlite')), undefined);
});

test('--max-errors stops with more than so many, or so many percent, also at the end', async (t) => {
  const cwd = tempDirectory(t);
  makeDocuments(join(cwd, 'd'));
  const load = async (most: string) => {
    const store = `${most}.sqlite`;
    const result = await runCli(['load', 'd', '--store', store, '--batch-size', '10', '--max-errors', most, '--json'], { cwd });
    const { stopped: why, interrupted } = summaryOf(result);
    assert.equal(interrupted, false);
    return { code: result.code, stderr: result.stderr, why: why?.code, journal: journalLines(join(cwd, store)) !== undefined };
  };
  for (const most of ['3', '9', '0.5%', '0%']) {
    const { code, why, journal, stderr } = await load(most);
    assert.deepEqual({ code, why, journal }, { code: 3, why: 'ERR_TOO_MANY_REJECTS', journal: true }, most);
    assert.match(stderr, /more than --max-errors/);
    assert.match(stderr, / {2}hint: Go on with a larger --max-errors; .*--from-rejects\)\.\n$/);
    assert.doesNotMatch(stderr, /To go on/);
  }
  for (const most of ['10', '3%']) {
    const { code, why, journal } = await load(most);
    assert.deepEqual({ code, why, journal }, { code: 3, why: undefined, journal: false }, most);
  }
});
