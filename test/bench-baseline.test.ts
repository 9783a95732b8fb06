import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { checkBaseline, compareWithBaseline, readBaseline } from '../bench/strategies/baseline.js';
import { holm, permutationTest, smallestPOf } from '../bench/strategies/permutation.js';
import type { BenchResults, Floor, TrialResult } from '../bench/strategies/results.js';
import type { Measurements } from '../bench/strategies/verdict.js';
import { randomOf } from '../bench/support/random.js';
import { spreadOf } from '../bench/support/statistics.js';
import { IngestError } from '../src/errors.js';
import { benchResults, floorRate, measurements, trial } from './support/bench-trials.js';
import { tempDirectory } from './support/temp.js';

const options = { file: 'some/where/results.json', allowed: 0, seed: 1 };

function compare(now: readonly TrialResult[], saved: readonly TrialResult[], allowed = 0) {
  return compareWithBaseline(measurements(now), benchResults(saved), { ...options, allowed });
}

const powers = (exponents: readonly number[]) => exponents.map((exponent) => 100 * 2 ** exponent);

test('p is the part of the arrangements that is as slow: counted by hand', () => {
  const [now, saved] = [
    [0, 1, 3],
    [2, 4, 5],
  ];
  // Of the 20 ways to choose three of 0 to 5, 0+1+2 and 0+1+3 have a sum of at most 4.
  const result = permutationTest([{ now, saved, weight: 1 }], randomOf(1));
  assert.deepEqual([result.p, result.smallestP], [2 / 20, 1 / 20]);
  assert.ok(Math.abs(result.statistic - (4 / 3 - 11 / 3)) < 1e-12);
  const { groups, slower } = compare([trial({ rates: powers(now) })], [trial({ rates: powers(saved) })]);
  assert.equal(groups[0]?.p, 0.1);
  assert.equal(groups[0]?.smallestP, 1 / 400);
  assert.ok(Math.abs((groups[0]?.ratio ?? 0) - 2 ** (4 / 3 - 11 / 3)) < 1e-12);
  assert.equal(slower, false);
});

test('labels are exchanged within each stratum: two of them, counted by hand', () => {
  const strata = [
    { now: [1], saved: [2], weight: 0.5 },
    { now: [2], saved: [1], weight: 0.5 },
  ];
  // -1, 0, 0, 1 are the sums; observed is 0.
  assert.deepEqual(permutationTest(strata, randomOf(1)), { statistic: 0, p: 3 / 4, smallestP: 1 / 4 });
  const [first, second] = strata;
  assert.ok(first && second);
  assert.equal(permutationTest([first, { ...second, weight: -0.5 }], randomOf(1)).p, 1 / 4);
});

test('what differs only in the last digit is a tie, and a tie counts as slow', () => {
  const values = [0.1, 0.2, 0.3];
  assert.equal(permutationTest([{ now: values, saved: [...values].reverse(), weight: 1 / 3 }], randomOf(1)).p >= 0.6, true);
  assert.equal(permutationTest([{ now: [0.1, 0.7], saved: [0.3, 0.5], weight: 1 }], randomOf(1)).p, 4 / 6);
  const same = compare([trial({ rates: [900, 900, 900] })], [trial({ rates: [900, 900, 900] })]);
  assert.equal(same.groups[0]?.p, 1);
});

test('many arrangements are drawn: about the same p, never 0, and the same for the same seed', () => {
  const zeros = new Array<number>(9).fill(0);
  // Half of the arrangements have the one on the side where it is.
  const half = [{ now: zeros, saved: [1, ...zeros.slice(1)], weight: 1 }];
  const { p, smallestP } = permutationTest(half, randomOf(5));
  assert.ok(p > 0.48 && p < 0.52, `${p}`);
  assert.equal(smallestP, 1 / 20_001);
  assert.equal(permutationTest(half, randomOf(5)).p, p);
  const clear = Array.from({ length: 4 }, () => ({ now: [1, 2, 3], saved: [11, 12, 13], weight: 0.25 }));
  assert.equal(permutationTest(clear, randomOf(5)).p <= 3 / 20_001, true);
  assert.equal(permutationTest(clear, randomOf(5)).p >= 1 / 20_001, true);
});

test('Holm: the smallest p is compared with alpha / all, the next one with alpha / the rest, until one fails', () => {
  assert.deepEqual(holm([0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
  assert.deepEqual(holm([0.05, 0.001, 0.02], 0.05), [true, true, true]);
  assert.deepEqual(holm([0.03, 0.04], 0.05), [false, false]);
  assert.deepEqual(holm([1 / 20], 0.05), [true]);
  assert.deepEqual(holm([], 0.05), []);
});

const crews = [1, 2, 4, 8].flatMap((workers) => [1, 2].map((processes) => ({ workers, processes })));
const noisy = (random: () => number, size: number) =>
  Math.exp(size * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

/** A run of the three strategies with noise, one of them slower by a factor; its floor has noise as well. */
function run(seed: number, slow: Partial<Record<string, number>> = {}, noise = 0.07): Measurements {
  const random = randomOf(99, seed);
  const rates = (rate: number) => Array.from({ length: 3 }, () => rate * noisy(random, noise));
  const trials = (['None', 'RFileLock', 'OnlyRetry'] as const).flatMap((strategy) =>
    crews.map((crew) => trial({ strategy, ...crew, rates: rates(800 / (slow[strategy] ?? 1)) })),
  );
  const floor = rates(floorRate);
  return measurements(trials, {
    floors: [{ load: 'notebook', batchSize: 1, unit: 'records', rates: floor, rate: spreadOf(floor) }],
  });
}

const savedRun = (measured: Measurements): BenchResults => ({ ...benchResults([]), ...measured });

test('a strategy of half the speed is found, and it alone; two runs of the same speed are not told apart', () => {
  for (let seed = 0; seed < 5; seed++) {
    const saved = savedRun(run(seed));
    const slow = compareWithBaseline(run(100 + seed, { RFileLock: 2 }), saved, { ...options, allowed: 10, seed });
    assert.deepEqual(
      slow.groups.filter(({ isSlower }) => isSlower).map(({ strategy }) => strategy),
      ['RFileLock'],
    );
    assert.equal(slow.slower, true);
    const found = slow.groups.find(({ strategy }) => strategy === 'RFileLock') ?? assert.fail();
    assert.ok(found.ratio > 0.4 && found.ratio < 0.6 && found.trials.length === 8);
    const fast = compareWithBaseline(run(200 + seed, { RFileLock: 0.5 }), saved, { ...options, allowed: 10, seed });
    assert.equal(fast.slower, false);
    const same = compareWithBaseline(run(300 + seed), saved, { ...options, allowed: 10, seed });
    assert.equal(same.slower, false);
    assert.deepEqual(same.notes, []);
  }
});

test('false alarms are as rare as promised although all trials share one floor and its noise', () => {
  const allowed = { ...options, allowed: 0 };
  let alarms = 0;
  for (let seed = 0; seed < 60; seed++) {
    alarms += compareWithBaseline(run(1000 + seed), savedRun(run(2000 + seed)), { ...allowed, seed }).slower ? 1 : 0;
  }
  // 5 % are 3. Taking each trial's ratio to its floor for a value of its own makes about 15.
  assert.ok(alarms <= 7, `${alarms} of 60`);
});

test('slower by what is allowed is not slower', () => {
  const saved = crews.map((crew) => trial({ ...crew, rates: [1000, 1010, 1020] }));
  const now = crews.map((crew) => trial({ ...crew, rates: [905, 915, 925] }));
  assert.equal(compare(now, saved, 10).slower, false);
  assert.equal(compare(now, saved, 5).slower, true);
});

test('a machine that is slower as a whole, floor and all, is not slow code', () => {
  const floors = (rate: number): Floor[] => [
    { load: 'notebook', batchSize: 1, unit: 'records', rates: [rate, rate * 1.02, rate * 0.97], rate: spreadOf([rate]) },
  ];
  const at = (rate: number) =>
    measurements(
      crews.map((crew) => trial({ ...crew, rates: [rate, rate * 1.01, rate * 0.99] })),
      { floors: floors(rate) },
    );
  assert.equal(compareWithBaseline(at(450), savedRun(at(900)), options).slower, false);
  assert.equal(compareWithBaseline({ ...at(450), floors: floors(900) }, savedRun(at(900)), options).slower, true);
});

test('a round in which nothing was done is very slow, and a round that has no number is left out', () => {
  const saved = crews.map((crew) => trial({ ...crew }));
  const nothing = compare(
    crews.map((crew) => trial({ ...crew, rates: [0, 0, 0] })),
    saved,
  );
  assert.equal(nothing.slower, true);
  assert.ok(Number.isFinite(nothing.groups[0]?.ratio) && (nothing.groups[0]?.ratio ?? 1) < 0.001);
  const once = compare([trial({ rates: [0, 910, 920] })], [trial({ rates: [900, 910, 920] })]);
  // Half of the arrangements have that round in this run, and the others decide nothing.
  assert.ok((once.groups[0]?.p ?? 0) > 0.1, `${once.groups[0]?.p}`);
  const odd = compare([trial({ rates: [Number.NaN, 910, 910] })], [trial({ rates: [910, 910] })]);
  assert.ok(Math.abs((odd.groups[0]?.ratio ?? 0) - 1) < 1e-9);
  const none = compare([trial({ rates: [Number.NaN] })], [trial()]);
  assert.deepEqual(none.groups, []);
  assert.match(none.notes.join(), /Without a round that was measured.*RFileLock notebook 1x1/);
});

test('trials with a fault, of one run alone or of another shape are not compared, and named', () => {
  const now = [
    trial(),
    trial({ workers: 2, faults: ['1 record is missing'] }),
    trial({ workers: 3 }),
    trial({ workers: 4 }),
    trial({ workers: 5, unit: 'calls' }),
  ];
  const saved = [
    trial(),
    trial({ workers: 2 }),
    trial({ workers: 3, faults: ['damaged'] }),
    trial({ workers: 5 }),
    ...[6, 7, 8, 9, 10, 11, 12].map((workers) => trial({ workers })),
  ];
  const { groups, notes } = compare(now, saved);
  assert.deepEqual(
    groups.map(({ trials }) => trials.map(({ id }) => id)),
    [['RFileLock notebook 1x1 batch 1']],
  );
  const name = (workers: number) => `RFileLock notebook 1x${workers} batch 1`;
  assert.deepEqual(notes, [
    `Only in this run, so not compared: ${name(4)}.`,
    `Only in the saved run, so not compared: ${[6, 7, 8, 9, 10].map(name).join(', ')} and 2 more.`,
    `Not the same trial in both runs, so not compared: ${name(5)}.`,
    `With a fault in this run, so not compared: ${name(2)}.`,
    `With a fault in the saved run, so not compared: ${name(3)}.`,
  ]);
});

test('groups: one a strategy and load, batch sizes together, each with its own floor', () => {
  const trials = [
    trial(),
    trial({ load: 'bulk', batchSize: 10 }),
    trial({ load: 'bulk', batchSize: 20 }),
    trial({ strategy: 'None' }),
  ];
  const now = measurements(trials);
  const floors = now.floors.map((floor) =>
    floor.batchSize === 20 ? { ...floor, rates: floor.rates.map((rate) => rate * 4) } : floor,
  );
  const { groups } = compareWithBaseline({ ...now, floors }, benchResults(trials), options);
  assert.deepEqual(
    groups.map(({ strategy, load, trials: { length } }) => `${strategy} ${load} ${length}`),
    ['RFileLock notebook 1', 'RFileLock bulk 2', 'None notebook 1'],
  );
  // One of the two has a quarter of the ratio: half on the geometric mean.
  assert.ok(Math.abs((groups[1]?.ratio ?? 0) - 0.5) < 1e-9);
});

test('trials are lowered with their own floor, not with that of another batch size', () => {
  const trials = (rate: number) =>
    [10, 20].map((batchSize) =>
      trial({ load: 'bulk', batchSize, rates: batchSize === 20 ? [rate, rate, rate] : [900, 900, 900] }),
    );
  const floors = (rate: number) =>
    [10, 20].map((batchSize): Floor => {
      const rates = new Array<number>(3).fill(batchSize === 20 ? rate : floorRate);
      return { load: 'bulk', batchSize, unit: 'records', rates, rate: spreadOf(rates) };
    });
  const at = (rate: number) => measurements(trials(rate), { floors: floors(rate) });
  const [group] = compareWithBaseline(at(450), savedRun(at(900)), options).groups;
  assert.ok((group?.p ?? 0) > 0.4 && Math.abs((group?.ratio ?? 0) - 1) < 1e-9, JSON.stringify(group));
});

test('what differs between the runs is said, with both values', () => {
  const saved = benchResults([trial()]);
  const { environment } = saved;
  const changes = {
    cpu: 'another processor',
    cores: 4,
    memoryBytes: 16e9,
    system: 'Linux 7',
    node: 'v22.0.0',
    fileSystem: 'nfs4',
    engineVersion: '3.51.0',
    journalMode: null,
    synchronous: 'off',
    syncMs: 2,
  };
  const versions = { 'kosh-ingest': '0.2.0', piscina: '6.0.0', extra: '1.0.0' };
  const now = measurements([trial()], {
    environment: { ...environment, ...changes, versions },
    size: { records: 100 },
    attributes: 20,
  });
  const { notes, date, commandLine, file } = compareWithBaseline(now, { ...saved, interrupted: true, rounds: 2 }, options);
  assert.deepEqual(notes, [
    'The runs differ in CPU: a processor in the saved one, another processor in this one.',
    'The runs differ in cores: 2 in the saved one, 4 in this one.',
    'The runs differ in memory: 8 GB in the saved one, 16 GB in this one.',
    'The runs differ in system: Linux 6.1 in the saved one, Linux 7 in this one.',
    'The runs differ in file system: ext4 in the saved one, nfs4 in this one.',
    'The runs differ in Node: v20.20.2 in the saved one, v22.0.0 in this one.',
    'The runs differ in store: SQLite 3.50.0 in the saved one, SQLite 3.51.0 in this one.',
    'The runs differ in journal mode: delete in the saved one, none in this one.',
    'The runs differ in synchronous: full in the saved one, off in this one.',
    'The runs differ in size of a trial: 1 s in the saved one, 100 records in this one.',
    'The runs differ in attributes: 10 in the saved one, 20 in this one.',
    'The runs differ in piscina: 5.0.0 in the saved one, 6.0.0 in this one.',
    'The runs differ in extra: none in the saved one, 1.0.0 in this one.',
    'The runs differ in the time of writing 4 KiB and fdatasync: 0.20 ms in the saved one, 2.00 ms in this one.',
    'The saved run was interrupted after 2 rounds.',
  ]);
  assert.deepEqual([date, commandLine, file], ['2025-01-02T03:04:05.000Z', 'kosh-ingest bench --seed 1', 'results.json']);
});

test('rounds that are too few are said, with the number that would do', () => {
  assert.equal(smallestPOf([[3, 3]]), 1 / 20);
  assert.equal(
    smallestPOf([
      [3, 3],
      [1, 1],
      [0, 5],
    ]),
    1 / 40,
  );
  assert.equal(smallestPOf([[30, 30]]), 1 / 20_001);
  const once = (strategy: 'None' | 'RFileLock') => trial({ strategy, rates: [900] });
  // Two groups: p has to be 1 / 40. One round there and r here: r + 1 arrangements; r in both: 2 r over r, 70 for 4.
  const { notes } = compare([once('None'), once('RFileLock')], [once('None'), once('RFileLock')]);
  assert.deepEqual(notes, [
    'None with load notebook: 1 trial in 1 and 1 rounds are too few to be sure to find even a large slowdown; --repeats 4 in both runs would do.',
    'RFileLock with load notebook: 1 trial in 1 and 1 rounds are too few to be sure to find even a large slowdown; --repeats 4 in both runs would do.',
  ]);
  assert.match(
    compare([once('None')], [trial({ strategy: 'None' })]).notes.join(),
    /in 1 and 3 rounds .*; --repeats 3 here would do\.$/,
  );
  assert.deepEqual(compare([trial()], [trial()]).notes, []);
});

test('no trial in common is refused, before anything is measured where that is asked; a fault of this run is not', () => {
  const saved = benchResults([trial({ workers: 9 })]);
  const refused = (error: unknown) => {
    assert.ok(error instanceof IngestError && error.code === 'ERR_USAGE' && error.exitCode === 2);
    assert.match(error.message, /^the baseline some\/where\/results\.json has a speed of none of the trials of this run$/);
    assert.match(error.hint ?? '', /kosh-ingest bench --seed 1/);
    return true;
  };
  assert.throws(() => compareWithBaseline(measurements([trial()]), saved, options), refused);
  assert.throws(() => checkBaseline([trial()], saved, options.file), refused);
  checkBaseline([trial(), trial({ workers: 9 })], saved, options.file);
  assert.throws(() => checkBaseline([trial()], benchResults([trial({ faults: ['lost'] })]), options.file), refused);
  const faulty = compare([trial({ faults: ['lost'] })], [trial()]);
  assert.deepEqual([faulty.groups, faulty.slower], [[], false]);
});

function refusal(path: string): IngestError {
  try {
    readBaseline(path);
  } catch (error) {
    assert.ok(error instanceof IngestError, String(error));
    assert.equal(error.code, 'ERR_USAGE');
    assert.ok(error.message.startsWith(`the baseline ${path} `), error.message);
    assert.ok((error.hint ?? '').length > 0);
    assert.ok(!error.message.includes('\n'));
    return error;
  }
  return assert.fail(`${path} was read`);
}

function written(t: TestContext, content: unknown): string {
  const path = join(tempDirectory(t), 'b.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a saved run is read as it was written', (t) => {
  const results = benchResults([
    trial(),
    trial({ strategy: 'None', faults: ['lost\nin two lines'] }),
    trial({ workers: 2, rates: [Number.NaN, 3] }),
  ]);
  const path = written(t, results);
  assert.deepEqual(readBaseline(path), JSON.parse(JSON.stringify(results)));
  assert.deepEqual(compareWithBaseline(measurements([trial({ workers: 2 })]), readBaseline(path), options).groups.length, 1);
  readBaseline(written(t, `\uFEFF${JSON.stringify(results)}\n`));
  readBaseline(written(t, { ...results, size: { records: 10 }, added: { later: true } }));
});

test('what is not a saved run is refused with what it is and what to do', (t) => {
  const directory = tempDirectory(t);
  const missing = refusal(join(directory, 'none.json'));
  assert.match(missing.message, /does not exist$/);
  assert.match(missing.hint ?? '', /results\.json/);
  mkdirSync(join(directory, 'folder'));
  assert.match(refusal(join(directory, 'folder')).message, /is a directory$/);
  assert.match(refusal(join(directory, 'folder')).hint ?? '', /folder.results\.json$/);
  assert.match(refusal('/dev/null').message, /is not a file$/);
  assert.match(refusal(written(t, '')).message, /is empty$/);
  assert.match(refusal(written(t, ' \n')).message, /is empty$/);
  assert.match(refusal(written(t, 'rate,1\n2,3')).message, /is not JSON at line 1, column 1: expected .*, found rate$/);
  assert.match(refusal(written(t, '{\n "a": 1,\n b }')).message, /is not JSON at line 3, column 2/);
  const whole = JSON.stringify(benchResults([trial()]), null, 1);
  for (const part of [0.3, 0.6, 0.9]) {
    assert.match(
      refusal(written(t, whole.slice(0, Math.floor(whole.length * part)))).message,
      /is (cut off|not JSON) at line \d+, column \d+/,
    );
  }
  assert.match(refusal(written(t, whole.slice(0, -2))).message, /is cut off at line \d+/);
  for (const other of [[], null, 1, 'text', {}, { format: 'kosh-ingest stress', version: 1 }]) {
    assert.match(refusal(written(t, JSON.stringify(other))).message, /is JSON, but not the results of kosh-ingest bench$/);
  }
  const newer = refusal(written(t, { format: 'kosh-ingest bench', version: 2 }));
  assert.match(newer.message, /has version 2 of the format, this kosh-ingest knows 1$/);
  for (const trials of [[], [trial({ rates: [] })], [trial({ faults: ['lost'] })]]) {
    assert.match(refusal(written(t, benchResults(trials))).message, /has no trial that was measured without a fault$/);
  }
});

test('a file that is too large is refused unread', (t) => {
  const path = join(tempDirectory(t), 'large.json');
  const file = openSync(path, 'w');
  ftruncateSync(file, 512 * 1024 * 1024 + 1);
  closeSync(file);
  assert.match(refusal(path).message, /is larger than 512 MB/);
});

test('a saved run with a part missing or of another kind is refused with its place', (t) => {
  const good = JSON.parse(JSON.stringify(benchResults([trial()])));
  const places = [
    'version',
    'commandLine',
    'interrupted',
    'rounds',
    'size',
    'size.seconds',
    'attributes',
    'environment',
    'environment.cpu',
    'environment.cores',
    'environment.syncMs',
    'environment.journalMode',
    'environment.versions',
    'environment.date',
    'floors',
    'floors.0.rates',
    'floors.0.batchSize',
    'trials',
    'trials.0',
    'trials.0.id',
    'trials.0.workers',
    'trials.0.faults',
    'trials.0.runs',
    'trials.0.runs.1.round',
    'trials.0.runs.1.rate',
  ];
  for (const place of places) {
    for (const value of [undefined, { odd: 1 }, 'a\u001b[31m']) {
      const broken = structuredClone(good);
      const steps = place.split('.');
      const last = steps.pop() ?? '';
      const parent = steps.reduce((node, step) => node[step], broken);
      if (Array.isArray(parent) && value === undefined) continue;
      parent[last] = value;
      if (place === 'environment.versions' && value !== undefined && typeof value === 'object') parent[last] = { odd: 1 };
      const shown = `is damaged: ${place.replace(/\.(\d)/g, '[$1]')}`;
      const { message } = refusal(written(t, broken));
      assert.ok(message.includes(shown), `${message}\n${shown}`);
      assert.ok(!message.includes('\u001b'));
    }
  }
});
