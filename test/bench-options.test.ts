/** What `bench` can be told, by flags, variables and the file, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { benchConfig } from '../src/config/bench-config.js';
import { type BenchConfig, type BenchKey, benchKeys, benchOptions } from '../src/config/bench-options.js';
import { loadConfig } from '../src/config/load-config.js';
import { defaultText, flagOf, type OptionSpec } from '../src/config/option-spec.js';
import { variableOf } from '../src/config/options.js';
import { configSchema } from '../src/config/schema.js';
import { asValue, fromText, problemOf } from '../src/config/values.js';
import { IngestError } from '../src/errors.js';

const directory = mkdtempSync(join(tmpdir(), 'kosh-ingest-bench-config-'));
after(() => rmSync(directory, { recursive: true }));

const root = join(createRequire(import.meta.url).resolve('kosh-ingest/package.json'), '..');

interface Sources {
  readonly flags?: Readonly<Partial<Record<BenchKey, unknown>>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the file. */
  readonly content?: Readonly<Record<string, unknown>>;
}

function layersOf({ content, ...rest }: Sources) {
  if (content === undefined) return { directory, ...rest };
  writeFileSync(join(directory, 'c.json'), JSON.stringify(content));
  return { directory, ...rest, file: 'c.json' };
}

function config(sources: Sources): BenchConfig {
  return benchConfig(layersOf(sources));
}

/** The error of what must not be accepted. */
function refusal(work: () => unknown) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof IngestError, `not an IngestError: ${String(error)}`);
    assert.equal(error.exitCode, 2);
    return { code: error.code, message: error.message, hint: error.hint };
  }
  return assert.fail('accepted');
}

function refused(sources: Sources) {
  return refusal(() => config(sources));
}

const defaults = {
  store: 'kosh.sqlite',
  strategies: ['None', 'RFileLock', 'OnlyRetry'],
  workers: [1, 2, 4, 8],
  processes: [1, 2],
  batchSize: [2000],
  load: ['notebook'],
  ensembles: 10,
  datasets: 10,
  attributes: 10,
  seconds: 1,
  records: undefined,
  repeats: 3,
  seed: 7,
  journalMode: 'delete',
  synchronous: 'full',
  numTries: 10,
  patience: 1,
  lockPath: '',
  timeout: 3600,
  out: 'kosh-bench',
  baseline: undefined,
  failIfSlower: 10,
  peer: undefined,
  control: undefined,
  json: false,
} as const satisfies BenchConfig;

test('the defaults, with nothing given at all', () => {
  assert.deepEqual(config({ flags: { seed: '7' } }), defaults);
  const { seed, ...rest } = config({});
  const { seed: _, ...others } = defaults;
  assert.deepEqual(rest, others);
  assert.ok(Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32);
  assert.notEqual(config({}).seed, seed);
});

/** A text for each option, different from its default, its value, another text that is refused, and what is expected instead. */
const samples: {
  readonly [K in BenchKey]: readonly [text: string, value: unknown, bad: string, expected: string, more?: Sources['flags']];
} = {
  store: ['a.sqlite', 'a.sqlite', ' ', 'a path'],
  strategies: ['OnlyRetry, None', ['OnlyRetry', 'None'], 'Non', 'one or more of None, RFileLock, OnlyRetry with commas'],
  workers: ['3,1', [3, 1], '0', 'integers from 1 to 64 with commas'],
  processes: ['4', [4], '65', 'integers from 1 to 64 with commas'],
  batchSize: ['1,100000', [1, 100_000], '0', 'integers from 1 to 100,000 with commas', { load: 'bulk' }],
  load: ['read,mixed', ['read', 'mixed'], 'bilk', 'one or more of notebook, bulk, mixed, read, kosh-scaling with commas'],
  ensembles: ['3', 3, '0', 'an integer from 1 to 10,000'],
  datasets: ['4', 4, '0', 'an integer from 1 to 1,000,000'],
  attributes: ['0', 0, '-1', 'an integer from 0 to 10,000'],
  seconds: ['0.5', 0.5, '0', 'a number from 0.1 to 3,600'],
  records: ['100', 100, '0', 'an integer from 1 to 10,000,000'],
  repeats: ['5', 5, '0', 'an integer from 1 to 100'],
  seed: ['0', 0, '-1', 'an integer from 0 to 4,294,967,295'],
  journalMode: ['wal', 'wal', 'wall', 'one of delete, truncate, persist, wal, memory, off'],
  synchronous: ['off', 'off', 'on', 'one of off, normal, full, extra'],
  numTries: ['5', 5, '0', 'an integer from 1 to 1,000,000'],
  patience: ['0.25', 0.25, '-1', 'a number from 0 to 86,400'],
  lockPath: ['~/lock', '~/lock', ' ', 'a path'],
  timeout: ['60', 60, '-1', 'a number from 0 to 2,147,483'],
  out: ['elsewhere', 'elsewhere', ' ', 'a path'],
  baseline: ['before/results.json', 'before/results.json', ' ', 'a path'],
  failIfSlower: ['5', 5, '100', 'a number from 0 to 99', { baseline: 'b.json' }],
  peer: ['kosh', 'kosh', 'sina', 'one of kosh'],
  control: ['drop', 'drop', 'slo', 'one of slow, drop'],
  json: ['true', true, 'maybe', 'true or false'],
};

for (const key of benchKeys) {
  const [text, value, bad, expected, more = {}] = samples[key];

  test(`${key} is taken from its flag and from bench in the file`, () => {
    assert.deepEqual(config({ flags: { ...more, [key]: text } })[key], value);
    assert.deepEqual(config({ flags: more, content: { bench: { [key]: value } } })[key], value);
    assert.deepEqual(config({ flags: { ...more, [key]: text }, content: { bench: { [key]: value } } })[key], value);
  });

  test(`${key}: a bad value names its source, what is expected and what was found`, () => {
    const found = /^-?\d+$/.test(bad) && !benchOptions[key].type.startsWith('integers') ? bad : JSON.stringify(bad);
    const flag = refused({ flags: { [key]: bad } });
    assert.deepEqual(flag, { ...flag, code: 'ERR_USAGE', message: `--${flagOf(key)}: expected ${expected}, found ${found}` });
    assert.ok(flag.hint);
    const file = refused({ flags: { [key]: text }, content: { bench: { [key]: { no: 1 } } } });
    assert.equal(file.code, 'ERR_CONFIG');
    assert.match(file.message, new RegExp(`^c\\.json: bench\\.${key}: expected .+, found \\{"no":1\\}$`));
  });
}

describe('lists', () => {
  const integers = { ...benchOptions.workers } as OptionSpec;
  const choices = { ...benchOptions.strategies } as OptionSpec;
  const whole = 'integers from 1 to 64 with commas';
  const names = 'one or more of None, RFileLock, OnlyRetry with commas';
  const either = 'an integer from 1 to 64 or a list of them';
  const help = `${integers.description} For example: 1,2,4`;

  test('in a flag are words with commas', () => {
    for (const [spec, text, value] of [
      [integers, '1,2,4,8', [1, 2, 4, 8]],
      [integers, ' 2 , 1 ', [2, 1]],
      [integers, '64', [64]],
      [choices, 'None', ['None']],
      [choices, 'OnlyRetry,RFileLock', ['OnlyRetry', 'RFileLock']],
    ] as const) {
      assert.deepEqual(fromText(spec, text), value);
      assert.equal(problemOf(spec, value), undefined);
    }
  });

  test('in the file are an array or one value', () => {
    for (const [given, value] of [
      [2, [2]],
      [
        [2, 1],
        [2, 1],
      ],
    ] as const) {
      assert.deepEqual(config({ content: { bench: { workers: given } } }).workers, value);
    }
    assert.deepEqual(config({ content: { bench: { strategies: 'None' } } }).strategies, ['None']);
    assert.deepEqual(asValue(benchOptions.seconds, 2), 2);
  });

  for (const [spec, text, expected, hint] of [
    [integers, '0', whole, help],
    [integers, '1,65', whole, help],
    [integers, '1,,2', whole, help],
    [integers, '1,2,', whole, help],
    [integers, '', whole, help],
    [integers, '1;2', whole, help],
    [integers, '1.5', whole, help],
    [integers, '2,1,2', whole, 'give 2 once'],
    [choices, 'None,RFilelock', names, 'did you mean RFileLock?'],
    [choices, 'None,', names, `${choices.description} For example: RFileLock,OnlyRetry`],
    [choices, 'None,None', names, 'give None once'],
    [choices, 'all', names, `${choices.description} For example: RFileLock,OnlyRetry`],
  ] as const) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const found = text === '' ? 'an empty text' : JSON.stringify(text);
      assert.deepEqual(problemOf(spec, fromText(spec, text)), { expected, found, hint });
    });
  }

  for (const [spec, value, expected, hint] of [
    [integers, 0, either, help],
    [integers, [], either, help],
    [integers, [1, 0], either, help],
    [integers, [2, 2], either, 'give 2 once'],
    [integers, [[1]], either, help],
    [integers, ['1'], either, 'write it without quotes'],
    [integers, '1,2', either, 'write a list, such as [1,2]'],
    [integers, '2', either, 'write a list, such as [2]'],
    [
      choices,
      [],
      'one of None, RFileLock, OnlyRetry or a list of them',
      `${choices.description} For example: RFileLock,OnlyRetry`,
    ],
    [choices, ['none'], 'one of None, RFileLock, OnlyRetry or a list of them', 'did you mean None?'],
    [
      choices,
      'None,RFileLock',
      'one of None, RFileLock, OnlyRetry or a list of them',
      'write a list, such as ["None","RFileLock"]',
    ],
  ] as const) {
    test(`${JSON.stringify(value)} in the file is refused`, () => {
      const key = spec.type === 'integers' ? 'workers' : 'strategies';
      assert.deepEqual(refused({ content: { bench: { [key]: value } } }), {
        code: 'ERR_CONFIG',
        message: `c.json: bench.${key}: expected ${expected}, found ${JSON.stringify(value)}`,
        hint,
      });
    });
  }

  test('in help are shown as one writes them', () => {
    assert.equal(defaultText(benchOptions.batchSize), '2000');
    assert.equal(defaultText({ ...benchOptions.batchSize, default: [1, 2] }), '1,2');
    assert.equal(defaultText(benchOptions.workers), '1,2,4,8; for kosh-scaling 1');
  });
});

describe('precedence', () => {
  const shared = { store: ['f', 'e', 'b', 't'], numTries: [1, 2, 3, 4], patience: [1, 2, 3, 4], timeout: [1, 2, 3, 4] } as const;
  const standard = { store: 'kosh.sqlite', numTries: 10, patience: 1, timeout: 3600 } as const;

  for (const [name, [flag, variable, inBench, top]] of Object.entries(shared)) {
    const key = name as keyof typeof shared;
    test(`${key}: flag, variable, bench in the file, the file's own level, default`, () => {
      const flags = { [key]: String(flag) };
      const env = { [variableOf(key)]: String(variable) };
      const both = { bench: { [key]: inBench }, [key]: top };
      assert.equal(config({ flags, env, content: both })[key], flag);
      assert.equal(config({ env, content: both })[key], variable);
      assert.equal(config({ content: both })[key], inBench);
      assert.equal(config({ content: { [key]: top } })[key], top);
      assert.equal(config({ content: {} })[key], standard[key]);
    });
  }

  test("of a load's options nothing else counts, neither of the file nor of the environment", () => {
    const content = {
      inputs: ['a.json'],
      ensembles: 3,
      datasets: 3,
      attributes: 3,
      prefix: 'p',
      lockStrategy: 'None',
      lockPath: 'l',
      deadline: 5,
      workers: 3,
      batchSize: 5,
      rejects: 'r',
      json: true,
    };
    assert.deepEqual(config({ flags: { seed: 7 }, content }), defaults);
    const env = {
      KOSH_INGEST_ENSEMBLES: '3',
      KOSH_INGEST_DATASETS: '3',
      KOSH_INGEST_ATTRIBUTES: '3',
      KOSH_INGEST_LOCK_PATH: 'l',
      KOSH_INGEST_WORKERS: '3',
      KOSH_INGEST_BATCH_SIZE: '5',
      KOSH_INGEST_JSON: 'true',
      KOSH_INGEST_DEBUG: '1',
    };
    assert.deepEqual(config({ flags: { seed: 7 }, env }), defaults);
  });

  test('what does not count is checked all the same', () => {
    assert.deepEqual(refused({ env: { KOSH_INGEST_WORKERS: '0' } }), {
      code: 'ERR_CONFIG',
      message: 'KOSH_INGEST_WORKERS: expected an integer from 1 to 256, found 0',
      hint: 'Worker threads, each with its own connection. For example: 2',
    });
    assert.equal(refused({ env: { KOSH_INGEST_SECONDS: '1' } }).message, 'KOSH_INGEST_SECONDS: no such variable');
    assert.match(refused({ content: { flock: 1 } }).message, /^c\.json: flock: expected true or false/);
    assert.match(
      refused({ flags: { workers: '2' }, content: { bench: { workers: 0 } } }).message,
      /^c\.json: bench\.workers: expected an integer from 1 to 64 or a list of them, found 0$/,
    );
  });

  test('~ is the home directory for the store, the folder and the baseline', () => {
    const { store, out, baseline } = config({ flags: { store: '~/s', out: '~/o', baseline: '~/b.json' } });
    assert.deepEqual([store, out, baseline], [join(homedir(), 's'), join(homedir(), 'o'), join(homedir(), 'b.json')]);
  });

  test('a store that cannot be one names where it stood', () => {
    const hint = 'give the path of a SQLite file';
    const message = (source: string) => `${source}: an in-memory store cannot be shared by workers`;
    const store = ':memory:';
    assert.deepEqual(refused({ flags: { store } }), { code: 'ERR_USAGE', message: message('--store'), hint });
    assert.equal(refused({ content: { bench: { store } } }).message, message('c.json: bench.store'));
    assert.equal(refused({ content: { store } }).message, message('c.json: store'));
  });
});

describe('the file', () => {
  test('ingest.config.json is read when it is there', () => {
    const file = join(directory, 'ingest.config.json');
    writeFileSync(file, '{ "$schema": "x", "store": "s", "bench": { "repeats": 4 } }');
    const { store, repeats } = benchConfig({ directory });
    rmSync(file);
    assert.deepEqual({ store, repeats }, { store: 's', repeats: 4 });
    assert.equal(refusal(() => benchConfig({ directory, file: 'none.json' })).message, 'none.json: no such file');
  });

  test('a load passes bench over', () => {
    const bench = { workers: [1, 2], ensembles: 3, store: 'b.sqlite', timeout: 5 };
    const layers = layersOf({ content: { store: 's.sqlite', bench } });
    const { store, ensembles, workers, timeout } = loadConfig(layers);
    const alone = loadConfig(layersOf({ content: { store: 's.sqlite' } }));
    assert.deepEqual([store, ensembles, workers, timeout], ['s.sqlite', 10, alone.workers, 3600]);
    assert.equal(refusal(() => loadConfig(layersOf({ content: { bench } }))).message.slice(0, 15), 'store: missing:');
  });

  for (const [bench, message, hint] of [
    [{ wrokers: 1 }, 'c.json: bench.wrokers: no such key', 'did you mean workers?'],
    [{ 'batch-size': 1 }, 'c.json: bench.batch-size: no such key', 'did you mean batchSize?'],
    [{ lockStrategy: 'None' }, 'c.json: bench.lockStrategy: no such key', `known: ${benchKeys.join(', ')}`],
    [{ constructor: 1 }, 'c.json: bench.constructor: no such key', `known: ${benchKeys.join(', ')}`],
    [{ repeats: 0 }, 'c.json: bench.repeats: expected an integer from 1 to 100, found 0', /^Rounds: .+ For example: 5$/],
    [[1], 'c.json: bench: expected an object, found [1]', 'for example: { "workers": [1, 2], "seconds": 2 }'],
    [null, 'c.json: bench: expected an object, found null', 'for example: { "workers": [1, 2], "seconds": 2 }'],
    ['fast', 'c.json: bench: expected an object, found "fast"', 'for example: { "workers": [1, 2], "seconds": 2 }'],
  ] as const) {
    test(`bench ${JSON.stringify(bench)} is refused, by a load too`, () => {
      const layers = layersOf({ content: { store: 's', bench } });
      for (const error of [refusal(() => benchConfig(layers)), refusal(() => loadConfig(layers))]) {
        assert.deepEqual([error.code, error.message], ['ERR_CONFIG', message]);
        if (typeof hint === 'string') assert.equal(error.hint, hint);
        else assert.match(error.hint ?? '', hint);
      }
    });
  }

  test('a key beside it that is misspelt', () => {
    assert.equal(refused({ content: { bnch: {} } }).hint, 'did you mean bench?');
    assert.match(refused({ content: { frobnicate: 1 } }).hint ?? '', /^known: store, inputs, .+, json, bench$/);
  });

  test('is described by its schema', () => {
    const { properties } = configSchema() as { properties: Record<string, Record<string, unknown>> };
    const { type, additionalProperties, properties: own } = properties.bench ?? {};
    assert.deepEqual({ type, additionalProperties }, { type: 'object', additionalProperties: false });
    const keys = own as Record<string, unknown>;
    assert.deepEqual(Object.keys(keys), benchKeys);
    const integer = { type: 'integer', minimum: 1, maximum: 100_000 };
    const name = { type: 'string', enum: ['None', 'RFileLock', 'OnlyRetry'] };
    assert.deepEqual(keys.batchSize, {
      description: benchOptions.batchSize.description,
      anyOf: [integer, { type: 'array', items: integer, minItems: 1, uniqueItems: true }],
      default: [2000],
    });
    assert.deepEqual(keys.strategies, {
      description: `${benchOptions.strategies.description} Default: ${benchOptions.strategies.default.text}.`,
      anyOf: [name, { type: 'array', items: name, minItems: 1, uniqueItems: true }],
    });
  });
});

const server = 'mariadb://me@host/campaign';

describe('what has no meaning beside another option', () => {
  const hint = 'leave one of the two out';
  const scaling = 'kosh-scaling takes it from the number of processes';
  const one: readonly (readonly [BenchKey, string, BenchKey, string, string])[] = [
    ['seconds', '2', 'records', '5', 'one of the two says when a trial ends'],
    ['journalMode', 'wal', 'store', server, 'it is a setting of SQLite'],
    ['synchronous', 'off', 'store', server, 'it is a setting of SQLite'],
    ['peer', 'kosh', 'store', server, 'the real Kosh is run on a SQLite file'],
    ['ensembles', '2', 'load', 'kosh-scaling', scaling],
    ['datasets', '2', 'load', 'kosh-scaling', scaling],
    ['attributes', '2', 'load', 'kosh-scaling', scaling],
    ['seconds', '2', 'load', 'kosh-scaling', scaling],
    ['records', '2', 'load', 'kosh-scaling', scaling],
  ];
  for (const [key, text, other, otherText, why] of one) {
    const value = fromText(benchOptions[key], text);
    const standard = config({})[key];

    test(`${key} with ${other} ${otherText}`, () => {
      const message = `--${flagOf(key)}: has no meaning with --${flagOf(other)}: ${why}`;
      assert.deepEqual(refused({ flags: { [key]: text, [other]: otherText } }), { code: 'ERR_USAGE', message, hint });
      const inFile = `c.json: bench.${key}: has no meaning with c.json: bench.${other}: ${why}`;
      const bench = { [key]: value, [other]: fromText(benchOptions[other], otherText) };
      assert.deepEqual(refused({ content: { bench } }), { code: 'ERR_CONFIG', message: inFile, hint });
    });

    test(`${key} in the file gives way to ${other} as a flag`, () => {
      const result = config({ flags: { [other]: otherText }, content: { bench: { [key]: value } } });
      assert.deepEqual(result[key], standard);
      assert.deepEqual(result[other], fromText(benchOptions[other], otherText));
    });

    if (key === 'seconds' && other === 'records') {
      test('records in the file gives way to seconds as a flag', () => {
        const { seconds, records } = config({ flags: { seconds: '2' }, content: { bench: { records: 5 } } });
        assert.deepEqual({ seconds, records }, { seconds: 2, records: undefined });
      });
    } else {
      test(`${key} as a flag does not turn ${other} of the file into something else`, () => {
        const bench = { [other]: fromText(benchOptions[other], otherText) };
        const message = `--${flagOf(key)}: has no meaning with c.json: bench.${other}: ${why}`;
        assert.deepEqual(refused({ flags: { [key]: text }, content: { bench } }), { code: 'ERR_USAGE', message, hint });
      });
    }
  }

  test('beside another value of it, it has', () => {
    const { journalMode, synchronous, peer } = config({
      flags: { store: 'a.sqlite', journalMode: 'wal', synchronous: 'off', peer: 'kosh' },
    });
    assert.deepEqual({ journalMode, synchronous, peer }, { journalMode: 'wal', synchronous: 'off', peer: 'kosh' });
    const { ensembles, seconds } = config({ flags: { load: 'read', ensembles: '2', seconds: '2' } });
    assert.deepEqual({ ensembles, seconds }, { ensembles: 2, seconds: 2 });
  });

  test('a setting of SQLite under bench, with a server on the own level of the file', () => {
    const { message } = refused({ content: { store: server, bench: { journalMode: 'wal' } } });
    assert.equal(message, 'c.json: bench.journalMode: has no meaning with c.json: store: it is a setting of SQLite');
  });

  test('a control may be compared: so one sees that a slowdown is found', () => {
    const { control, baseline } = config({ flags: { control: 'slow', baseline: 'b.json' } });
    assert.deepEqual({ control, baseline }, { control: 'slow', baseline: 'b.json' });
  });
});

describe('what has no meaning without another option', () => {
  test('--batch-size, without the load that has batches', () => {
    assert.deepEqual(refused({ flags: { batchSize: '5', load: 'read' } }), {
      code: 'ERR_USAGE',
      message: '--batch-size: has no meaning without --load bulk',
      hint: 'the other loads write a record a transaction',
    });
    assert.deepEqual(config({ content: { bench: { batchSize: 5 } } }).batchSize, [5]);
    assert.deepEqual(config({ flags: { batchSize: '5' }, content: { bench: { load: ['read', 'bulk'] } } }).batchSize, [5]);
  });

  test('--fail-if-slower, without a baseline', () => {
    assert.deepEqual(refused({ flags: { failIfSlower: '5' } }), {
      code: 'ERR_USAGE',
      message: '--fail-if-slower: has no meaning without --baseline',
      hint: 'give --baseline FILE, a saved results.json',
    });
    assert.equal(config({ content: { bench: { failIfSlower: 5 } } }).failIfSlower, 5);
  });
});

describe('kosh-scaling and servers', () => {
  const chosen = ({ strategies, workers, processes }: BenchConfig) => ({ strategies, workers, processes });

  test('kosh-scaling has defaults of its own', () => {
    assert.deepEqual(chosen(config({ flags: { load: 'kosh-scaling' } })), {
      strategies: ['RFileLock', 'OnlyRetry'],
      workers: [1],
      processes: [2, 3, 4, 5],
    });
    const flags = { load: 'kosh-scaling', strategies: 'None', workers: '2', processes: '10' };
    assert.deepEqual(chosen(config({ flags })), { strategies: ['None'], workers: [2], processes: [10] });
  });

  test('on a server RFileLock has to be asked for', () => {
    assert.deepEqual(config({ flags: { store: server } }).strategies, ['None', 'OnlyRetry']);
    assert.deepEqual(config({ content: { store: server } }).strategies, ['None', 'OnlyRetry']);
    assert.deepEqual(config({ flags: { store: server, load: 'kosh-scaling' } }).strategies, ['OnlyRetry']);
    assert.deepEqual(config({ flags: { store: server, strategies: 'RFileLock' } }).strategies, ['RFileLock']);
  });

  test('kosh-scaling stands alone', () => {
    const flags = { load: 'notebook,kosh-scaling,read', seconds: '1' };
    assert.deepEqual(refused({ flags }), {
      code: 'ERR_USAGE',
      message: '--load: kosh-scaling cannot be measured together with notebook, read',
      hint: 'run --load kosh-scaling and --load notebook,read one after the other, each with an --out of its own',
    });
    assert.equal(refused({ content: { bench: { load: ['read', 'kosh-scaling'] } } }).code, 'ERR_CONFIG');
  });
});

describe('the size of a run', () => {
  test('is at most 256 threads at once', () => {
    assert.deepEqual(refused({ flags: { processes: '1,33', workers: '8,2' } }), {
      code: 'ERR_USAGE',
      message: '--processes: 33 processes of 8 workers are 264 threads, more than 256',
      hint: 'give smaller numbers to --processes or --workers',
    });
    assert.equal(refused({ flags: { workers: '64', processes: '5' } }).code, 'ERR_USAGE');
    assert.deepEqual(refused({ flags: { workers: '64' }, content: { bench: { processes: 64 } } }), {
      code: 'ERR_USAGE',
      message: '--workers: 64 processes of 64 workers are 4096 threads, more than 256',
      hint: 'give smaller numbers to --processes or --workers',
    });
    assert.equal(refused({ content: { bench: { processes: 64 } } }).code, 'ERR_CONFIG');
    assert.deepEqual(config({ flags: { processes: '32', workers: '8' } }).processes, [32]);
  });

  test('is at most 1,000 trials; a list of batch sizes counts for bulk alone', () => {
    const numbers = (length: number) => Array.from({ length }, (_, index) => index + 1);
    const flags = { strategies: ['None'], processes: numbers(5), workers: numbers(20), load: ['bulk', 'read'] } as const;
    const nine = { ...flags, batchSize: numbers(9) };
    assert.equal(config({ flags: nine }).batchSize.length, 9);
    assert.deepEqual(refused({ flags: { ...nine, batchSize: numbers(10) } }), {
      code: 'ERR_USAGE',
      message: '--workers: 1,100 trials, more than 1,000',
      hint: 'give shorter lists',
    });
    assert.equal(refused({ content: { bench: { ...nine, strategies: ['None', 'RFileLock'] } } }).code, 'ERR_CONFIG');
  });
});

describe('the documentation', () => {
  const guide = readFileSync(join(root, 'docs/bench.md'), 'utf8');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');

  test('names every flag and every load in the guide', () => {
    const rows = guide.split('\n').filter((line) => line.startsWith('| `--'));
    for (const key of benchKeys) {
      const row = rows.find((line) => line.includes(`\`--${flagOf(key)}\``));
      assert.ok(row, `--${flagOf(key)}`);
      assert.ok(flagOf(key) === key || row.includes(`\`${key}\``), `${key} in ${row}`);
      const spec: OptionSpec = benchOptions[key];
      const isDerived = typeof spec.default === 'object' && 'of' in spec.default;
      const value = defaultText(spec);
      if (value !== undefined && !isDerived) assert.ok(row.includes(`| ${value} `) || row.includes(`| \`${value}\` `), row);
    }
    for (const load of benchOptions.load.choices) assert.ok(guide.includes(`| \`${load}\` `), load);
  });

  test('sends the reader of the README there', () => {
    for (const words of ['## Which strategy is fast here?', 'kosh-ingest bench', '(docs/bench.md)', '`bench`']) {
      assert.ok(readme.includes(words), words);
    }
  });
});
