import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Span } from '../bench/strategies/results.js';
import { benchResults, faultyId } from './support/bench-results.js';
import { cellsOf, chromiumMissing, dataOf, openReport, startBrowser, until } from './support/report-page.js';

const skip = chromiumMissing();
const results = benchResults();

let browser: Browser;
before(async () => {
  if (skip === undefined) browser = await startBrowser();
});
after(() => browser?.close());

const background = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
const white = 'rgb(255, 255, 255)';

test('hostile words are words', { skip }, async (t) => {
  const hostile =
    '</script><img src=x onerror="globalThis.hacked = 1"><!-- <script>globalThis.hacked = 2</script> </style> & "\'';
  const own = benchResults({ fault: hostile, commandLine: `kosh-ingest bench --store '${hostile}'` });
  const { verdict, environment, comparison } = own;
  const everywhere = {
    ...own,
    verdict: { ...verdict, headline: hostile, lines: [hostile] },
    environment: { ...environment, cpu: hostile, versions: { [hostile]: hostile } },
    ...(comparison ? { comparison: { ...comparison, file: hostile, notes: [hostile], commandLine: hostile } } : {}),
  };
  const { page, complaints, requests } = await openReport(t, browser, everywhere);
  assert.equal(await page.evaluate('globalThis.hacked'), undefined);
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual([...complaints, ...requests], []);
  assert.equal(await page.innerText('h1'), hostile);
  assert.equal(await page.title(), hostile);
  assert.equal(await page.textContent(`#rates-notebook-1 tr[data-id="${faultyId}"] .fault`), `Faulty: ${hostile}`);
  assert.equal(await page.textContent('#command'), everywhere.commandLine);
  const embedded = JSON.parse((await page.textContent('#results')) ?? '') as typeof own;
  assert.equal(embedded.trials.find(({ id }) => id === faultyId)?.faults[0], hostile);
});

test('the page lets nothing in and carries no histograms', { skip }, async (t) => {
  const { page, complaints, requests } = await openReport(t, browser, results);
  await page.evaluate(`new Promise((done) => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.hacked = 1';
    document.body.append(script);
    const image = new Image();
    image.onerror = done;
    image.src = 'http://127.0.0.1:9/x.png';
    document.body.append(image);
  })`);
  assert.equal(await page.evaluate('globalThis.hacked'), undefined);
  assert.deepEqual(requests, []);
  assert.equal(complaints.filter((one) => one.includes('Content Security Policy')).length, 2, complaints.join('\n'));
  assert.ok(!(await page.content()).includes('HISTOGRAM'));
});

test('the timeline shows the trial that was chosen, and zooms with buttons, keys, wheel and drag', { skip }, async (t) => {
  const { page, complaints } = await openReport(t, browser, results);
  const trial = results.trials.find(({ id }) => id === 'OnlyRetry notebook 2x2 batch 1');
  assert.ok(trial);
  await page.selectOption('#timeline-trial', trial.id);
  const { lanes, spans } = trial.timeline;

  const held = await dataOf(page, '#timeline-chart [data-mark="hold"]');
  const expected = spans.filter((span) => span[4] === 0).map(([, , begun, ended]) => [begun, ended]);
  assert.deepEqual(
    held.map(({ begun, ended }) => [Number(begun), Number(ended)]),
    expected,
  );
  const waited = await dataOf(page, '#timeline-chart [data-mark="wait"]');
  assert.deepEqual(
    waited.map(({ asked, begun }) => [Number(asked), Number(begun)]),
    spans.map(([, asked, begun]) => [asked, begun]),
  );
  const cells = await cellsOf(page, '#timeline-figure');
  for (const [lane, { process, worker }] of lanes.entries()) {
    const own = spans.filter((span) => span[0] === lane);
    const value = (key: string) =>
      cells.find((one) => one.id === `process ${process + 1}, worker ${worker + 1}` && one.key === key)?.value;
    assert.equal(value('done'), own.filter((span) => span[4] === 0).length);
    assert.equal(value('longest'), Math.max(...own.map(([, asked, begun]) => (begun - asked) / 1000)));
  }

  const shown = async () => {
    const label = (await page.getAttribute('#timeline-chart svg', 'aria-label')) ?? '';
    const [, from = '', to = ''] = /from ([\d.,]+) to ([\d.,]+) ms/.exec(label) ?? [];
    return { from: Number(from), to: Number(to), length: Number(to) - Number(from) };
  };
  const whole = await shown();
  await page.click('button[data-action="in"]');
  const half = await shown();
  assert.ok(Math.abs(half.length - whole.length / 2) < 1.1, `${half.length}`);
  assert.ok((await dataOf(page, '#timeline-chart [data-mark="hold"]')).length < held.length * 0.6);
  await page.click('button[data-action="right"]');
  assert.ok((await shown()).from > half.from);
  await page.focus('#timeline-chart');
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await shown(), half);
  await page.keyboard.press('+');
  const quarter = await shown();
  assert.ok(quarter.length < half.length * 0.6);

  const box = await page.locator('#timeline-chart').boundingBox();
  assert.ok(box);
  const middle = { x: box.x + box.width / 2, y: box.y + 40 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.wheel(0, -300);
  const wheeled = await shown();
  assert.ok(wheeled.length < quarter.length);
  await page.mouse.down();
  await page.mouse.move(middle.x + 200, middle.y, { steps: 5 });
  await page.mouse.up();
  assert.ok((await shown()).from < wheeled.from);
  const dragged = await shown();
  await page.setViewportSize({ width: 500, height: 900 });
  await until(page, 'document.querySelector("#timeline-chart svg").clientWidth < 500');
  assert.deepEqual(await shown(), dragged, 'another width shows the same stretch');
  await page.keyboard.press('0');
  assert.deepEqual(await shown(), whole);
  assert.deepEqual(complaints, []);
});

test('thousands of spans are drawn as one shape, until few are left to see', { skip }, async (t) => {
  const [first] = results.trials;
  assert.ok(first);
  const lanes = [0, 1].map((worker) => ({ process: 0, worker }));
  const spans = Array.from(
    { length: 4000 },
    (_, i): Span => [i % 2, i * 100, i * 100 + 80, i * 100 + 95, i % 1000 === 0 ? 1 : 0, 0],
  );
  const many = { ...results, trials: [{ ...first, timeline: { lanes, spans } }] };
  const { page, complaints } = await openReport(t, browser, many);
  const shapes = await dataOf(page, '#timeline-chart path[data-count]');
  assert.deepEqual(
    shapes.map(({ count }) => Number(count)),
    [3996, 4, 3996],
  );
  for (const _ of [1, 2]) await page.click('button[data-action="in"]');
  const held = await dataOf(page, '#timeline-chart [data-mark="hold"]');
  assert.ok(held.length > 900 && held.length < 1100, `${held.length}`);
  assert.equal((await dataOf(page, '#timeline-chart path[data-count]')).length, 0);
  assert.deepEqual(complaints, []);
});

test('the wheel scrolls the page until the timeline is meant', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  await page.locator('#timeline-chart').scrollIntoViewIfNeeded();
  const box = await page.locator('#timeline-chart').boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 300, box.y + 30);
  const before = await page.getAttribute('#timeline-chart svg', 'aria-label');
  const y = await page.evaluate<number>('scrollY');
  await page.mouse.wheel(0, -300);
  await until(page, `scrollY < ${y}`);
  assert.equal(await page.getAttribute('#timeline-chart svg', 'aria-label'), before);
});

test('a button changes between light and dark; paper is always light, has no controls and all numbers', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results, { width: 720, colorScheme: 'dark' });
  assert.notEqual(await background(page), white);
  await page.click('#theme');
  assert.equal(await background(page), white);
  await page.click('#theme');
  assert.notEqual(await background(page), white);
  const closed = await page.locator('details:not([open])').count();
  assert.ok(closed > 0);

  await page.emulateMedia({ media: 'print' });
  const hidden = `[...document.querySelectorAll('table')].filter((one) => !one.checkVisibility()).length`;
  assert.equal(await page.evaluate(hidden), 0, 'the style shows every table');
  await page.evaluate('dispatchEvent(new Event("beforeprint"))');
  assert.equal(await background(page), white);
  assert.equal(await page.locator('button:visible, select:visible').count(), 0);
  assert.equal(await page.locator('details:not([open])').count(), 0);
  assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 720, 'tables are wider than the paper');
  await page.evaluate('dispatchEvent(new Event("afterprint"))');
  assert.equal(await page.locator('details:not([open])').count(), closed, 'what was closed is closed again');
});

test('each drawing has a figure with a caption, each table a name that the keyboard reaches', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  assert.equal(
    await page.locator('.chart').count(),
    await page.locator('figure:has(figcaption h3) .chart:has(svg[aria-label])').count(),
  );
  assert.equal(
    await page.locator('table').count(),
    await page.locator('[role=region][aria-label][tabindex="0"] > table').count(),
  );
  assert.equal(await page.locator('figure').count(), await page.locator('figure:has(table)').count());
});

test('the command can be copied', { skip }, async (t) => {
  const { page } = await openReport(t, browser, results);
  await page.click('#copy');
  await until(page, 'document.querySelector("#copy").textContent !== "Copy"');
  assert.match(await page.innerText('#copy'), /Copied|Selected/);
});
