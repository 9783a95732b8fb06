import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeFailure } from '../src/cli/failure.js';
import { bytes, counted, duration, milliseconds } from '../src/cli/format.js';
import { goOnText, interruptedText, reasonsText, rejectsText, summaryText } from '../src/cli/print-summary.js';
import { ProgressLine, progressText } from '../src/cli/progress.js';
import { benchOptions } from '../src/config/bench-options.js';
import { exportOptions } from '../src/config/export-options.js';
import { flagOf, type OptionSpec } from '../src/config/option-spec.js';
import { optionKeys, options } from '../src/config/options.js';
import { stressOptions } from '../src/config/stress-options.js';
import { IngestError } from '../src/errors.js';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';

/** Where every command runs: a folder without a configuration file, in which nothing may be left. */
const folder = mkdtempSync(join(tmpdir(), 'kosh-ingest-cli-'));
after(() => rmSync(folder, { recursive: true }));

// The tests run from the sources (tsx) and from dist (node).
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const loader = extension === 'ts' ? ['--import', import.meta.resolve('tsx')] : [];
const cli = new URL(`../src/cli/main.${extension}`, import.meta.url);

const cleanEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KOSH_INGEST_')));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [...loader, ...args], {
    cwd: folder,
    env: { ...cleanEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(args: readonly string[], env?: Readonly<Record<string, string>>) {
  const child = start([fileURLToPath(cli), ...args], env);
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { out, err, code: code as number | null };
}

describe('help and version', () => {
  test('--version is the one of package.json', async () => {
    const { version } = createRequire(import.meta.url)('kosh-ingest/package.json') as { version: string };
    assert.deepEqual(await run(['--version']), { out: `${version}\n`, err: '', code: 0 });
  });

  test('--help names the command, examples and exit codes', async () => {
    const { out, err, code } = await run(['--help']);
    assert.deepEqual({ err, code }, { err: '', code: 0 });
    for (const words of ['kosh-ingest load [inputs..]', 'Examples:', '--store threadsafe.sqlite', 'Exit codes: 0 done']) {
      assert.ok(out.includes(words), `${words} is not in\n${out}`);
    }
  });

  test('load --help names every flag and every default', async () => {
    const { out, code } = await run(['load', '--help']);
    assert.equal(code, 0);
    for (const key of optionKeys) assert.ok(out.includes(key === 'inputs' ? '  inputs ' : `--${flagOf(key)} `), key);
    for (const value of ['RFileLock', '~/.kosh.lock', '3600', '2000', 'STORE.rejects.jsonl', './ingest.config.json']) {
      assert.ok(out.includes(`[default: ${value}`), value);
    }
  });

  test('the help of every command lists the choices of a flag once', async () => {
    const tables = { load: options, bench: benchOptions, stress: stressOptions, export: exportOptions };
    for (const [command, table] of Object.entries(tables)) {
      const { out } = await run([command, '--help']);
      for (const [key, spec] of Object.entries<OptionSpec>(table)) {
        if (spec.type !== 'choice' && spec.type !== 'choices') continue;
        const [text = ''] = new RegExp(`--${flagOf(key)} .*?(?=\\[default: |\\n *--|\\n\\n)`, 's').exec(out) ?? [];
        const names = (words: string) => spec.choices.every((choice) => words.split(/[^\w-]+/).includes(choice));
        assert.ok(names(text), `${command} ${text}`);
        const [before = '', list] = text.split(/One\s+of:/);
        if (list !== undefined) assert.ok(!names(before), `twice: ${command} ${text}`);
      }
    }
    const { out } = await run(['load', '--help']);
    assert.match(out.replace(/\s+/g, ' '), /auto looks at .* each file\. One of: auto, sina, kosh, jsonl, csv\. /);
  });

  test('nothing at all: help on stderr, exit code 2', async () => {
    const { out, err, code } = await run([]);
    assert.deepEqual({ out, code }, { out: '', code: 2 });
    assert.match(err, /^kosh-ingest <command>/);
  });
});

describe('a command line that makes no sense ends with exit code 2, one line and a hint', () => {
  for (const [args, message, hint] of [
    [['laod'], 'laod: no such command', 'did you mean load?'],
    [['--store', 's', 'load'], '--store: the command comes first', 'for example: kosh-ingest load --store …'],
    [['load', '--wrokers', '2'], '--wrokers: no such flag', 'did you mean --workers?'],
    [['load', '--numTries=2'], '--numTries: no such flag', 'did you mean --num-tries?'],
    [['load', '-w', '2'], '-w: no such flag', '--help lists the flags'],
    [['load', '--constructor', '2'], '--constructor: no such flag', '--help lists the flags'],
    [['load', '--store', 'a', '--store=b'], '--store: given twice', 'give it once'],
    [['load', '--store'], '--store: a value is missing', 'write --store=VALUE'],
    [['load', '--store', '--json'], '--store: a value is missing', 'write --store=--json if --json is the value'],
    [['load', '--json=maybe'], '--json: takes no value, found "maybe"', 'write --json alone, or leave it out'],
    [
      ['load', '--json', '--store', 's', '--workers', 'abc'],
      '--workers: expected an integer from 1 to 256, found "abc"',
      'Worker threads, each with its own connection. For example: 2',
    ],
    [
      ['load', '--store', 's', '--patience', '-1'],
      '--patience: expected a number from 0 to 86,400, found -1',
      'The longest wait between two tries, in seconds. For example: 1',
    ],
    [
      ['load'],
      'store: missing: no flag, variable or file names a store',
      'give --store PATH or URL, set KOSH_INGEST_STORE or write "store" into ingest.config.json',
    ],
    [
      ['load', 'a.json', '7', '--store', 's', '--ensembles', '3', '--', '-b.json'],
      '--ensembles: has no meaning with inputs: documents are loaded as they are',
      'give either documents to load, or ensembles, datasets, attributes and prefix to generate',
    ],
    [
      ['load', '--config', 'none.json'],
      'none.json: no such file',
      '--config names a file; without it ./ingest.config.json is read when it exists',
    ],
  ] as const) {
    test(args.join(' '), async () => {
      assert.deepEqual(await run(args), { out: '', err: `kosh-ingest: ${message}\n  hint: ${hint}\n`, code: 2 });
      assert.deepEqual(readdirSync(folder), [], 'something was written');
    });
  }

  test('a bad variable too; KOSH_INGEST_DEBUG=1 adds the stack', async () => {
    const { out, err, code } = await run(['load', '--store', 's'], { KOSH_INGEST_WORKERS: '0', KOSH_INGEST_DEBUG: '1' });
    assert.deepEqual({ out, code }, { out: '', code: 2 });
    assert.match(
      err,
      /^kosh-ingest: KOSH_INGEST_WORKERS: expected an integer from 1 to 256, found 0\n {2}hint: .+\nIngestError: .+\n +at /,
    );
  });
});

test('a reader that leaves early is no error', async () => {
  const child = start([fileURLToPath(cli), 'load', '--help']);
  assert.ok(child.stdout && child.stderr);
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.deepEqual({ err, code }, { err: '', code: 0 });
});

test('--help loads neither the engine nor the database', async () => {
  const spy = 'import module from "node:module"; process.on("exit", () => console.error(Object.keys(module._cache).join()));';
  const child = start(['--import', `data:text/javascript,${spy}`, fileURLToPath(cli), '--help']);
  assert.ok(child.stdout && child.stderr);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.match(out, /^kosh-ingest/);
  assert.doesNotMatch(err, /better-sqlite3|piscina|proper-lockfile|jsonc-parser|coordinator/);
});

describe('an interrupt', () => {
  /** A process that says "ready", works until it is interrupted and then for as long as it is told. */
  function worker(drainMs: number): ChildProcess {
    const module = new URL(`../src/cli/interrupt.${extension}`, import.meta.url);
    return start([
      '--input-type=module',
      '--eval',
      `import { interruptible } from ${JSON.stringify(module)};
      const result = await interruptible((signal) => new Promise((resolve) => {
        const busy = setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => setTimeout(() => (clearInterval(busy), resolve('done')), ${drainMs}));
        console.log('ready');
      }), () => console.log('first'));
      console.log(result, process.listenerCount('SIGINT'), process.listenerCount('SIGTERM'));`,
    ]);
  }

  /** Sends a signal after each of the lines, and gives all that was said. */
  async function interrupted(child: ChildProcess, signals: Readonly<Record<string, NodeJS.Signals>>) {
    assert.ok(child.stdout);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (lines: string) => {
      out += lines;
      for (const line of lines.split('\n')) if (signals[line]) child.kill(signals[line]);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { out, code };
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`the first ${signal} lets the work end, and nothing listens any more`, async () => {
      assert.deepEqual(await interrupted(worker(10), { ready: signal }), { out: 'ready\nfirst\ndone 0 0\n', code: 0 });
    });
  }

  test('the second one ends the process at once with 130', async () => {
    assert.deepEqual(await interrupted(worker(60_000), { ready: 'SIGINT', first: 'SIGTERM' }), {
      out: 'ready\nfirst\n',
      code: 130,
    });
  });
});

describe('a failure', () => {
  test('is one line and a hint, with the exit code of its error', () => {
    const error = new IngestError('ERR_LOCK_TIMEOUT', 'no lock\n  after 1 s', { hint: 'wait longer' });
    assert.deepEqual(describeFailure(error, {}), { text: 'kosh-ingest: no lock after 1 s\n  hint: wait longer\n', exitCode: 5 });
  });

  test('that nobody expected ends with 1 and says how to get the stack', () => {
    const { text: words, exitCode } = describeFailure(new TypeError('x is not a function'), { KOSH_INGEST_DEBUG: '0' });
    assert.equal(
      words,
      'kosh-ingest: unexpected error: x is not a function\n  hint: set KOSH_INGEST_DEBUG=1 to see where it happened\n',
    );
    assert.equal(exitCode, 1);
    assert.match(describeFailure(new TypeError('x'), { KOSH_INGEST_DEBUG: '1' }).text, /\n +at /);
  });
});

const spread = { p50: 0.512, p95: 1.25, p99: 12.34, max: 1234.5 };

const summary: LoadSummary = {
  store: "it's.sqlite",
  lockStrategy: 'RFileLock',
  workers: 2,
  ensembles: 10,
  datasets: 1000,
  records: { read: 1014, inserted: 1011, rejected: 3 },
  relationships: { read: 1, inserted: 1, rejected: 0 },
  elsewhere: { records: 0, relationships: 0 },
  resumed: null,
  waiting: 0,
  seconds: 0.1234,
  recordsPerSecond: 8193.4,
  lock: { acquisitions: 1, waitMs: spread, holdMs: spread, retries: 0, retriesByCode: {} },
  existing: { skipped: 120, different: 1, replaced: 0, merged: 0, relationships: 0, differing: ['run_7'] },
  rejects: { count: 3, file: 'r.jsonl' },
  interrupted: false,
  stopped: null,
};

describe('the result', () => {
  test('for a human', () => {
    assert.equal(
      summaryText(summary, { lockPath: '~/.kosh.lock' }),
      `Loaded 1,011 records (10 ensembles, 1,000 datasets, 1 other) and 1 relationship into it's.sqlite

  time     0.12 s, 8,193 records/s with 2 workers
  lock     RFileLock at ~/.kosh.lock, 1 transaction, no retries
  wait     p50   0.51 ms   p95   1.25 ms   p99   12.3 ms   max  1,235 ms
  hold     p50   0.51 ms   p95   1.25 ms   p99   12.3 ms   max  1,235 ms
  exists   120 skipped, 1 with other content: run_7
  rejects  3 in r.jsonl

Look at it:
  sqlite3 'it'\\''s.sqlite' "select type, count(*) from Record group by type"
  python:  kosh.connect("it's.sqlite")
`,
    );
    assert.equal(rejectsText(summary), 'kosh-ingest: 3 rejected, see r.jsonl\n');
  });

  test('without rejects, a lock file or an end', () => {
    const nothing = { skipped: 0, different: 0, replaced: 0, merged: 0, relationships: 0, differing: [] };
    const none = {
      ...summary,
      lockStrategy: 'None',
      interrupted: true,
      rejects: { count: 0, file: null },
      existing: nothing,
    } as const;
    const words = summaryText(none, { lockPath: '~/.kosh.lock' });
    assert.match(words, /^Interrupted\. Loaded 1,011 records/);
    assert.doesNotMatch(words, /kosh\.lock|rejects|exists/);
    assert.equal(rejectsText(none), undefined);
  });

  test('of a load that has written nothing, or is not whole, says nothing of looking at the store', () => {
    const stopped = { code: 'ERR_TOO_MANY_REJECTS', message: 'stopped', hint: undefined } as const;
    for (const part of [{ records: { read: 3, inserted: 0, rejected: 3 } }, { interrupted: true }, { stopped }]) {
      const words = summaryText({ ...summary, ...part }, { lockPath: '~/.kosh.lock' });
      assert.doesNotMatch(words, /Look at it/);
      assert.match(words, / rejects {2}3 in r\.jsonl\n$/);
    }
  });

  test('sizes', () => {
    assert.deepEqual([0, 9999, 45_678, 1.5e6].map(bytes), ['0 B', '9,999 B', '45.7 kB', '1.5 MB']);
    const dryRun = { rows: 9, bytes: 45_678, seconds: 1, rejects: [] };
    assert.match(
      summaryText({ ...summary, dryRun }, { lockPath: 'l' }),
      /; about 1\.00 s and 45\.7 kB\n[\s\S]* about 45\.7 kB of SQLite/,
    );
  });

  test('rejects: the first few, what can be done once, and how many more there are', () => {
    const reject = (n: number, hint?: string): Reject => ({
      file: `${n}.json`,
      recordId: null,
      pointer: '/records',
      code: 'ERR_RECORD_EXISTS',
      message: 'is there',
      hint,
    });
    const first = [reject(1, 'skip it'), reject(2, 'skip it'), reject(3, 'look')];
    const said = `kosh-ingest: refused: 3 ERR_RECORD_EXISTS
  1.json /records: is there
    hint: skip it
  2.json /records: is there
  3.json /records: is there
    hint: look
`;
    assert.equal(reasonsText(first, new Map([['ERR_RECORD_EXISTS', 3]]), 'r.jsonl'), said);
    const more = reasonsText(first, new Map([['ERR_RECORD_EXISTS', 1234]]), 'r.jsonl');
    assert.equal(more, `${said.replace('3 ERR', '1,234 ERR')}  … and 1,231 more in r.jsonl\n`);
    const dryRun = { rows: 9, bytes: 9, seconds: 1, rejects: first };
    assert.match(summaryText({ ...summary, dryRun }, { lockPath: 'l' }), /1\.json .*\n {4}hint: skip it\n {2}2\.json .*\n {2}3/);
  });

  test('how to go on, of an interrupted load alone', () => {
    const words = ['load', "it's", '--restart', '--store', 's.sqlite'];
    assert.equal(goOnText(2000, words), "2,000 records are in. To go on: kosh-ingest load 'it'\\''s' --store s.sqlite");
    assert.equal(interruptedText(summary, 5, words), undefined);
    const interrupted = { ...summary, interrupted: true };
    assert.match(interruptedText(interrupted, 5, words) ?? '', /^kosh-ingest: 5 records are in\. To go on: kosh-ingest load /);
    const nothing = { ...interrupted, records: { read: 0, inserted: 0, rejected: 0 } };
    assert.equal(
      interruptedText(nothing, undefined, words),
      'kosh-ingest: nothing was loaded: to load it, give the same command again\n',
    );
    const dryRun = { rows: 9, bytes: 9, seconds: 1, rejects: [] };
    assert.equal(interruptedText({ ...nothing, dryRun }, undefined, words), undefined);
  });

  test('numbers, durations, singular and plural', () => {
    assert.deepEqual(
      [0, 1, 12_345].map((n) => counted(n, 'record')),
      ['0 records', '1 record', '12,345 records'],
    );
    assert.deepEqual([0.004, 12.34, 99.96, 3599.6, 7322].map(duration), [
      '0.00 s',
      '12.3 s',
      '1 min 40 s',
      '1 h 00 min',
      '2 h 02 min',
    ]);
    assert.deepEqual([0, 9.999, 99.99, 1234].map(milliseconds), ['0.00 ms', '10.00 ms', '100.0 ms', '1,234 ms']);
  });
});

describe('progress', () => {
  const state = { recordsDone: 45_200, rejected: 0, fraction: 0.451, elapsedMs: 3674, wait: undefined };

  test('says how far, how fast, how long', () => {
    assert.equal(progressText(state), ' 45%  45,200 records  12,303/s  5 s left');
    assert.equal(
      progressText({ ...state, rejected: 2, elapsedMs: 200_000 }),
      ' 45%  45,200 records  226/s  2 rejected  4 min 03 s left',
    );
    assert.equal(progressText({ ...state, recordsDone: 0, fraction: undefined, elapsedMs: 0 }), 'planning  0 records');
  });

  test('says nothing of what is left before it can be known', () => {
    for (const early of [
      { ...state, elapsedMs: 2999 },
      { ...state, fraction: 0.019 },
      { ...state, fraction: 0 },
    ])
      assert.doesNotMatch(progressText(early), /left/);
    assert.match(progressText({ ...state, elapsedMs: 3000, fraction: 0.02 }), / {2}2 min 27 s left$/);
  });

  function terminal(isTTY: boolean, columns?: number) {
    const written: string[] = [];
    return { isTTY, columns, written, write: (words: string) => written.push(words) };
  }

  test('is one line, written over at most ten times a second and wiped out at the end', () => {
    const screen = terminal(true, 25);
    let now = 0;
    const line = new ProgressLine(screen, () => now);
    for (now = 0; now < 1000; now += 10) line.update(state);
    assert.equal(screen.written.length, 10);
    assert.deepEqual(new Set(screen.written), new Set(['\r 45%  45,200 records  12']));
    now += 100;
    line.update({ ...state, recordsDone: 0, fraction: undefined, elapsedMs: 0 });
    line.clear();
    line.clear();
    assert.deepEqual(screen.written.slice(10), ['\rplanning  0 records     ', `\r${' '.repeat(19)}\r`]);
  });

  test('is nothing when stderr is not a terminal', () => {
    const file = terminal(false);
    const line = new ProgressLine(file);
    line.update(state);
    line.clear();
    assert.deepEqual(file.written, []);
  });
});
