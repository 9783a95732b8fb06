import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { publishedSeconds } from '../bench/strategies/published.js';
import type { BenchResults, TrialResult } from '../bench/strategies/results.js';
import { benchResults, faultyId, minimalResults } from './support/bench-results.js';
import {
  cellsOf,
  chartsWithoutTicks,
  chromiumMissing,
  collidingWords,
  cutOffWords,
  dataOf,
  marksOf,
  openReport,
  startBrowser,
} from './support/report-page.js';
import { tempDirectory } from './support/temp.js';

const skip = chromiumMissing();
const results = benchResults({ loads: ['bulk', 'kosh-scaling'] });

let browser: Browser;
before(async () => {
  if (skip === undefined) browser = await startBrowser();
});
after(() => browser?.close());

const groupsOf = ({ trials }: BenchResults) => [...new Map(trials.map((one) => [`${one.load}-${one.batchSize}`, one])).values()];
const trialsOf = ({ load, batchSize }: TrialResult) =>
  results.trials.filter((one) => one.load === load && one.batchSize === batchSize);
const wholeOf = (group: TrialResult) => trialsOf(group).filter(({ faults }) => faults.length === 0);

/** `rate.median` of a trial. */
function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner: unknown, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], object);
}

const sorted = <T extends { readonly id: string }>(values: readonly T[]) => [...values].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The marks of a drawing are those of the trials, and each carries the trial's number. */
async function sameNumbers(
  page: Page,
  chart: string,
  mark: string,
  expected: readonly { readonly id: string; readonly value: number }[],
) {
  const marks = await marksOf(page, chart, mark);
  const carried = marks.map(({ data }) => ({ id: data.id ?? '', value: Number(data.value ?? data.median) }));
  assert.deepEqual(sorted(carried), sorted(expected), `${chart} ${mark}`);
  return marks;
}

for (const width of [1280, 400]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the page opens from disk ${width} pixels wide, ${colorScheme}`, { skip }, async (t) => {
      const { page, complaints, requests } = await openReport(t, browser, results, { width, colorScheme });
      const folder = process.env.KOSH_INGEST_SCREENSHOTS || tempDirectory(t);
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `bench-report-${width}-${colorScheme}.png`), fullPage: true });
      assert.deepEqual(complaints, []);
      assert.deepEqual(requests, []);
      const text = await page.innerText('body');
      assert.ok(text.startsWith('kosh-ingest bench · 2025-11-25 · 3 rounds of 1 s a trial'), text.slice(0, 100));
      assert.equal(await page.innerText(':is(h1, h2, h3) >> nth=0'), results.verdict.headline);
      for (const line of results.verdict.lines) assert.ok(text.includes(line), line);
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, 'the page scrolls sideways');
      assert.deepEqual(await cutOffWords(page), []);
      assert.deepEqual(await collidingWords(page), []);
      assert.deepEqual(await chartsWithoutTicks(page), []);
      const dark = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(dark === 'rgb(255, 255, 255)', colorScheme === 'light');
    });
  }
}

test('bars, lines and tables of the throughput are those of the results', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  for (const group of groupsOf(results)) {
    const figure = `#rates-${group.load}-${group.batchSize}`;
    const whole = wholeOf(group).map(({ id, rate }) => ({ id, rate: rate ?? { median: 0, min: 0, max: 0 } }));
    const bars = await sameNumbers(
      page,
      figure,
      'rate',
      whole.map(({ id, rate }) => ({ id, value: rate.median })),
    );
    const perUnit = (bars[0]?.width ?? 0) / Number(bars[0]?.data.median);
    for (const { data, width } of bars)
      assert.ok(Math.abs(width - Number(data.median) * perUnit) < 0.6, `${data.id}: width ${width}`);
    for (const { id, rate } of whole) {
      const data = bars.find((one) => one.data.id === id)?.data;
      assert.deepEqual([data?.min, data?.max].map(Number), [rate.min, rate.max]);
    }
    const colours = new Set(bars.map(({ data, fill }) => `${data.id?.split(' ')[0]} ${fill}`));
    assert.equal(colours.size, new Set(whole.map(({ id }) => id.split(' ')[0])).size, 'one colour a strategy');
    const floor = results.floors.find(({ load, batchSize }) => load === group.load && batchSize === group.batchSize);
    const lines = [
      { id: 'floor', value: floor?.rate.median ?? 0 },
      ...(group.load === 'notebook' ? [{ id: 'peer', value: results.peer?.rate?.median ?? 0 }] : []),
    ];
    const drawn = await marksOf(page, figure, 'line');
    const once = new Map(drawn.map(({ data }) => [data.id, Number(data.value)]));
    assert.deepEqual(
      [...once],
      lines.map(({ id, value }) => [id, value]),
    );
    // The label at a bar is what stands in the table.
    const cells = await cellsOf(page, figure);
    for (const { data, text } of await marksOf(page, figure, 'label')) {
      assert.equal(text, cells.find(({ id, key }) => id === data.id && key === 'rate.median')?.text);
    }
  }
});

test('every table of trials has all numbers of all whole trials, and of the faulty one the words', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  const spread = ['median', 'min', 'max'];
  const keys: Readonly<Record<string, readonly string[]>> = {
    rates: ['rate', 'floorRatio'].flatMap((key) => spread.map((name) => `${key}.${name}`)),
    waits: ['waitMs', 'holdMs'].flatMap((key) =>
      ['count', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'].map((name) => `${key}.${name}`),
    ),
    calls: ['calls.done', 'calls.retries', 'calls.gaveUp', 'takeOvers'],
    fairness: ['fairness.workers', 'fairness.processes', 'usefulShare'],
  };
  for (const group of groupsOf(results)) {
    for (const [name, expected] of Object.entries(keys)) {
      const figure = `#${name}-${group.load}-${group.batchSize}`;
      const cells = await cellsOf(page, figure);
      for (const trial of wholeOf(group)) {
        const own = cells.filter(({ id }) => id === trial.id);
        for (const key of expected)
          assert.equal(own.find((one) => one.key === key)?.value, at(trial, key), `${figure} ${trial.id} ${key}`);
      }
    }
  }
  for (const name of ['rates', 'waits', 'hand-overs', 'calls', 'fairness']) {
    const figure = `#${name}-notebook-1`;
    assert.equal(await page.textContent(`${figure} tr[data-id="${faultyId}"] .fault`), 'Faulty: lost 3 of 4,000 records');
    assert.deepEqual(await dataOf(page, `${figure} .chart [data-id="${faultyId}"]`), [], 'a faulty trial has no marks');
    const charts = await page.locator(`${figure} .chart`).count();
    assert.equal(await page.locator(`${figure} .chart [aria-label="${faultyId}: faulty"]`).count(), charts);
  }
});

/** Samples without which a percentile is not shown. */
const samples: Readonly<Record<string, number>> = { p99: 100, p999: 1000 };

test('the dots of times, retries, give-ups and fairness carry the numbers of the results', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  for (const group of groupsOf(results)) {
    const place = (chart: string) => `[data-chart="${chart}"][data-load="${group.load}"][data-batch="${group.batchSize}"]`;
    const whole = wholeOf(group);
    const numbers = (of: (trial: TrialResult) => unknown) => whole.map((trial) => ({ id: trial.id, value: Number(of(trial)) }));
    for (const measure of ['waitMs', 'holdMs', 'handOverMs.sameProcess', 'handOverMs.otherProcess']) {
      const timed = whole.filter((trial) => at(trial, `${measure}.count`) !== 0);
      const positions = [];
      for (const name of ['p50', 'p90', 'p95', 'p99', 'p999', 'max']) {
        const enough = timed.filter((trial) => Number(at(trial, `${measure}.count`)) >= (samples[name] ?? 1));
        const expected = enough.map((trial) => ({ id: trial.id, value: Number(at(trial, `${measure}.${name}`)) }));
        const marks = await sameNumbers(page, `${place('waits')}[data-measure="${measure}"]`, name, expected);
        positions.push(...marks.map(({ data, left, width }) => ({ value: Number(data.value), x: left + width / 2 })));
      }
      // A longer time stands further to the right.
      positions.sort((a, b) => a.value - b.value);
      for (const [i, { x }] of positions.entries()) assert.ok(x >= (positions[i - 1]?.x ?? x) - 0.6, `${measure}: order at ${x}`);
    }
    const all = ({ calls }: TrialResult) => calls.done + calls.gaveUp;
    const others: readonly (readonly [string, string, (trial: TrialResult) => number])[] = [
      ['retries', 'retries', (trial) => (100 * trial.calls.retries) / all(trial)],
      ['giveUps', 'giveUps', (trial) => (100 * trial.calls.gaveUp) / all(trial)],
      ['useful', 'useful', (trial) => 100 * trial.usefulShare],
      ['fairness', 'workers', (trial) => trial.fairness.workers],
      ['fairness', 'processes', (trial) => trial.fairness.processes],
    ];
    // Where nothing was given up there is no drawing of that.
    const drawn = others.filter(([chart, , of]) => chart !== 'giveUps' || whole.some((trial) => of(trial) > 0));
    for (const [chart, mark, of] of drawn) await sameNumbers(page, place(chart), mark, numbers(of));
  }
});

test('the curves of scaling, the published times and the comparison carry the numbers of the results', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  for (const { load, batchSize, processes } of results.scaling) {
    const curves = results.scaling.filter(
      (one) => one.load === load && one.batchSize === batchSize && one.processes === processes,
    );
    const place = `[data-chart="scaling"][data-load="${load}"][data-processes="${processes}"]`;
    const points = curves.flatMap(({ strategy, points: own }) =>
      own.map((point) => ({ id: `${strategy} ${processes}x${point.workers}`, ...point })),
    );
    const marks = await marksOf(page, place, 'point');
    const carried = marks.map(({ data: { id = '', contenders, rate, min, max } }) => ({
      id,
      contenders: Number(contenders),
      rate: Number(rate),
      min: Number(min),
      max: Number(max),
    }));
    assert.deepEqual(sorted(carried), sorted(points.map(({ workers: _workers, ...point }) => point)));
    const bests = curves.flatMap(({ strategy, fit }) => (fit?.best ? [{ id: `${strategy} ${processes}`, value: fit.best }] : []));
    await sameNumbers(page, place, 'best', bests);
    const cells = await cellsOf(page, `#scaling-${load}-${batchSize}`);
    for (const { strategy, fit, points: own } of curves) {
      for (const { contenders, rate } of own)
        assert.equal(cells.find((one) => one.id === `${strategy} ${processes}` && one.key === `rate.${contenders}`)?.value, rate);
      for (const key of ['lambda', 'sigma', 'kappa', 'error', 'enough', 'best']) {
        if (key === 'best' && fit?.best === null) continue;
        assert.equal(cells.find((one) => one.id === `${strategy} ${processes}` && one.key === key)?.value, at(fit, key));
      }
    }
  }
  const jobs = results.trials.filter(({ load }) => load === 'kosh-scaling');
  await sameNumbers(
    page,
    '[data-chart="published"]',
    'job',
    jobs.map(({ id, jobSeconds }) => ({ id, value: jobSeconds?.median ?? 0 })),
  );
  const published = jobs.map(({ id, strategy, processes }) => ({ id, value: publishedSeconds(strategy, processes) ?? 0 }));
  await sameNumbers(page, '[data-chart="published"]', 'published', published);
  const groups = results.comparison?.groups ?? [];
  await sameNumbers(
    page,
    '[data-chart="comparison"]',
    'group',
    groups.map(({ strategy, load, ratio }) => ({ id: `${strategy} ${load}`, value: ratio })),
  );
  await sameNumbers(
    page,
    '[data-chart="comparison"]',
    'trial',
    groups.flatMap(({ trials }) => trials.map(({ id, ratio }) => ({ id, value: ratio }))),
  );
});

test('the least there can be has a page too', { skip }, async (t) => {
  const { page, complaints } = await openReport(t, browser, minimalResults());
  assert.deepEqual(complaints, []);
  const [bar] = await marksOf(page, '[data-chart="rates"]', 'rate');
  assert.ok((bar?.width ?? 0) > 100 && bar?.fill === 'rgb(201, 133, 0)', `the bar is drawn: ${bar?.fill}`);
  assert.equal(await page.locator('#timeline, #scaling, #baseline, #kosh-scaling').count(), 0);
});
