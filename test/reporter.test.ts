import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Reporter } from '../src/cli/reporter.js';
import { load } from '../src/ingest/load.js';
import type { LoadProgress } from '../src/ingest/summary.js';
import { GeneratedSource } from '../src/sources/generated.js';
import { loadConfigFor } from './support/session.js';
import { tempDirectory } from './support/temp.js';

class Screen {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = '';

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

const plain = { quiet: false, verbose: false, logFile: undefined };

function progressAt(elapsedMs: number): LoadProgress {
  return { recordsDone: 1000, rejected: 0, fraction: 0.5, elapsedMs, wait: undefined };
}

describe('what is said on stderr', () => {
  test('warnings, unless --quiet; notes with --verbose alone', () => {
    for (const [options, expected] of [
      [plain, 'kosh-ingest: a warning\n'],
      [{ ...plain, verbose: true }, 'kosh-ingest: a warning\nkosh-ingest: a note\n'],
      [{ ...plain, quiet: true }, ''],
    ] as const) {
      const screen = new Screen();
      using reporter = new Reporter(options, screen);
      reporter.warn('a warning');
      reporter.note('a note');
      assert.equal(screen.text, expected);
    }
  });

  test('without a terminal: how far the load is, every half minute', () => {
    const screen = new Screen();
    using reporter = new Reporter(plain, screen);
    for (const elapsedMs of [100, 29_999, 30_001, 59_000, 60_002]) reporter.progress(progressAt(elapsedMs));
    assert.equal(screen.text.split('\n').length - 1, 2);
    assert.match(screen.text, /^kosh-ingest: 50% {2}1,000 records {2}33\/s {2}31 s left\n/);
  });

  test('on a terminal: a line that is drawn over, and taken away before anything else is said', () => {
    const screen = new Screen(true);
    const reporter = new Reporter(plain, screen);
    reporter.progress(progressAt(1000));
    reporter.warn('a warning');
    reporter[Symbol.dispose]();
    assert.match(screen.text, /^\r 50% .*\r +\rkosh-ingest: a warning\n$/);
    assert.ok(!screen.text.includes('\u001b'), 'no colour, no escape sequence');
  });
});

describe('the progress of a generated load', () => {
  test('is told by its records, which come long before the end of a chunk', async (t) => {
    const config = loadConfigFor(tempDirectory(t), { ensembles: 1, datasets: 20_000, attributes: 10, batchSize: 20_000 });
    const seen: LoadProgress[] = [];
    await load(config, { onProgress: (progress) => seen.push(progress) });
    const planned = seen.filter(({ fraction }) => fraction !== undefined);
    assert.ok(planned.some(({ fraction }) => fraction && fraction < 1));
    for (const { fraction, recordsDone } of planned) assert.equal(fraction, recordsDone / 20_001);
  });

  test('of one that goes on is that of what is left', async () => {
    const sizes = { ensembles: 3, datasets: 5, attributes: 1, prefix: '', batchSize: 5, workers: 1 };
    const source = new GeneratedSource(sizes, () => assert.fail('planning needs no context'));
    assert.equal((await source.plan()).records, 18);
    const done = new Map([['datasets@5-10', { digest: '', left: [] }]]);
    assert.equal((await source.plan(done)).records, 13);
  });
});

describe('the log file', () => {
  test('gets everything, one JSON object a line, behind what is there, also with --quiet', (t) => {
    const logFile = join(tempDirectory(t), 'load.log');
    for (const run of [1, 2]) {
      using reporter = new Reporter({ quiet: true, verbose: false, logFile }, new Screen());
      reporter.warn(`warning ${run}\nof two lines`);
      reporter.event('ended', { records: run });
    }
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      entries.map(({ event, message, records }) => [event, message ?? records]),
      [
        ['warning', 'warning 1\nof two lines'],
        ['ended', 1],
        ['warning', 'warning 2\nof two lines'],
        ['ended', 2],
      ],
    );
    for (const { time, pid } of entries) {
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(pid, process.pid);
    }
  });

  test('that cannot be opened is an error, before anything is done', (t) => {
    const logFile = join(tempDirectory(t), 'missing', 'load.log');
    assert.throws(() => new Reporter({ ...plain, logFile }, new Screen()), { code: 'ERR_USAGE', message: /--log-file .*ENOENT/ });
  });

  test('on a disk that is full ends, says so once, and stops nothing', { skip: !existsSync('/dev/full') }, () => {
    const screen = new Screen();
    using reporter = new Reporter({ ...plain, logFile: '/dev/full' }, screen);
    reporter.event('one', {});
    reporter.event('two', {});
    assert.match(screen.text, /^kosh-ingest: the log file \/dev\/full cannot be written any more: ENOSPC.*\n$/);
  });
});
