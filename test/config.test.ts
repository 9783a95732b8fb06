import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nearest } from '../src/config/did-you-mean.js';
import { type CommandConfig, type ConfigLayers, loadConfig } from '../src/config/load-config.js';
import { loadDefaults } from '../src/config/load-options.js';
import type { OptionSpec } from '../src/config/option-spec.js';
import { flagOf } from '../src/config/option-spec.js';
import { type OptionKey, optionKeys, specOf, variableOf } from '../src/config/options.js';
import { configSchema } from '../src/config/schema.js';
import { IngestError } from '../src/errors.js';

const directory = mkdtempSync(join(tmpdir(), 'kosh-ingest-config-'));
after(() => rmSync(directory, { recursive: true }));

const root = join(createRequire(import.meta.url).resolve('kosh-ingest/package.json'), '..');

/** Writes `c.json`, as text or as a value. */
function write(content: unknown): string {
  writeFileSync(join(directory, 'c.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return 'c.json';
}

function config(layers: Omit<ConfigLayers, 'file' | 'directory'> & { readonly content?: unknown }) {
  const { content, ...rest } = layers;
  return loadConfig({ directory, ...rest, file: content === undefined ? undefined : write(content) });
}

function failure(layers: Parameters<typeof config>[0]): IngestError {
  try {
    config(layers);
  } catch (error) {
    assert.ok(error instanceof IngestError, `not an IngestError: ${String(error)}`);
    return error;
  }
  return assert.fail(`accepted: ${JSON.stringify(layers)}`);
}

/** A value that the option refuses, as JSON and as text; undefined when every text is accepted. */
function refused(spec: OptionSpec): { readonly value: unknown; readonly text: string | undefined } {
  switch (spec.type) {
    case 'integer':
    case 'number':
      return { value: spec.max + 1, text: String(spec.min - 1) };
    case 'integers':
      return { value: [spec.max + 1], text: String(spec.min - 1) };
    case 'choice':
    case 'choices':
      return { value: 'rfilelok', text: 'rfilelok' };
    case 'boolean':
      return { value: 'true', text: 'maybe' };
    case 'path':
      return { value: '', text: ' ' };
    case 'paths':
      return { value: 'a.json', text: ' ' };
    case 'string':
      return { value: 1, text: spec.form ? 'no such form' : undefined };
  }
}

/** A valid text for each option, different from its default, and its value. */
const samples: { readonly [K in OptionKey]: readonly [text: string, value: unknown] } = {
  store: ['other.sqlite', 'other.sqlite'],
  inputs: [`a.json${delimiter}b c.json`, ['a.json', 'b c.json']],
  format: ['csv', 'csv'],
  delimiter: ['%', '%'],
  idColumn: ['run', 'run'],
  ensembleColumn: ['study', 'study'],
  watch: ['results', 'results'],
  shard: ['2/8', { index: 2, count: 8 }],
  ensembles: ['3', 3],
  datasets: ['0', 0],
  attributes: ['4', 4],
  prefix: ['p_', 'p_'],
  lockStrategy: ['OnlyRetry', 'OnlyRetry'],
  numTries: ['5', 5],
  patience: ['0.25', 0.25],
  lockPath: ['~/lock', '~/lock'],
  timeout: ['1e3', 1000],
  deadline: ['60', 60],
  flock: ['true', true],
  workers: ['7', 7],
  spread: ['true', true],
  batchSize: ['100000', 100_000],
  ifExists: ['merge', 'merge'],
  restart: ['true', true],
  dryRun: ['true', true],
  verify: ['true', true],
  rejects: ['r.jsonl', 'r.jsonl'],
  fromRejects: ['r.jsonl', 'r.jsonl'],
  onError: ['stop', 'stop'],
  maxErrors: ['1%', { share: 0.01 }],
  quiet: ['true', true],
  verbose: ['true', true],
  logFile: ['load.log', 'load.log'],
  json: ['true', true],
};

test('the defaults are those of the notebook, of Kosh and of the machine', () => {
  assert.deepEqual(config({ flags: { store: 's.sqlite' } }), {
    store: 's.sqlite',
    ...loadDefaults,
    quiet: false,
    verbose: false,
    logFile: undefined,
    ensembles: 10,
    datasets: 10,
    attributes: 10,
    prefix: '',
    lockStrategy: 'RFileLock',
    numTries: 10,
    patience: 1,
    lockPath: '~/.kosh.lock',
    timeout: 3600,
    deadline: Number.POSITIVE_INFINITY,
    flock: false,
    workers: Math.max(2, Math.min(4, availableParallelism())),
    spread: false,
    batchSize: 2000,
    dryRun: false,
    rejects: 's.sqlite.rejects.jsonl',
    json: false,
  });
});

test('under None there is one worker unless more are asked for', () => {
  assert.equal(config({ flags: { store: 's', lockStrategy: 'None' } }).workers, 1);
  assert.equal(config({ flags: { store: 's', lockStrategy: 'None', workers: '2' } }).workers, 2);
});

for (const key of optionKeys) {
  describe(key, () => {
    const [text, value] = samples[key];
    const store = key === 'store' ? {} : { store: 's' };

    test('is taken from a flag, a variable and the file', () => {
      const flag = key === 'inputs' ? value : text;
      assert.deepEqual(config({ flags: { ...store, [key]: flag } })[key], value);
      assert.deepEqual(config({ flags: store, env: { [variableOf(key)]: text } })[key], value);
      // What is read out of a text is written as one in the file, too.
      const inFile = typeof value === 'object' && !Array.isArray(value) ? text : value;
      assert.deepEqual(config({ flags: store, content: { [key]: inFile } })[key], value);
    });

    test('a bad value names its source, what is expected and what was found', () => {
      const bad = refused(specOf(key));
      const file = failure({ flags: store, content: { [key]: bad.value } });
      assert.match(file.message, new RegExp(`^c\\.json: ${key}: expected .+, found .+`));
      assert.equal(file.code, 'ERR_CONFIG');
      assert.ok(file.hint);
      if (bad.text === undefined) return;

      const variable = failure({ flags: store, env: { [variableOf(key)]: bad.text } });
      assert.match(variable.message, new RegExp(`^${variableOf(key)}: expected .+, found .+`));
      assert.equal(variable.code, 'ERR_CONFIG');

      const flag = failure({ flags: { ...store, [key]: key === 'inputs' ? [bad.text] : bad.text } });
      assert.match(flag.message, new RegExp(`^${key === 'inputs' ? key : `--${flagOf(key)}`}: expected .+, found .+`));
      assert.equal(flag.code, 'ERR_USAGE');
    });
  });
}

describe('precedence', () => {
  test('flags, then variables, then the file, then defaults', () => {
    const content = { store: 'file', workers: 3, numTries: 3 };
    const env = { KOSH_INGEST_WORKERS: '5', KOSH_INGEST_STORE: 'env' };
    const { store, workers, numTries, timeout } = config({ flags: { workers: '6' }, env, content });
    assert.deepEqual({ store, workers, numTries, timeout }, { store: 'env', workers: 6, numTries: 3, timeout: 3600 });
  });

  test('an empty variable is not given, a bad value is refused also where it is overridden', () => {
    assert.equal(config({ flags: { store: 's' }, env: { KOSH_INGEST_WORKERS: '' }, content: { workers: 3 } }).workers, 3);
    const error = failure({ flags: { store: 's', workers: '2' }, content: { workers: 0 } });
    assert.equal(error.message, 'c.json: workers: expected an integer from 1 to 256, found 0');
  });

  test('of documents and a generated job the stronger layer wins', () => {
    const documents = config({ flags: { store: 's', inputs: ['a.json'] }, env: { KOSH_INGEST_DATASETS: '3' } });
    assert.deepEqual([documents.inputs, documents.datasets], [['a.json'], 10]);
    const generated = config({ flags: { store: 's', prefix: 'p' }, content: { inputs: ['a.json'] } });
    assert.deepEqual([generated.inputs, generated.prefix], [[], 'p']);
    assert.deepEqual(config({ flags: { store: 's', inputs: [] }, content: { inputs: ['a.json'] } }).inputs, ['a.json']);
  });

  test('documents and a generated job in one layer are refused', () => {
    const flags = failure({ flags: { store: 's', inputs: ['a.json'], datasets: '3' } });
    assert.equal(flags.code, 'ERR_USAGE');
    assert.match(flags.message, /^--datasets: has no meaning with inputs/);
    const file = failure({ content: { store: 's', inputs: ['a.json'], prefix: 'p' } });
    assert.equal(file.code, 'ERR_CONFIG');
    assert.match(file.message, /^c\.json: prefix: .+ c\.json: inputs/);
  });
});

describe('what has no meaning together', () => {
  const pairs: readonly (readonly [one: Record<string, unknown>, other: Record<string, unknown>, message: RegExp])[] = [
    [{ fromRejects: 'r' }, { inputs: ['a.json'] }, /^inputs: has no meaning with --from-rejects/],
    [{ fromRejects: 'r' }, { datasets: '3' }, /^--datasets: has no meaning with --from-rejects/],
    [{ fromRejects: 'r' }, { watch: 'w' }, /^--watch: has no meaning with --from-rejects/],
    [{ watch: 'w' }, { inputs: ['a.json'] }, /^inputs: has no meaning with --watch/],
    [{ watch: 'w' }, { prefix: 'p' }, /^--prefix: has no meaning with --watch/],
    [{ watch: 'w' }, { shard: '1/2' }, /^--shard: has no meaning with --watch/],
    [{ dryRun: true }, { watch: 'w' }, /^--watch: has no meaning with --dry-run/],
    [{ quiet: true }, { verbose: true }, /^--verbose: has no meaning with --quiet/],
  ];

  for (const [one, other, message] of pairs) {
    const keys = [...Object.keys(one), ...Object.keys(other)].join(' and ');
    test(`${keys} is refused in one layer; the stronger of two layers wins`, () => {
      const error = failure({ flags: { store: 's', ...one, ...other } });
      assert.deepEqual([error.code, error.hint], ['ERR_USAGE', 'leave one of the two out']);
      assert.match(error.message, message);
      const [key] = Object.keys(one) as [keyof CommandConfig];
      const content = Object.fromEntries(Object.entries(other).map(([name, value]) => [name, name === 'datasets' ? 3 : value]));
      const won = config({ flags: { store: 's', ...one }, content });
      assert.deepEqual(won[key], config({ flags: { store: 's', ...one } })[key]);
      const [otherKey] = Object.keys(other) as [keyof CommandConfig];
      assert.deepEqual(won[otherKey], config({ flags: { store: 's' } })[otherKey]);
    });
  }

  test('a rejects file of the configuration yields to inputs of the command line; no trial and quiet are nothing to exclude', () => {
    const { fromRejects, inputs } = config({ flags: { store: 's', inputs: ['a.json'] }, content: { fromRejects: 'r' } });
    assert.deepEqual([fromRejects, inputs], [undefined, ['a.json']]);
    assert.equal(config({ flags: { store: 's', dryRun: false, watch: 'w' } }).watch, 'w');
  });
});

describe('the file', () => {
  test('ingest.config.json is read when it is there; one that is asked for must be', () => {
    const file = join(directory, 'ingest.config.json');
    writeFileSync(file, '\uFEFF{ "$schema": "x", "store": "default.sqlite" }');
    assert.equal(loadConfig({ directory }).store, 'default.sqlite');
    assert.equal(loadConfig({ directory, file: write({ store: 'named.sqlite' }) }).store, 'named.sqlite');
    rmSync(file);
    assert.throws(() => loadConfig({ directory }), { code: 'ERR_USAGE', message: /^store: missing/ });
    assert.throws(() => loadConfig({ directory, file: 'none.json' }), { code: 'ERR_CONFIG', message: 'none.json: no such file' });
    assert.throws(() => loadConfig({ directory, file: '.' }), { code: 'ERR_CONFIG', message: /cannot be read: EISDIR/ });
  });

  for (const [content, message] of [
    ['{\n  "store": "s",\n  // why\n  "workers": 2\n}', 'c.json:3:3: expected a value: JSON has no comments, found //'],
    ['{ /* why */ "store": "s" }', 'c.json:1:3: expected a value: JSON has no comments, found /*'],
    ['{\n  "store": "s",\n}', 'c.json:3:1: expected a key in double quotes, found }'],
    ['{ "store" "s" }', `c.json:1:11: expected ':', found "s"`],
    ['{ "store": "s', 'c.json:1:12: expected a closing quote, found "s'],
    ['{ "store": s }', 'c.json:1:12: expected text in double quotes, a number, true, false or null, found s'],
    ['{ "store": "s" } x', 'c.json:1:18: expected text in double quotes, a number, true, false or null, found x'],
    ['{ "store": "s" } {}', 'c.json:1:18: expected the end of the value, found {'],
    ['{ store: "s" }', 'c.json:1:3: expected text in double quotes, a number, true, false or null, found store'],
    ['{ "workers": 01 }', "c.json:1:15: expected ',' or the end of the list or object, found 1"],
    ['', 'c.json:1:1: expected a value, found the end of the text'],
    ['["store"]', 'c.json: expected a JSON object'],
    ['null', 'c.json: expected a JSON object'],
  ] as const) {
    test(`${JSON.stringify(content)} is refused`, () => {
      const error = failure({ content });
      assert.equal(error.message, message);
      assert.equal(error.code, 'ERR_CONFIG');
    });
  }

  test('a number in quotes: the hint says so', () => {
    const error = failure({ content: { store: 's', workers: '2' } });
    assert.equal(error.message, 'c.json: workers: expected an integer from 1 to 256, found "2"');
    assert.equal(error.hint, 'write it without quotes');
  });
});

describe('names that do not exist', () => {
  test('in the file', () => {
    const error = failure({ content: { store: 's', numtrys: 3 } });
    assert.equal(error.message, 'c.json: numtrys: no such key');
    assert.equal(error.hint, 'did you mean numTries?');
    assert.match(failure({ content: '{ "__proto__": 1 }' }).message, /__proto__: no such key/);
    assert.match(failure({ content: { constructor: 1 } }).hint ?? '', /^known: store, inputs, /);
  });

  test('in the environment, but for KOSH_INGEST_DEBUG', () => {
    const error = failure({ flags: { store: 's' }, env: { KOSH_INGEST_WORKER: '3' } });
    assert.equal(error.message, 'KOSH_INGEST_WORKER: no such variable');
    assert.equal(error.hint, 'did you mean KOSH_INGEST_WORKERS?');
    assert.equal(config({ flags: { store: 's' }, env: { KOSH_INGEST_DEBUG: '1', KOSH: '1' } }).store, 's');
  });

  test('of a strategy', () => {
    assert.equal(failure({ flags: { store: 's', lockStrategy: 'rfilelock' } }).hint, 'did you mean RFileLock?');
  });

  test('the nearest name is offered only when it is near', () => {
    assert.equal(nearest('wrokers', optionKeys), 'workers');
    assert.equal(nearest('batch_size', optionKeys), 'batchSize');
    assert.equal(nearest('frobnicate', optionKeys), undefined);
    assert.equal(nearest('', optionKeys), undefined);
  });
});

describe('the store', () => {
  for (const store of ['mariadb://u:secret@h/d', 'mysql://u:secret@h/d', 'mysql+mysqlconnector://u:secret@h/d']) {
    test(`${store} is refused for its password, which is not shown`, () => {
      const error = failure({ env: { KOSH_INGEST_STORE: store } });
      assert.match(error.message, /^KOSH_INGEST_STORE: a password in a URL can be read by every user/);
      assert.equal(error.code, 'ERR_USAGE');
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
    });
  }

  test('is a database of MariaDB, whose rejects go into a file of its name', () => {
    const url = 'mysql+pymysql://u@h:3307/campaign?read_default_file=~/.my.cnf';
    const { store, rejects } = config({ flags: { store: url } });
    assert.deepEqual([store, rejects], [url, 'campaign.rejects.jsonl']);
    assert.match(failure({ flags: { store: 'mariadb://u@h:0/d' } }).message, /^--store: a port that is not 1 to 65535/);
  });

  test('or a file', () => {
    assert.match(failure({ flags: { store: 'sqlite:///s.sqlite' } }).message, /^--store: .* found a sqlite URL/);
    assert.match(failure({ flags: { store: ':memory:' } }).message, /^--store: an in-memory store/);
  });

  test('~ is the home directory, for the store, the inputs and the rejects', () => {
    const { store, inputs, rejects } = config({ flags: { store: '~/s', inputs: ['~/a.json', 'b~'] } });
    assert.deepEqual(
      [store, inputs, rejects],
      [join(homedir(), 's'), [join(homedir(), 'a.json'), 'b~'], `${join(homedir(), 's')}.rejects.jsonl`],
    );
    assert.equal(config({ flags: { store: 's', rejects: '~/r' } }).rejects, join(homedir(), 'r'));
  });
});

test('ingest.schema.json is made from the table', () => {
  // As text: the order of the keys is part of it.
  assert.equal(
    JSON.stringify(JSON.parse(readFileSync(join(root, 'ingest.schema.json'), 'utf8')), null, 2),
    JSON.stringify(configSchema(), null, 2),
    `write it anew: npx tsx -e 'import("./src/config/schema.ts").then((m) => fs.writeFileSync("ingest.schema.json", JSON.stringify(m.configSchema(), null, 2) + "\\n"))'`,
  );
});

test("the project's ingest.config.json is the notebook's job", () => {
  const { store, inputs, ensembles, datasets, attributes, workers, ...rest } = loadConfig({ directory: root });
  assert.deepEqual(
    { store, inputs, ensembles, datasets, attributes, workers },
    { store: 'threadsafe.sqlite', inputs: [], ensembles: 10, datasets: 10, attributes: 10, workers: 2 },
  );
  assert.deepEqual([rest.lockStrategy, rest.numTries, rest.patience, rest.timeout], ['RFileLock', 10, 1, 3600]);
});
