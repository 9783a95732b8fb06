/** What `kosh-ingest bench` makes of what it sees: samples, contention, and what is wrong with a store. */
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { faultsOf } from '../bench/strategies/check.js';
import { contentionOf } from '../bench/strategies/contention.js';
import { controls } from '../bench/strategies/controls.js';
import { Times } from '../bench/strategies/histogram.js';
import type { Report, Sample, Written } from '../bench/strategies/protocol.js';
import { Recorder, type Run } from '../bench/strategies/recorder.js';
import { sumOfCalls, Tally } from '../bench/strategies/tally.js';
import { nowMs } from '../src/clock.js';
import { IngestError } from '../src/errors.js';
import { connect, contextOf } from '../src/kosh/connect.js';
import { openStore } from '../src/kosh/open-store.js';
import { Store } from '../src/kosh/store.js';
import { None } from '../src/locks/none.js';
import { OnlyRetry } from '../src/locks/only-retry.js';
import { tempDirectory } from './support/temp.js';

const course = { startMs: 0, fromMs: 100, toMs: 200 };

const done = (asked: number, begun: number, ended: number, units = 1): Sample => ({
  asked,
  begun,
  ended,
  units,
  retries: [],
  gaveUp: undefined,
});

function reportOf(worker: number, samples: readonly Sample[], process = 0): Report {
  const tally = new Tally({ process, worker }, course);
  for (const sample of samples) tally.add(sample);
  return tally.report();
}

describe('a tally', () => {
  test('counts units that ended in the window, and waits that overlap it', () => {
    const report = reportOf(0, [
      done(10, 20, 30),
      done(90, 95, 105),
      done(150, 160, 170, 3),
      done(190, 195, 205),
      done(210, 211, 212),
    ]);
    assert.equal(report.units, 4);
    assert.equal(report.calls.done, 3);
    assert.equal(report.endMs, 212);
    assert.equal(report.spans.length, 3 * 5);
    assert.deepEqual([...report.spans.subarray(0, 5)], [90, 95, 105, 0, 0]);
    const waits = Times.merged([{ histogram: report.waits }]).distribution();
    assert.deepEqual([waits.count, Math.round(waits.p50), Math.round(waits.max)], [3, 5, 10]);
    assert.equal(Math.round(Times.merged([{ histogram: report.holds }]).distribution().p50), 10);
  });

  test('counts what was given up and tried again, by its code', () => {
    const gaveUp = { ...done(110, 150, 150, 0), gaveUp: 'SQLITE_BUSY', retries: ['SQLITE_BUSY', 'ERR_X'] };
    const late = { ...done(190, 900, 900, 0), gaveUp: 'SQLITE_BUSY' };
    const { calls, units, waits, holds } = reportOf(0, [gaveUp, late]);
    assert.deepEqual(calls, {
      done: 0,
      gaveUp: 2,
      gaveUpByCode: { SQLITE_BUSY: 2 },
      retries: 2,
      retriesByCode: { SQLITE_BUSY: 1, ERR_X: 1 },
    });
    assert.equal(units, 0);
    // It waited all the time, also beyond the window.
    assert.equal(Math.round(Times.merged([{ histogram: waits }]).distribution().max), 710);
    assert.equal(holds, '');
    assert.deepEqual(sumOfCalls([calls, calls]).gaveUpByCode, { SQLITE_BUSY: 4 });
  });

  test('keeps a bounded number of samples, and says so', () => {
    const tally = new Tally({ process: 0, worker: 0 }, { ...course, toMs: Number.POSITIVE_INFINITY });
    for (let n = 0; n < 20_001; n++) tally.add(done(100 + n, 100 + n, 101 + n));
    const { spans, isCut, units } = tally.report();
    assert.deepEqual([spans.length, isCut, units], [20_000 * 5, true, 20_001]);
  });
});

test('a histogram keeps three digits, merges, and survives as text', () => {
  const one = new Times();
  for (let n = 1; n <= 1000; n++) one.add(n);
  const { p50, p90, p99, p999, max, mean, histogram } = one.distribution();
  for (const [found, wanted] of [
    [p50, 500],
    [p90, 900],
    [p99, 990],
    [p999, 999],
    [max, 1000],
    [mean, 500.5],
  ] as const) {
    assert.ok(Math.abs(found / wanted - 1) < 0.002, `${found} is not ${wanted}`);
  }
  const other = new Times();
  for (let n = 0; n < 1000; n++) other.add(0.001);
  const both = Times.merged([{ histogram }, other.distribution(), new Times().distribution()]).distribution();
  assert.equal(both.count, 2000);
  assert.equal(both.p50, 0.001);
  assert.ok(Math.abs(both.p999 / 998 - 1) < 0.002);
  assert.deepEqual(new Times().distribution().count, 0);
  const odd = new Times();
  odd.add(12.0937);
  assert.equal(odd.distribution().p50, odd.distribution().max);
});

describe('contention', () => {
  test('a hand-over is to another who was waiting, of the same process or of another', () => {
    const reports = [
      reportOf(0, [done(100, 100, 110), done(150, 150, 160)]),
      // Waited since 105, has it 2 ms after the first; then the first comes late, and waited for nobody.
      reportOf(1, [done(105, 112, 120)]),
      reportOf(0, [done(155, 165, 170)], 1),
    ];
    const { handOverMs, usefulShare, timeline } = contentionOf(reports, course);
    assert.deepEqual([handOverMs.sameProcess.count, Math.round(handOverMs.sameProcess.p50)], [1, 2]);
    assert.deepEqual([handOverMs.otherProcess.count, Math.round(handOverMs.otherProcess.p50)], [1, 5]);
    assert.ok(Math.abs(usefulShare - 0.33) < 1e-9, String(usefulShare));
    assert.deepEqual(timeline.lanes, [
      { process: 0, worker: 0 },
      { process: 0, worker: 1 },
      { process: 1, worker: 0 },
    ]);
    assert.deepEqual(timeline.spans[1], [1, 5000, 12_000, 20_000, 0, 0]);
  });

  test('what overlaps is covered once, what was given up is of no use, and neither is a hand-over', () => {
    const gaveUp = { ...done(120, 190, 190, 0), gaveUp: 'SQLITE_BUSY' };
    const reports = [reportOf(0, [done(90, 90, 130)]), reportOf(1, [done(110, 120, 150)]), reportOf(2, [gaveUp])];
    const { handOverMs, usefulShare, timeline } = contentionOf(reports, course);
    assert.equal(handOverMs.sameProcess.count + handOverMs.otherProcess.count, 0);
    assert.ok(Math.abs(usefulShare - 0.5) < 1e-9);
    assert.equal(timeline.spans.at(-1)?.[4], 1);
  });
});

describe('a recorder', () => {
  const record = async (work: (run: number) => void, tries = 3) => {
    const runs: Run[] = [];
    const recorder = new Recorder(new OnlyRetry({ numTries: tries, patience: 0 }), (run) => runs.push(run));
    let count = 0;
    const result = await recorder.run(() => work(++count)).catch((error: unknown) => error);
    return { runs, result };
  };
  const busy = () => Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' });

  test('tells each run once, with what its tries failed with', async () => {
    const from = nowMs();
    const { runs } = await record((run) => {
      if (run < 3) throw busy();
    });
    assert.equal(runs.length, 1);
    assert.deepEqual(runs[0]?.retries, ['SQLITE_BUSY', 'SQLITE_BUSY']);
    assert.equal(runs[0]?.gaveUp, undefined);
    const { asked, begun, ended } = runs[0] as Run;
    assert.ok(from <= asked && asked <= begun && begun <= ended && ended <= nowMs());
  });

  test('tells what was given up by the code of the engine, and what cannot pass', async () => {
    const { runs, result } = await record(() => {
      throw busy();
    });
    assert.equal((result as IngestError).code, 'ERR_RETRIES_EXHAUSTED');
    assert.deepEqual([runs[0]?.gaveUp, runs[0]?.retries], ['SQLITE_BUSY', ['SQLITE_BUSY', 'SQLITE_BUSY']]);
    const other = await record(() => {
      throw new IngestError('ERR_RECORD_EXISTS', 'there');
    });
    assert.deepEqual([other.runs[0]?.gaveUp, other.runs[0]?.retries], ['ERR_RECORD_EXISTS', []]);
  });

  test('a run begins when the engine holds its own lock; one inside of another is not told', async () => {
    const runs: Run[] = [];
    const recorder = new Recorder(new None(), (run) => runs.push(run));
    const waited = 5;
    await recorder.run(async () => {
      const calledMs = nowMs();
      await recorder.run(() => {});
      recorder.onPhase('waiting');
      while (nowMs() < calledMs + waited);
      recorder.onPhase('holding');
      recorder.onPhase('idle');
    });
    assert.equal(runs.length, 1);
    const { asked, begun, ended } = runs[0] as Run;
    assert.ok(begun - asked >= waited && ended - begun < begun - asked);
  });
});

const attributes = 3;

/** A store that two workers have written, and what they were told. */
async function writtenStore(t: TestContext): Promise<{ store: string; written: Written[] }> {
  const path = join(tempDirectory(t), 'store.sqlite');
  await using store = await connect(path, { username: 'bench' });
  const metadata = (kind: string, n: number) =>
    Object.fromEntries(Array.from({ length: attributes }, (_, k) => [`${kind}_att_${k}`, `${kind}_${n}_attributes_${k}`]));
  const written: Written[] = [];
  for (const prefix of ['p0w0_', 'p0w1_']) {
    const ensemble = await store.createEnsemble({ id: `${prefix}ensemble_0`, metadata: metadata('ensemble', 0) });
    const ids = [ensemble.id];
    for (let d = 0; d < 3; d++) {
      ids.push((await ensemble.create({ id: `${prefix}ensemble_0_dataset_${d}`, metadata: metadata('dataset', d) })).id);
    }
    written.push({ kind: 'ids', ids, unknown: [] });
  }
  return { store: path, written };
}

describe('the check of a store', () => {
  const check = (store: string, written: readonly Written[], given = 0) => faultsOf({ store, written, attributes, given });
  const change = (store: string, ...statements: string[]) => {
    const db = new Database(store);
    db.pragma('foreign_keys = OFF');
    for (const statement of statements) db.exec(statement);
    db.close();
  };
  const dataset = 'p0w1_ensemble_0_dataset_1';

  test('finds nothing wrong with one that is whole', async (t) => {
    const { store, written } = await writtenStore(t);
    assert.deepEqual(await check(store, written), []);
    // Of what nobody knows it may be there or not.
    const [first, second] = written as [Written & { kind: 'ids' }, Written & { kind: 'ids' }];
    const open = { ...second, ids: second.ids.filter((id) => id !== dataset), unknown: [dataset, 'p0w1_ensemble_1'] };
    assert.deepEqual(await check(store, [first, open]), []);
    const counted = (most: number | undefined, least = 8): Written[] => [{ kind: 'count', prefix: 'p0', least, most }];
    assert.deepEqual(await check(store, counted(8)), []);
    assert.deepEqual(await check(store, counted(undefined, 5)), []);
    assert.match((await check(store, counted(7, 7))).join(), /^1 records more than the 7/);
    assert.match((await check(store, counted(9, 9))).join(), /^1 of 9 records lost/);
  });

  test('finds a record that is lost, with its name', async (t) => {
    const { store, written } = await writtenStore(t);
    change(store, ...['Record', 'StringData'].map((table) => `DELETE FROM ${table} WHERE id = '${dataset}'`));
    change(store, `DELETE FROM Relationship WHERE subject_id = '${dataset}'`);
    assert.deepEqual(await check(store, written), [`lost 1 of 8 records that were acknowledged (${dataset})`]);
  });

  test('finds a record that nobody was told of, and one that lacks a row or has one too many', async (t) => {
    const { store, written } = await writtenStore(t);
    const [first, second] = written as [Written & { kind: 'ids' }, Written & { kind: 'ids' }];
    const fewer = { ...second, ids: second.ids.filter((id) => id !== dataset) };
    assert.deepEqual(await check(store, [first, fewer]), [`1 record is there that nobody was told of (${dataset})`]);
    change(store, `DELETE FROM StringData WHERE id = '${dataset}' AND name = 'dataset_att_1'`);
    assert.deepEqual(await check(store, written), [`1 record is incomplete or other than what was written (${dataset})`]);
    change(
      store,
      `INSERT INTO Relationship (subject_id, predicate, object_id) VALUES ('p0w0_ensemble_0_dataset_0', 'x', 'p0w0_ensemble_0')`,
    );
    assert.match((await check(store, written)).join(), /^2 records are incomplete or other than what was written/);
  });

  for (const [what, sql] of [
    ['another value', `UPDATE StringData SET value = 'x' WHERE id = 'ID' AND name = 'dataset_att_1'`],
    ['another name', `UPDATE StringData SET name = 'x' WHERE id = 'ID' AND name = 'dataset_att_1'`],
    ['another creator', `UPDATE StringData SET value = 'x' WHERE id = 'ID' AND name = 'creator'`],
    ['a text that is empty', `UPDATE Record SET raw = '' WHERE id = 'ID'`],
    ['no text', `UPDATE Record SET raw = NULL WHERE id = 'ID'`],
    [
      "another record's text",
      `UPDATE Record SET raw = (SELECT raw FROM Record WHERE id = 'p0w0_ensemble_0_dataset_1') WHERE id = 'ID'`,
    ],
    ['another ensemble', `UPDATE Relationship SET object_id = 'p0w0_ensemble_0' WHERE subject_id = 'ID'`],
    ['another predicate', `UPDATE Relationship SET predicate = 'x' WHERE subject_id = 'ID'`],
    ['a number too many', `INSERT INTO ScalarData (id, name, value) VALUES ('ID', 'n', 1)`],
  ] as const) {
    test(`finds a record with ${what}`, async (t) => {
      const { store, written } = await writtenStore(t);
      change(store, sql.replaceAll('ID', dataset));
      assert.deepEqual(await check(store, written), [`1 record is incomplete or other than what was written (${dataset})`]);
    });
  }

  test('finds a record of another kind', async (t) => {
    const { store, written } = await writtenStore(t);
    change(store, `INSERT INTO Record (id, type, raw) VALUES ('x', 'file', '{}')`);
    assert.deepEqual(await check(store, written), ["4 records of Kosh's own are there, not 3"]);
  });

  test('finds rows without their record, records that were there before and are gone, and a damaged file', async (t) => {
    const { store, written } = await writtenStore(t);
    change(store, `INSERT INTO StringData (id, name, value) VALUES ('nobody', 'n', 'v')`);
    const [gone, dangling, ...others] = await check(store, written, 2);
    assert.equal(gone, '0 of 2 records are there that were there before');
    assert.match(dangling ?? '', /^foreign_key_check: StringData row \d+ refers to no Record$/);
    assert.deepEqual(others, []);
    const { size } = statSync(store);
    const file = openSync(store, 'r+');
    // The second half of every page but the first two.
    for (let page = 2; page < size / 4096; page++) writeSync(file, Buffer.alloc(2000, 7), 0, 2000, page * 4096 + 2000);
    closeSync(file);
    assert.match((await check(store, written)).join('\n'), /the store is damaged: .+|the store cannot be read: .+malformed/);
  });
});

test('an index that lacks rows is damage, though every row is there', async (t) => {
  const { store, written } = await writtenStore(t);
  const db = new Database(store);
  db.unsafeMode();
  db.pragma('writable_schema = ON');
  db.exec('CREATE INDEX by_type ON Record (type)');
  db.exec("UPDATE sqlite_master SET sql = 'CREATE INDEX by_type ON Record (raw)' WHERE name = 'by_type'");
  db.close();
  const faults = await faultsOf({ store, written, attributes, given: 0 });
  assert.ok(faults.length > 0);
  for (const fault of faults) assert.match(fault, /^the store is damaged: .*by_type/);
});

test('the control that drops records says that they were written', async (t) => {
  const path = join(tempDirectory(t), 'store.sqlite');
  const { joined, info } = await openStore(path, new None(), 'bench');
  const connection = controls.drop.connection(joined.connection);
  const facts = { uri: path, location: path, info, username: 'bench', datasetType: 'dataset', readOnly: false };
  const store = new Store(contextOf({ ...joined, connection }, facts));
  for (let n = 0; n < 60; n++) await store.create({ id: `d${n}` });
  const found: string[] = [];
  for await (const id of store.find({ idsOnly: true })) found.push(id);
  await store.close();
  assert.equal(found.length, 59);
  assert.ok(!found.includes('d50'));
});
