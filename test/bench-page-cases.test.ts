import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import type { BenchResults, Distribution, Span, TrialResult } from '../bench/strategies/results.js';
import { benchResults } from './support/bench-results.js';
import {
  cellsOf,
  chromiumMissing,
  collidingWords,
  cutOffWords,
  dataOf,
  marksOf,
  openReport,
  startBrowser,
} from './support/report-page.js';

const skip = chromiumMissing();
const results = benchResults({ loads: ['read'] });

let browser: Browser;
before(async () => {
  if (skip === undefined) browser = await startBrowser();
});
after(() => browser?.close());

function withTrials(change: (trial: TrialResult) => Partial<TrialResult>): BenchResults {
  return { ...results, trials: results.trials.map((trial) => ({ ...trial, ...change(trial) })) };
}

/** Results of which each group of the comparison has this outcome. */
function compared(outcome: 'slower' | 'not slower' | 'cannot tell'): BenchResults {
  const { comparison } = results;
  assert.ok(comparison);
  const slower = outcome === 'slower';
  const groups = comparison.groups.map((group) => ({ ...group, ratio: 0.58, p: 0.26, isSlower: slower, outcome }));
  return { ...results, comparison: { ...comparison, groups, slower } };
}

test('a control run says so before anything else', { skip }, async (t) => {
  const { page } = await openReport(t, browser, { ...results, control: 'slow' });
  const words = 'CONTROL RUN (slow): the strategies are broken on purpose; use none of these figures.';
  assert.ok((await page.innerText('body')).startsWith(`${words}\n`));
  assert.notEqual(
    await page.evaluate('getComputedStyle(document.querySelector(".control")).backgroundColor'),
    'rgba(0, 0, 0, 0)',
  );
  const other = await openReport(t, browser, results);
  assert.equal(await other.page.locator('.control').count(), 0);
});

test('the comparison stands under the headline: loud when something is slower, quiet otherwise', { skip }, async (t) => {
  for (const width of [1280, 400]) {
    for (const [outcome, line, words] of [
      ['slower', /^SLOWER than results\.json allows: None notebook 0\.58, RFileLock notebook 0\.58, /, 'slower than allowed'],
      ['not slower', /^Not slower than results\.json allows\./, 'not slower than allowed'],
      [
        'cannot tell',
        /^Cannot tell whether this is slower than results\.json allows: None notebook 0\.58, /,
        'cannot tell: 0.58 of the saved speed, but the rounds vary too much (p 0.26); more --repeats, or a quieter machine',
      ],
    ] as const) {
      const { page } = await openReport(t, browser, compared(outcome), { width });
      assert.match(await page.innerText('h1 + p'), line);
      assert.equal(await page.locator('h1 + p.unsound').count(), outcome === 'slower' ? 1 : 0);
      assert.equal(await page.textContent('#comparison-figure tr[data-id="RFileLock notebook"] td:last-child'), words);
      assert.deepEqual([...(await cutOffWords(page)), ...(await collidingWords(page))], []);
    }
  }
});

test('a table of more than eight rows is closed', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  const open = await page.evaluate<[boolean, number][]>(
    '[...document.querySelectorAll("figure details")].map((one) => [one.open, one.querySelectorAll("tbody tr").length])',
  );
  assert.ok(open.some(([isOpen]) => isOpen) && open.some(([isOpen]) => !isOpen));
  for (const [isOpen, rows] of open) assert.equal(isOpen, rows <= 8, `${rows} rows`);
});

test('the floor has its range and number; where it is far away the bars have the axis for themselves', { skip }, async (t) => {
  const floors = results.floors.map((floor) =>
    floor.load === 'read' ? { ...floor, rate: { median: 70_123, min: 69_000, max: 71_000 } } : floor,
  );
  for (const width of [1280, 400]) {
    const { page } = await openReport(t, browser, { ...results, floors }, { width });
    const text = (id: string) => page.innerText(`#rates-${id}`);
    assert.match(await text('notebook-1'), /floor: 1,710 \(1,693 to 1,743\)/);
    assert.match(await text('read-1'), /floor: 70,123 \(69,000 to 71,000\)/);
    const words = await page.textContent('#rates-read-1 svg');
    assert.ok(words?.includes('floor: 70,123, beyond the axis'), words ?? '');
    assert.deepEqual(await marksOf(page, '#rates-read-1', 'line'), []);
    const longest = (id: string) =>
      marksOf(page, `#rates-${id}`, 'rate').then((bars) => Math.max(...bars.map((bar) => bar.width)));
    assert.ok((await longest('read-1')) > (width === 400 ? 80 : 400), `${await longest('read-1')}`);
    assert.deepEqual([...(await cutOffWords(page)), ...(await collidingWords(page))], []);
  }
});

test('the recommended trial has a star, and the legend says what that means', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  const best = results.verdict.best ?? '';
  assert.deepEqual(
    await page.locator('svg [aria-label$=": recommended"]').evaluateAll((all) => all.map((one) => one.textContent)),
    ['★'],
  );
  assert.equal(await page.locator(`svg [aria-label="${best}: recommended"]`).count(), 1);
  assert.match(await page.innerText('#rates-notebook-1 .key'), /★\s*recommended/);
  assert.doesNotMatch(await page.innerText('#rates-read-1 .key'), /recommended/);
});

test('groups without a retry or a give-up have a sentence and no drawing', { skip }, async (t) => {
  const calls = { done: 100, gaveUp: 0, gaveUpByCode: {}, retries: 0, retriesByCode: {} };
  const { page } = await openReport(
    t,
    browser,
    withTrials(({ load }) => (load === 'read' ? { calls } : {})),
  );
  assert.equal(await page.innerText('#calls-read-1'), 'read: No call was tried again, none was given up.');
  assert.equal(await page.locator('#calls-notebook-1 svg').count(), 2);
  const some = withTrials(({ calls: own }) => ({ calls: { ...own, gaveUp: 0, gaveUpByCode: {} } }));
  const other = await openReport(t, browser, some);
  assert.equal(await other.page.locator('#calls-read-1 svg').count(), 1);
  assert.match(await other.page.innerText('#calls-read-1'), /No call was given up\./);
});

test('percentiles of too few samples are neither drawn nor written', { skip }, async (t) => {
  const few = (times: Distribution, count: number) => ({ ...times, count });
  const own = withTrials(({ strategy, waitMs, holdMs }) => {
    const [waits, handOvers] = strategy === 'None' ? [99, 29] : strategy === 'RFileLock' ? [999, 30] : [1000, 100];
    const times = few(holdMs, handOvers);
    return { waitMs: few(waitMs, waits), handOverMs: { sameProcess: times, otherProcess: times } };
  });
  const { page } = await openReport(t, browser, own);
  const shown = async (chart: string, mark: string) => [
    ...new Set((await marksOf(page, chart, mark)).map(({ data }) => data.id?.split(' ')[0])),
  ];
  const waits = '#waits-read-1 [data-measure="waitMs"]';
  assert.deepEqual(await shown(waits, 'p50'), ['None', 'RFileLock', 'OnlyRetry']);
  assert.deepEqual(await shown(waits, 'p99'), ['RFileLock', 'OnlyRetry']);
  assert.deepEqual(await shown(waits, 'p999'), ['OnlyRetry']);
  const handOvers = '#hand-overs-read-1 [data-measure="handOverMs.sameProcess"]';
  assert.deepEqual(await shown(handOvers, 'p50'), ['RFileLock', 'OnlyRetry']);
  assert.deepEqual(await shown(handOvers, 'p99'), ['OnlyRetry']);
  const cells = [...(await cellsOf(page, '#waits-read-1')), ...(await cellsOf(page, '#hand-overs-read-1'))];
  const of = (strategy: string, key: string) => cells.some((one) => one.id === `${strategy} read 1x2 batch 1` && one.key === key);
  const written = ['waitMs.p50', 'waitMs.p99', 'waitMs.p999', 'handOverMs.sameProcess.p50', 'handOverMs.sameProcess.p99'];
  assert.deepEqual(
    written.map((key) => of('None', key)),
    [true, false, false, false, false],
  );
  assert.deepEqual(
    written.map((key) => of('RFileLock', key)),
    [true, true, false, true, false],
  );
  assert.deepEqual(
    written.map((key) => of('OnlyRetry', key)),
    [true, true, true, true, true],
  );
});

test('the best of a curve has a sign only where something was measured around it', { skip }, async (t) => {
  const bests: Readonly<Record<string, number>> = { None: 40, RFileLock: 1, OnlyRetry: 3 };
  const scaling = results.scaling.map((curve) => ({
    ...curve,
    fit: curve.fit && { ...curve.fit, best: bests[curve.strategy] ?? null },
  }));
  const { page } = await openReport(t, browser, { ...results, scaling });
  const drawn = (processes: number) => dataOf(page, `#scaling-notebook-1 [data-processes="${processes}"] [data-mark="best"]`);
  assert.deepEqual(
    (await drawn(1)).map(({ id }) => id),
    ['RFileLock 1', 'OnlyRetry 1'],
  );
  assert.deepEqual(
    (await drawn(2)).map(({ id }) => id),
    ['OnlyRetry 2'],
  );
  const cells = await cellsOf(page, '#scaling-notebook-1');
  const text = (id: string) => cells.find((one) => one.id === id && one.key === 'best')?.text;
  assert.deepEqual(['None 1', 'RFileLock 2', 'OnlyRetry 2'].map(text), ['40 (measured: up to 8)', '1 (measured: from 2)', '3']);

  const none = results.scaling.map(({ fit: _fit, ...curve }) => curve);
  const bare = await openReport(t, browser, { ...results, scaling: none });
  const words = await bare.page.innerText('#scaling-notebook-1');
  assert.equal(words.split('Too few points for a fit').length, 2, words);
  assert.doesNotMatch(words, /predicted|contention/);
});

test('the timeline opens where several contend for the recommended strategy', { skip }, async (t) => {
  const chosen = async (best: string | null) => {
    const { page } = await openReport(t, browser, { ...results, verdict: { ...results.verdict, best } });
    return page.inputValue('#timeline-trial');
  };
  assert.equal(await chosen('RFileLock notebook 2x4 batch 1'), 'RFileLock notebook 2x4 batch 1');
  assert.equal(await chosen('OnlyRetry notebook 1x1 batch 1'), 'OnlyRetry notebook 1x2 batch 1');
  assert.equal(await chosen(null), 'None notebook 1x2 batch 1');
});

test('who waits until the end of the window is drawn as waiting to there', { skip }, async (t) => {
  const id = 'RFileLock notebook 1x2 batch 1';
  const spans: Span[] = [
    [0, 0, 100, 900, 0, 0],
    [1, 50, 1000, 1000, 0, 0],
    [0, 950, 990, 1400, 0, 0],
  ];
  const own = withTrials((trial) => (trial.id === id ? { timeline: { ...trial.timeline, spans } } : {}));
  for (const [width, names] of [
    [1280, ['process 1, worker 1', 'process 1, worker 2']],
    [400, ['1.1', '1.2']],
  ] as const) {
    const { page } = await openReport(t, browser, own, { width });
    const waits = await marksOf(page, '#timeline-chart', 'wait');
    const holds = await marksOf(page, '#timeline-chart', 'hold');
    assert.deepEqual(
      holds.map(({ data }) => data.span),
      ['0', '2'],
    );
    const right = Math.max(...holds.map(({ left, width: wide }) => left + wide));
    const waiting = waits.find(({ data }) => data.span === '1');
    assert.ok(waiting && Math.abs(waiting.left + waiting.width - right) < 1.5, 'it waits to the right end');
    const labels = await page.locator('#timeline-chart [aria-label="y-axis tick label"] text').allTextContents();
    assert.deepEqual(labels, names);
    assert.equal(await page.locator('p.narrow:visible').count(), width === 400 ? 1 : 0);
    const done = (await cellsOf(page, '#timeline-figure')).filter(({ key }) => key === 'done').map(({ value }) => value);
    assert.deepEqual(done, [2, 0]);
  }
});
