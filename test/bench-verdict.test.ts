import assert from 'node:assert/strict';
import test from 'node:test';
import { publishedSeconds } from '../bench/strategies/published.js';
import type { TrialResult } from '../bench/strategies/results.js';
import { type ScalingCurve, type ScalingFit, scalingCurves } from '../bench/strategies/scaling.js';
import { type Measurements, verdictOf } from '../bench/strategies/verdict.js';
import { durationText, percentText, rateText, ratioText } from '../bench/strategies/words.js';
import { measurements, type TrialShape, trial } from './support/bench-trials.js';

const server = { environment: { ...measurements([]).environment, engine: 'MariaDB' as const } };

const verdict = (trials: readonly TrialResult[], changes: Partial<Measurements> = {}) => verdictOf(measurements(trials, changes));

/** Three rounds around a rate, one percent apart. */
const around = (rate: number) => [rate * 0.99, rate, rate * 1.01];

const at = (strategy: TrialShape['strategy'], workers: number, rate: number, shape: TrialShape = {}) =>
  trial({ ...(strategy ? { strategy } : {}), workers, rates: around(rate), ...shape });

const givenUp = (gaveUp: number, gaveUpByCode: Record<string, number> = {}) => ({
  calls: { done: 1000 - gaveUp, gaveUp, gaveUpByCode },
});

function line(lines: readonly string[], start: RegExp): string {
  const found = lines.filter((one) => start.test(one));
  assert.equal(found.length, 1, `${start} in\n${lines.join('\n')}`);
  return found[0] ?? '';
}

test('the headline: what to use, how fast it is, and the worst of the others', () => {
  const { headline, lines, best, isSound } = verdict([
    at('None', 1, 800),
    at('None', 2, 700, givenUp(140, { ERR_A: 40, ERR_STORE_BUSY: 100 })),
    at('RFileLock', 1, 850),
    at('RFileLock', 2, 940),
    at('OnlyRetry', 2, 600),
  ]);
  assert.equal(
    headline,
    'On this disk use RFileLock with 2 workers: 0.94 of the floor, nothing lost; None gave up as many as 14 % of its calls.',
  );
  assert.deepEqual(lines, [
    'The best of the others: None 0.80 of the floor (1 worker); OnlyRetry 0.60 of the floor (2 workers).',
    'None gave up at most 14 % of its calls: in None notebook 1x2 batch 1, most often with ERR_STORE_BUSY.',
  ]);
  assert.equal(best, 'RFileLock notebook 1x2 batch 1');
  assert.equal(isSound, true);
});

test('a trial with a fault is never the best one, and is said', () => {
  const faults = ['3 records are missing.', 'PRAGMA integrity_check: damaged'];
  const { headline, lines, best, isSound } = verdict([
    at('OnlyRetry', 1, 5000, { faults }),
    at('OnlyRetry', 2, 4000),
    at('RFileLock', 1, 500),
  ]);
  assert.equal(
    headline,
    'On this disk use RFileLock with 1 worker: 0.50 of the floor, nothing lost; OnlyRetry came out wrong in 1 of 2 trials.',
  );
  assert.equal(
    line(lines, /came out wrong/),
    'OnlyRetry came out wrong in 1 of 2 trials, such as OnlyRetry notebook 1x1 batch 1: 3 records are missing.',
  );
  assert.equal(best, 'RFileLock notebook 1x1 batch 1');
  assert.equal(isSound, false);
  // Also with a speed that it should not have.
  assert.equal(verdict([{ ...at('RFileLock', 1, 900), faults }, at('OnlyRetry', 2, 90)]).best, 'OnlyRetry notebook 1x2 batch 1');
});

test('a strategy that came out wrong anywhere is never recommended, not even when there is no other', () => {
  const wrong = at('RFileLock', 8, 1, { faults: ['1 record is missing'] });
  assert.equal(verdict([at('RFileLock', 2, 900), wrong, at('OnlyRetry', 2, 500)]).best, 'OnlyRetry notebook 1x2 batch 1');
  const alone = verdict([at('RFileLock', 2, 900), wrong]);
  assert.equal(alone.best, null);
  assert.equal(
    alone.headline,
    'Nothing can be recommended on this disk: of 2 trials 1 came out wrong, 1 had a strategy that came out wrong elsewhere.',
  );
  const many = Array.from({ length: 12 }, (_, i) => at('None', 2 + i, 1, { faults: ['lost'] }));
  const { lines, headline } = verdict([at('RFileLock', 2, 900), ...many]);
  assert.equal(line(lines, /came out wrong/), 'None came out wrong in 12 of 12 trials, such as None notebook 1x2 batch 1: lost.');
  assert.match(headline, /None came out wrong in every trial\.$/);
});

test('strategies that are broken on purpose are not recommended', () => {
  const { headline, best } = verdict([at('RFileLock', 2, 900)], { control: 'slow' });
  assert.equal(headline, 'Control run (slow): the strategies are bad on purpose, so nothing is recommended.');
  assert.equal(best, null);
});

test('more than 0.1 % of given up calls is too much, and less is not hidden', () => {
  const { best, headline, lines } = verdict([at('RFileLock', 1, 500), at('OnlyRetry', 2, 900, givenUp(2))]);
  assert.equal(best, 'RFileLock notebook 1x1 batch 1');
  assert.match(headline, /; OnlyRetry gave up as many as 0\.2 % of its calls\.$/);
  assert.match(line(lines, /^The best of the others/), /OnlyRetry 0\.90 of the floor \(2 workers, 0\.2 % given up\)\.$/);
  const kept = verdict([at('RFileLock', 1, 500), at('OnlyRetry', 2, 900, givenUp(1))]);
  assert.equal(kept.best, 'OnlyRetry notebook 1x2 batch 1');
  assert.ok(!kept.headline.includes('gave up'));
  line(kept.lines, /^OnlyRetry gave up at most 0\.1 % of its calls: in OnlyRetry notebook 1x2 batch 1\.$/);
});

test('None is for one contender alone, however fast it is', () => {
  assert.equal(verdict([at('None', 2, 2000), at('RFileLock', 2, 500)]).best, 'RFileLock notebook 1x2 batch 1');
  assert.equal(verdict([at('None', 1, 2000, { processes: 2 }), at('RFileLock', 2, 500)]).best, 'RFileLock notebook 1x2 batch 1');
  const alone = verdict([at('None', 1, 980), at('RFileLock', 1, 700), at('RFileLock', 2, 800), at('None', 2, 970)]);
  assert.equal(
    alone.headline,
    'On this disk use None with 1 worker, if nothing else uses the store: 0.98 of the floor, nothing lost.',
  );
  assert.equal(line(alone.lines, /^With several/), 'With several writers: RFileLock with 2 workers, 0.80 of the floor.');
  // Nor is it named for several among the others.
  assert.ok(!verdict([at('None', 2, 2000), at('RFileLock', 2, 500)]).lines.some((text) => text.startsWith('The best of')));
});

test('as fast as can be told: the strategy for the kind of store, then fewer processes, then fewer workers', () => {
  const same = [at('None', 1, 1000), at('OnlyRetry', 1, 1005), at('RFileLock', 1, 995)];
  assert.equal(verdict(same).best, 'RFileLock notebook 1x1 batch 1');
  assert.equal(verdict(same, server).best, 'OnlyRetry notebook 1x1 batch 1');
  assert.match(verdict(same, server).headline, /^On this server use OnlyRetry with 1 worker: /);
  const crews = [at('RFileLock', 1, 1005, { processes: 2 }), at('RFileLock', 4, 1000), at('RFileLock', 2, 995)];
  assert.equal(verdict(crews).best, 'RFileLock notebook 1x2 batch 1');
  assert.equal(verdict(crews.slice(0, 2)).best, 'RFileLock notebook 1x4 batch 1');
});

test('faster than the noise is faster: ranges that do not overlap, or 5 % between the medians', () => {
  const apart = [at('None', 1, 1000), at('RFileLock', 1, 970)];
  assert.equal(verdict(apart).best, 'None notebook 1x1 batch 1');
  const overlapping = (rate: number) => [
    trial({ strategy: 'None', rates: [800, 1000, 1200] }),
    trial({ rates: [rate - 200, rate, rate + 200] }),
  ];
  assert.equal(verdict(overlapping(955)).best, 'RFileLock notebook 1x1 batch 1');
  assert.equal(verdict(overlapping(945)).best, 'None notebook 1x1 batch 1');
  // One round has no spread: nothing can be told but by the medians.
  const once = (rate: number) => [trial({ strategy: 'None', rates: [1000] }), trial({ rates: [rate] })];
  assert.equal(verdict(once(960)).best, 'RFileLock notebook 1x1 batch 1');
  assert.equal(verdict(once(940)).best, 'None notebook 1x1 batch 1');
});

test('several loads: one headline, a line for each of the others; the batch size where there is a choice', () => {
  const trials = [
    at('RFileLock', 2, 1500, { load: 'bulk', batchSize: 2000 }),
    at('RFileLock', 2, 900, { load: 'bulk', batchSize: 100 }),
    at('OnlyRetry', 2, 700, { processes: 2 }),
    at('RFileLock', 1, 300, { load: 'read', unit: 'calls', ...givenUp(900) }),
  ];
  const { headline, lines, best } = verdict(trials);
  assert.equal(
    headline,
    'On this disk use OnlyRetry with 2 processes of 2 workers each for load notebook: 0.70 of the floor, nothing lost.',
  );
  assert.equal(best, 'OnlyRetry notebook 2x2 batch 1');
  line(lines, /^Load bulk: RFileLock with 2 workers and 2,000 records a transaction, 1\.50 of the floor\.$/);
  line(lines, /^Load read: nothing can be recommended, of 1 trial 1 gave up more than 0\.1 % of the calls\.$/);
  const first = verdict([at('OnlyRetry', 1, 1, { faults: ['lost'] }), ...trials.slice(0, 1)]);
  assert.match(first.headline, /for load bulk/);
});

test('nothing can be recommended: why', () => {
  const wrong = [at('RFileLock', 1, 1, { faults: ['2 records are missing'] }), at('None', 1, 1, { faults: ['damaged'] })];
  const none = verdict(wrong);
  assert.equal(
    none.headline,
    'Nothing can be recommended on this disk: every trial came out wrong, such as RFileLock notebook 1x1 batch 1: 2 records are missing.',
  );
  assert.deepEqual([none.best, none.isSound], [null, false]);
  assert.equal(verdict([]).headline, 'Nothing can be recommended on this disk: nothing was measured.');
  assert.equal(verdict([trial({ rates: [] })]).headline, 'Nothing can be recommended on this disk: nothing was measured.');
  assert.equal(
    verdict([...wrong, at('None', 2, 9), at('OnlyRetry', 1, 9, givenUp(500)), trial({ workers: 3, rates: [0] })], server)
      .headline,
    'Nothing can be recommended on this server: of 5 trials 2 came out wrong, 1 did nothing that was measured, 1 gave up more than 0.1 % of the calls, ' +
      '1 had several writers without a strategy.',
  );
});

const fitOf = (changes: Partial<ScalingFit>): ScalingFit => ({
  lambda: 1,
  sigma: 0.1,
  kappa: 0,
  error: 0.031,
  best: null,
  enough: 2,
  ...changes,
});

test('scaling: what will not help, what may, and what is not clear', () => {
  const trials = [1, 2, 3, 4].map((workers) => at('RFileLock', workers, 900 + workers));
  const said = (fit: ScalingFit, processes = 1) => {
    const [curve = assert.fail()] = scalingCurves(trials);
    const scaling: ScalingCurve[] = [
      { ...curve, processes, fit },
      { ...curve, strategy: 'None', fit },
    ];
    return line(verdict(trials, { scaling }).lines, /load notebook/);
  };
  assert.equal(said(fitOf({})), 'RFileLock, load notebook, 1 process: more than 2 workers will not help.');
  assert.equal(said(fitOf({ enough: 1 })), 'RFileLock, load notebook, 1 process: more than 1 worker will not help.');
  assert.equal(said(fitOf({ enough: 3 }), 2), 'RFileLock, load notebook, 2 processes: more than 2 workers each will not help.');
  assert.equal(said(fitOf({ enough: 4 })), 'RFileLock, load notebook, 1 process: up to 4 workers help, and more may.');
  assert.equal(said(fitOf({ enough: 4, best: 4 })), 'RFileLock, load notebook, 1 process: up to 4 workers help.');
  assert.equal(said(fitOf({ enough: 4, best: 5 })), 'RFileLock, load notebook, 1 process: up to 4 workers help, and more may.');
  assert.equal(
    said(fitOf({ error: 0.21 })),
    'RFileLock, load notebook, 1 process: not clear whether more workers help, the fit is 21 % off.',
  );
  // Three parameters fit any three points.
  const [three = assert.fail()] = scalingCurves(trials.slice(0, 3));
  const few = verdict(trials, { scaling: [{ ...three, fit: fitOf({}) }] });
  assert.ok(!few.lines.some((text) => text.includes('will not help')));
});

test('shares that are not even, by strategy, where they are worst', () => {
  const shared = (workers: number, jain: number, processes = 1) =>
    at('RFileLock', workers, 900, { fairness: { workers: jain, processes } });
  const { lines } = verdict([
    shared(1, 0.1),
    shared(2, 0.79),
    shared(4, 0.5),
    at('OnlyRetry', 2, 800, { fairness: { workers: 0.8, processes: 1 } }),
  ]);
  assert.deepEqual(
    lines.filter((text) => text.includes('starve')),
    ["RFileLock lets some workers starve: Jain's index 0.50 in RFileLock notebook 1x4 batch 1 (1 is even)."],
  );
  line(verdict([shared(2, 1, 0.6)]).lines, /lets some processes starve: Jain's index 0\.60 in/);
  assert.deepEqual(verdict([shared(2, Number.NaN, Number.NaN)]).lines, []);
});

test('who is fast because others starve is named with the one that shares evenly', () => {
  const waits = (max: number) => ({ count: 1, mean: 1, p50: 1, p90: 1, p95: 1, p99: 1, p999: 1, max, histogram: '' });
  const greedy = at('OnlyRetry', 2, 900, { fairness: { workers: 0.6, processes: 1 }, waitMs: waits(1234) });
  const even = at('RFileLock', 2, 600, { waitMs: waits(63.6) });
  const said =
    'OnlyRetry with 2 workers lets some wait for others, up to 1.2 s; RFileLock with 2 workers shares evenly: 0.60 of the floor, longest wait 64 ms.';
  assert.equal(line(verdict([greedy, even]).lines, /lets some wait/), said);
  assert.equal(line(verdict([at('None', 1, 990), greedy, even]).lines, /lets some wait/), said);
  assert.equal(
    line(verdict([greedy]).lines, /lets some wait/),
    'OnlyRetry with 2 workers lets some wait for others, up to 1.2 s.',
  );
  const fair = at('OnlyRetry', 2, 900, { fairness: { workers: 0.8, processes: 0.8 } });
  assert.ok(!verdict([fair, even]).lines.some((text) => text.includes('lets some wait')));
});

test("Kosh's own times beside those of the same job", () => {
  const job = (strategy: TrialShape['strategy'], processes: number, seconds: number) =>
    at(strategy, 1, 900, { processes, load: 'kosh-scaling', jobSeconds: { median: seconds, min: seconds, max: seconds } });
  const { lines, headline } = verdict([
    job('RFileLock', 2, 0.1),
    job('RFileLock', 5, 0.84),
    job('OnlyRetry', 3, 12),
    job('None', 5, 1),
    job('RFileLock', 7, 2),
  ]);
  assert.deepEqual(
    lines.filter((text) => text.includes('Kosh')),
    [
      '5 runs x 5 ensembles x 5 datasets with RFileLock: 0.8 s; Kosh published 40 minutes with RFileLock on SQLite.',
      '3 runs x 3 ensembles x 3 datasets with OnlyRetry: 12 s; Kosh published 1:34 minutes with OnlyRetry on MariaDB.',
    ],
  );
  // The largest job decides: the other ones are not the same work.
  assert.match(headline, /^Kosh's scaling job, N = 7: RFileLock 2 s, nothing lost\.$/);
  assert.deepEqual(
    [publishedSeconds('RFileLock', 4), publishedSeconds('OnlyRetry', 10), publishedSeconds('None', 2)],
    [900, 5460, undefined],
  );
  assert.deepEqual([publishedSeconds('RFileLock', 10), publishedSeconds('OnlyRetry', 2)], [undefined, 30]);
});

test('the real Kosh', () => {
  const peer = { name: 'kosh 3.1 on Python 3.11', records: 20, rates: [11.6], faults: [] };
  const spread = (value: number) => ({ median: value, min: value, max: value });
  const said = (changes: object) => line(verdict([trial()], { peer: { ...peer, ...changes } }).lines, /^kosh 3\.1/);
  assert.equal(
    said({ rate: spread(11.6), floorRatio: spread(0.0123) }),
    "kosh 3.1 on Python 3.11 with the notebook's loop: 12 records a second, 0.012 of the floor.",
  );
  assert.equal(said({ faults: ['1 record is missing.'] }), 'kosh 3.1 on Python 3.11 came out wrong: 1 record is missing.');
  assert.ok(verdict([trial()], { peer }).lines.every((text) => !text.startsWith('kosh')));
});

test('what limits the figures: uneven rounds, a busy machine, an interruption', () => {
  line(
    verdict([trial({ rates: [500, 700, 760] })]).lines,
    /^A guess, no more: the rounds of RFileLock notebook 1x1 batch 1 differ by a factor of 1\.5\. Run again/,
  );
  line(verdict([trial({ rates: [0, 700, 760] })]).lines, /differ down to nothing\./);
  assert.deepEqual(verdict([trial({ rates: [500, 700, 750] })]).lines, []);
  line(verdict([trial({ otherCores: 0.31 })]).lines, /^The machine was busy: other programs kept 0\.3 of 2 cores/);
  assert.deepEqual(verdict([trial({ otherCores: 0.3 })]).lines, []);
  const floors = [
    { load: 'notebook', batchSize: 1, unit: 'records', rates: [84, 454], rate: { median: 191, min: 84, max: 454 } },
  ] as const;
  line(verdict([trial()], { floors }).lines, /^The floor of load notebook itself varied from 84 to 454 records a second: /);
  line(verdict([trial()], { interrupted: true, rounds: 1 }).lines, /^Interrupted: the figures are those of 1 round\.$/);
});

test('without a ratio to the floor there is the rate', () => {
  const { floorRatio: _, ...bare } = at('RFileLock', 1, 1234);
  assert.match(verdict([bare]).headline, /: 1,234 records a second, nothing lost\.$/);
});

test('numbers as they are read', () => {
  assert.deepEqual([0, 0.0001, 0.001, 0.0949, 0.0996, 0.14, 1].map(percentText), [
    '0 %',
    'less than 0.1 %',
    '0.1 %',
    '9.5 %',
    '10 %',
    '14 %',
    '100 %',
  ]);
  assert.deepEqual([0.94, 1, 0.0951, 0.0123, 0].map(ratioText), ['0.94', '1.00', '0.10', '0.012', '0']);
  assert.deepEqual([0.04, 9.94, 9.96, 1234.5].map(rateText), ['0', '9.9', '10', '1,235']);
  assert.deepEqual([0.84, 9.96, 59.4, 59.6, 94, 900, 3599.6, 5460, 7200].map(durationText), [
    '0.8 s',
    '10 s',
    '59 s',
    '1 minute',
    '1:34 minutes',
    '15 minutes',
    '1 hour',
    '1:31 hours',
    '2 hours',
  ]);
});
