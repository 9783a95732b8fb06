import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { benchPage } from '../../bench/strategies/report/html.js';
import type { BenchResults } from '../../bench/strategies/results.js';
import { findProgram } from '../../bench/support/mariadb-home.js';
import { tempDirectory } from './temp.js';

const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map(findProgram).find((path) => path !== undefined);

/** Why tests in a browser cannot run here, with the command that changes it; undefined when they can. Throws it when they must run. */
export function chromiumMissing(): string | undefined {
  if (executablePath !== undefined) return undefined;
  const reason = 'There is no chromium: `apt-get install -y chromium`.';
  if (process.env.KOSH_INGEST_REQUIRE_CHROMIUM === '1') throw new Error(reason);
  return reason;
}

/** A headless browser; who starts it closes it. */
export function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('no chromium');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** The page that is open, and all that it complained about or asked for. */
export interface OpenPage {
  readonly page: Page;
  /** What stood on the console, and errors that nobody caught. */
  readonly complaints: readonly string[];
  /** Each URL but that of the file itself. */
  readonly requests: readonly string[];
}

export interface PageLook {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Writes the report of these results into a file and opens that. */
export async function openReport(
  t: TestContext,
  browser: Browser,
  results: BenchResults,
  { width = 1280, colorScheme = 'light' }: PageLook = {},
): Promise<OpenPage> {
  const file = join(tempDirectory(t), 'report.html');
  writeFileSync(file, benchPage(results));
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  t.after(() => page.close());
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  return {
    page,
    complaints,
    get requests() {
      return requests.filter((one) => one !== url);
    },
  };
}

/** Waits until an expression is true in the page, 10 s at the most. Not Playwright's own way, which evaluates there: the page's policy forbids that. */
export async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((done, failed) => {
    setTimeout(() => failed(new Error(${JSON.stringify(`never true: ${expression}`)})), 10_000);
    (function look() { (${expression}) ? done() : requestAnimationFrame(look); })();
  })`);
}

/** The `data-` attributes of all elements that match, in their order. */
export function dataOf(page: Page, selector: string): Promise<Readonly<Record<string, string>>[]> {
  return page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => ({ ...one.dataset }))`);
}

/** Words of the drawings that reach out of their drawing. */
export function cutOffWords(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('.chart svg')].flatMap((svg) => {
    const all = svg.getBoundingClientRect();
    const isOut = ({ left, right, top, bottom }) =>
      left < all.left - 1 || right > all.right + 1 || top < all.top - 1 || bottom > all.bottom + 1;
    return [...svg.querySelectorAll('text')].filter((one) => isOut(one.getBoundingClientRect())).map((one) => one.textContent);
  })`);
}

/** Drawings of which fewer than two numbers stand at the axis. */
export function chartsWithoutTicks(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('.chart svg')].filter((svg) => {
    const ticks = [...svg.querySelectorAll('[aria-label="x-axis tick label"] text')];
    return ticks.filter((one) => one.textContent !== '').length < 2;
  }).map((svg) => svg.getAttribute('aria-label'))`);
}

/** Words of a drawing that stand on others of it. */
export function collidingWords(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('.chart svg')].flatMap((svg) => {
    const all = [...svg.querySelectorAll('text')].map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }));
    const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
    return all.flatMap((one, i) => all.slice(i + 1).filter((other) => one.text !== '' && other.text !== '' && meets(one.box, other.box)).map((other) => one.text + ' / ' + other.text));
  })`);
}

/** A mark of a drawing: what it carries, and where it is in pixels. */
export interface Mark {
  readonly data: Readonly<Record<string, string>>;
  readonly left: number;
  readonly width: number;
  readonly label: string;
  /** As the browser paints it. */
  readonly fill: string;
  readonly text: string;
}

/** The marks of one kind in a drawing. */
export function marksOf(page: Page, chart: string, mark: string): Promise<Mark[]> {
  return page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${chart} [data-mark="${mark}"]`)})].map((one) => {
    const { left, width } = one.getBoundingClientRect();
    return { data: { ...one.dataset }, left, width, label: one.getAttribute('aria-label') ?? '', fill: getComputedStyle(one).fill, text: one.textContent };
  })`);
}

/** A cell of a table that carries a number. */
export interface NumberCell {
  readonly id: string;
  readonly key: string;
  readonly value: number;
  readonly text: string;
}

/** All cells with numbers of the tables in an element. */
export function cellsOf(page: Page, selector: string): Promise<NumberCell[]> {
  return page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${selector} [data-value]`)})].filter((one) => one.closest('table')).map((one) => ({
    id: one.closest('tr').dataset.id, key: one.dataset.key, value: Number(one.dataset.value), text: one.textContent,
  }))`);
}
