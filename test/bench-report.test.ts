import assert from 'node:assert/strict';
import test from 'node:test';
import { count, figure } from '../bench/strategies/report/format.js';
import { benchMarkdown } from '../bench/strategies/report/markdown.js';
import { benchText } from '../bench/strategies/report/table.js';
import { traceOf } from '../bench/strategies/report/trace.js';
import type { BenchResults, Span, TrialResult } from '../bench/strategies/results.js';
import { benchResults, faultyId, minimalResults } from './support/bench-results.js';

const results = benchResults({ loads: ['bulk', 'mixed', 'kosh-scaling'] });

/** The line of a strategy and its contenders in the table of a load. */
function lineOf(text: string, title: string, name: RegExp): string {
  const part = text.slice(text.indexOf(title));
  return part.split('\n').find((line) => name.test(line)) ?? '';
}

test('the text begins with the verdict and names the files at its end', () => {
  const text = benchText(results, ['kosh-bench/results.json', 'kosh-bench/report.html']);
  assert.ok(text.startsWith(`${results.verdict.headline}\n`));
  assert.ok(text.endsWith('\n\nWritten:\n  kosh-bench/results.json\n  kosh-bench/report.html\n'), text.slice(-200));
  assert.ok(text.includes(`\n  ${results.commandLine}\n`));
});

test('a row of the text carries the numbers of its trial', () => {
  const text = benchText(results);
  for (const trial of results.trials.filter(({ faults }) => faults.length === 0)) {
    const { strategy, processes, workers, load, rate, waitMs, holdMs, calls } = trial;
    const line = lineOf(text, `\n${load}`, new RegExp(`^[ *] +${strategy} +${processes}x${workers} `));
    assert.ok(rate);
    const wanted = [rate.median, rate.min, rate.max, waitMs.p50, waitMs.p99, waitMs.max, holdMs.p50].map(figure);
    const words = line.split(/ +/);
    for (const one of [...wanted, count(calls.retries)]) assert.ok(words.includes(one), `${trial.id}: ${one} in ${line}`);
    assert.ok(line.includes(trial.floorRatio?.median.toFixed(2) ?? '?'));
  }
  assert.match(lineOf(text, '\nnotebook', /None +2x8/), / 14 % /);
  assert.match(text, /\n {2}floor +1,710 1,693 to 1,743 +1\.00\n/);
});

test('a trial with a fault has words and no figures', () => {
  const text = benchText(results);
  assert.match(lineOf(text, '\nnotebook', /None +2x4/), /^ +None +2x4 +FAULTY: lost 3 of 4,000 records$/);
  assert.match(benchMarkdown(results), /\| None +\| +2x4 \| +faulty \| +\|/);
  assert.ok(benchMarkdown(results).includes(`- FAULTY: ${faultyId}: lost 3 of 4,000 records`));
});

test('the text says what the curves, the published times, the real Kosh and the saved run say', () => {
  const text = benchText(results).replace(/\s+/g, ' ');
  assert.match(
    text,
    /notebook, RFileLock, 1 process: 95 % reached at 2 contenders, the predicted best is 3\.7 \(contention 0\.720, coherency 0\.020/,
  );
  assert.match(text, /RFileLock, N = 5: 11\.0 s, published 40:00 min [A-Z].*an order of magnitude, no speed-up\./);
  assert.match(text, /kosh 3\.1 on Python 3\.11: 118 records\/s \(109 to 122\), 0\.07 of the floor/);
  assert.match(text, /RFileLock notebook, 4 trials: 0\.72 of the saved speed, slower than allowed \(p <0\.001\)/);
  assert.match(text, /SQLite 3\.53\.2 \(journal mode delete, synchronous full\), ext4/);
});

test('a control run and what became slower are said first', () => {
  const words = 'CONTROL RUN (drop): the strategies are broken on purpose; use none of these figures.';
  const control: BenchResults = { ...results, control: 'drop' };
  const slower = 'SLOWER than results.json allows: RFileLock notebook 0.72 of the saved speed.';
  assert.ok(benchText(control).startsWith(`${words}\n\n${results.verdict.headline}\n${slower}\n`));
  assert.ok(benchText(results).startsWith(`${results.verdict.headline}\n${slower}\n`));
  assert.ok(benchMarkdown(control).startsWith(`**${words}**\n\n# `), benchMarkdown(control).slice(0, 200));
  assert.ok(benchMarkdown(results).includes(`**${slower}**`));
  const { comparison } = results;
  assert.ok(comparison);
  const groups = comparison.groups.map((group) => ({ ...group, ratio: 0.58, p: 0.26, outcome: 'cannot tell' as const }));
  const unknown: BenchResults = { ...results, comparison: { ...comparison, groups, slower: false } };
  for (const text of [benchText(unknown), benchMarkdown(unknown)]) {
    assert.ok(!text.includes('SLOWER'));
    assert.match(
      text.replace(/\s+/g, ' '),
      /RFileLock notebook, 4 trials: cannot tell: 0\.58 of the saved speed, but the rounds vary too much \(p 0\.26\); more --repeats, or a quieter machine/,
    );
  }
});

test('the recommended row is marked, the legend explains the mark and the floor', () => {
  const text = benchText(results);
  assert.deepEqual(
    text
      .split('\n')
      .filter((line) => line.startsWith('* '))
      .map((line) => line.split(/ +/).slice(1, 3)),
    [['RFileLock', '1x2']],
  );
  const floor = 'floor: a bare single-threaded SQLite loop that does the same work; 1.00 is as fast as it';
  assert.ok(text.includes(`\n*: recommended; ${floor};\n`), text);
  const engine: BenchResults['environment'] = { ...results.environment, engine: 'MariaDB', journalMode: null, synchronous: null };
  const none = benchText({ ...results, environment: engine, verdict: { ...results.verdict, best: null } });
  assert.ok(none.includes('\nfloor: a bare single-threaded SQL loop'));
  assert.ok(!none.includes('recommended;') && !none.includes('\n* '));
});

test('what the verdict says of other processes is not said again', () => {
  const busy = 'The machine was busy: other programs kept 1.0 of 2 cores (median). Run again when it is idle.';
  const { verdict } = results;
  const loud: BenchResults = { ...results, verdict: { ...verdict, lines: [...verdict.lines, busy] } };
  for (const of of [benchText, benchMarkdown]) {
    assert.equal(of(results).split('Other processes kept').length, 2);
    assert.equal(of(loud).split('Other processes kept').length, 1);
    assert.ok(of(loud).includes('The machine was busy'));
  }
});

test('few samples have no p99 and few hand-overs no time; curves with too few points one sentence together', () => {
  const few = (trial: TrialResult): TrialResult => {
    const times = { ...trial.holdMs, count: 29 };
    return { ...trial, waitMs: { ...trial.waitMs, count: 99 }, handOverMs: { sameProcess: times, otherProcess: times } };
  };
  const one = { ...results, trials: results.trials.map(few), scaling: results.scaling.map(({ fit: _fit, ...curve }) => curve) };
  const [trial] = results.trials;
  const max = figure(trial?.waitMs.max ?? 0);
  for (const text of [benchText(one), benchMarkdown(one)]) {
    assert.match(text, new RegExp(`None[ |]+1x1 .* 0\\.004[ |]+-[ |]+${max}[ |]+0\\.5\\d+[ |]+-[ |]`));
    assert.equal(text.split('Too few points for a fit').length, 2);
  }
  const [first, ...others] = results.scaling;
  assert.ok(first);
  const { fit: _fit, ...bare } = first;
  const text = benchText({ ...results, scaling: [bare, ...others] });
  assert.ok(text.includes(`Too few points on 1 of ${others.length + 1} curves for a fit, which needs three numbers of workers.`));
});

test('nothing but the command is wider than 110 columns, whatever the numbers and words are', () => {
  const wide: BenchResults = {
    ...results,
    trials: results.trials.map((trial) => {
      const rate = { median: 1_234_567, min: 111_111, max: 1_345_678 };
      const waitMs = { ...trial.waitMs, p50: 12_345, p99: 123_456, max: 1_234_567 };
      const faults = trial.faults.length > 0 ? [`${'a long story '.repeat(20)} ${'x'.repeat(300)}`] : [];
      const calls = { ...trial.calls, retries: 9_999_999 };
      return faults.length > 0 ? { ...trial, faults } : { ...trial, rate, waitMs, holdMs: waitMs, calls };
    }),
  };
  for (const one of [results, wide, minimalResults()]) {
    const long = benchText(one)
      .split('\n')
      .filter((line) => line.length > 110 && !line.includes(one.commandLine));
    assert.deepEqual(long, []);
  }
});

test('words of somebody else steer neither the terminal nor the page of Markdown', () => {
  const hostile = benchResults({
    fault: '\u001b[2J<img src=x> | `code`\n# Title',
    commandLine: 'kosh-ingest bench --store "a```b"',
  });
  assert.ok(!benchText(hostile).includes('\u001b'));
  const page = benchMarkdown(hostile);
  assert.ok(page.includes('\\<img src=x\\> \\| \\`code\\` \\# Title'), page);
  assert.ok(page.includes('\n````\nkosh-ingest bench --store "a```b"\n````\n'));
});

test('the least there can be has a text and a page of Markdown', () => {
  const text = benchText(minimalResults());
  assert.match(text, /\n {2}None +1x1 1,\d{3} +0\.\d\d +- +- +- +- +- +0 +0 % 1\.00\/1\.00/);
  assert.ok(!/NaN|undefined/.test(`${text}${benchMarkdown(minimalResults())}`));
  const none: BenchResults = { ...minimalResults(), trials: [], floors: [], interrupted: true, rounds: 0 };
  assert.match(benchText(none), /0 rounds of 1 s a trial.*interrupted/);
  assert.match(benchMarkdown(none), /interrupted/);
});

test('the page of Markdown has the command, a table for each load and the verdict', () => {
  const page = benchMarkdown(results);
  assert.ok(page.includes(`\`\`\`\n${results.commandLine}\n\`\`\``));
  for (const title of [
    '## Notebook: records',
    '## Bulk, up to 2,000 records a transaction: records',
    '## Mixed: calls',
    '## Scaling',
    '## Verdict',
  ])
    assert.ok(page.includes(`\n${title}`), title);
  const rows = page.split('\n').filter((line) => /^\| (None|RFileLock|OnlyRetry) /.test(line));
  assert.equal(rows.length, results.trials.length);
});

test('the trace has a process for each process of a trial, a thread for each worker, and all spans', () => {
  const { traceEvents } = traceOf(results);
  const names = traceEvents.filter(({ name }) => name === 'process_name');
  assert.equal(
    names.length,
    results.trials.reduce((sum, { processes }) => sum + processes, 0),
  );
  assert.equal(new Set(names.map(({ pid }) => pid)).size, names.length);
  for (const { id, timeline, faults } of results.trials) {
    const own = names.filter(({ args }) => String(args.name).startsWith(`${id}, process `));
    const pids = new Set(own.map(({ pid }) => pid));
    const events = traceEvents.filter(({ pid, ph }) => pids.has(pid) && ph === 'X');
    const done = timeline.spans.filter((span) => span[4] === 0);
    assert.equal(events.filter(({ name }) => name === 'wait').length, timeline.spans.length);
    const held = events.filter(({ name }) => name === 'hold').map(({ ts, dur, args }) => [ts, dur, args.retries]);
    assert.deepEqual(
      held,
      done.map(([, , begun, ended, , retries]) => [begun, ended - begun, retries]),
    );
    const gaveUp = events.filter(({ args }) => args.outcome === 'gave up');
    assert.equal(gaveUp.length, timeline.spans.length - done.length);
    const threads = traceEvents.filter(({ pid, name }) => pids.has(pid) && name === 'thread_name');
    assert.equal(threads.length, timeline.lanes.length);
    assert.equal(
      own.every(({ args }) => String(args.name).endsWith(', faulty')),
      faults.length > 0,
    );
  }
  // Within a thread nothing overlaps: that is what the format asks for.
  const last = new Map<string, number>();
  for (const { pid, tid, ph, ts = 0, dur = 0 } of traceEvents
    .filter((one) => one.ph === 'X')
    .sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0))) {
    assert.equal(ph, 'X');
    assert.ok(ts >= (last.get(`${pid} ${tid}`) ?? 0) && dur >= 0);
    last.set(`${pid} ${tid}`, ts + dur);
  }
});

test('the trace has no transaction for who still waited at the end of the window', () => {
  const [first] = results.trials;
  assert.ok(first);
  const spans: Span[] = [
    [0, 0, 100, 900, 0, 0],
    [1, 50, 1000, 1000, 0, 2],
  ];
  const lanes = [0, 1].map((worker) => ({ process: 0, worker }));
  const { traceEvents } = traceOf({ ...results, trials: [{ ...first, timeline: { lanes, spans } }] });
  const drawn = traceEvents.filter(({ ph }) => ph === 'X').map(({ name, tid, args }) => [name, tid, args.outcome]);
  assert.deepEqual(drawn, [
    ['wait', 0, 'done'],
    ['hold', 0, 'done'],
    ['wait', 1, 'still waiting'],
  ]);
  const names = traceEvents.filter(({ ph, name }) => ph === 'M' && name !== 'process_sort_index').map(({ args }) => args.name);
  assert.deepEqual(names, [`${first.id}, process 1`, 'worker 1', 'worker 2']);
});
