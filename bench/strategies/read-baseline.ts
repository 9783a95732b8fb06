import { readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, IngestError, messageOf } from '../../src/errors.js';
import { syntaxFault } from '../../src/records/json-syntax.js';
import { describe, isObject } from '../../src/records/problems.js';
import { type BenchResults, resultsFormat } from './results.js';

/** A text can hardly be longer, and no bench writes as much. */
const mostBytes = 512 * 1024 * 1024;

/** The place of a fault in a text that is longer is not looked for: that would take as long as many rounds. */
const mostSearched = 32 * 1024 * 1024;

const ownHint = 'Give the results.json that an earlier kosh-ingest bench wrote into its --out folder.';

type Refuse = (problem: string, hint?: string, cause?: unknown) => IngestError;

/**
 * Reads the results of an earlier run. What a comparison uses has been checked, the rest has not.
 *
 * @throws IngestError `ERR_USAGE`: there is no such file, it cannot be read, is not JSON, not from this bench, from a newer version, or without figures
 */
export function readBaseline(path: string): BenchResults {
  const refuse: Refuse = (problem, hint = ownHint, cause) =>
    new IngestError('ERR_USAGE', `the baseline ${path} ${problem}`, { hint, ...(cause === undefined ? {} : { cause }) });
  const results = parse(textOf(path, refuse), refuse);
  if (!isObject(results) || results.format !== resultsFormat.format) {
    throw refuse('is JSON, but not the results of kosh-ingest bench');
  }
  const { version } = results;
  if (typeof version === 'number' && version > resultsFormat.version) {
    throw refuse(
      `has version ${version} of the format, this kosh-ingest knows ${resultsFormat.version}`,
      'Compare with the kosh-ingest that wrote it or a newer one, or measure a new baseline.',
    );
  }
  const shape = { ...resultsShape, version: one(resultsFormat.version) };
  const problem = object(shape)(results, '');
  if (problem) throw refuse(`is damaged: ${problem}`, 'Measure a new baseline.');
  const checked = results as unknown as BenchResults;
  if (!checked.trials.some(({ faults, runs }) => faults.length === 0 && runs.length > 0)) {
    throw refuse('has no trial that was measured without a fault', 'Measure a new baseline.');
  }
  return checked;
}

function textOf(path: string, refuse: Refuse): string {
  let info: Stats;
  let text: string;
  try {
    info = statSync(path);
    if (info.isDirectory()) throw refuse('is a directory', `Give the file in it: ${join(path, 'results.json')}`);
    if (!info.isFile()) throw refuse('is not a file');
    if (info.size > mostBytes) throw refuse(`is larger than ${mostBytes / 2 ** 20} MB: no results of a bench are`);
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof IngestError) throw error;
    if (codeOf(error) === 'ENOENT') throw refuse('does not exist', ownHint, error);
    throw refuse(`cannot be read: ${messageOf(error)}`, 'Check the path and its permissions.', error);
  }
  if (text.trim() === '') throw refuse('is empty');
  return text;
}

function parse(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.length > mostSearched) throw refuse('is not JSON', ownHint, error);
    const { offset, expected, found } = syntaxFault(text);
    const before = text.slice(0, offset).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    if (/^\s*[[{]/.test(text) && text.slice(offset).trim() === '') {
      throw refuse(`is cut off at ${place}`, 'Copy it again, or measure a new baseline.', error);
    }
    throw refuse(`is not JSON at ${place}: expected ${expected}, found ${found}`, ownHint, error);
  }
}

/** Undefined, or what is wrong with a value at a place. */
type Check = (value: unknown, place: string) => string | undefined;

function of(expected: string, isRight: (value: unknown) => boolean): Check {
  return (value, place) => (isRight(value) ? undefined : `${place}: expected ${expected}, found ${describe(value)}`);
}

function one(expected: unknown): Check {
  return of(`${expected}`, (value) => value === expected);
}

function object(checks: Readonly<Record<string, Check>>): Check {
  return (value, place) => {
    if (!isObject(value)) return `${place}: expected an object, found ${describe(value)}`;
    for (const [key, check] of Object.entries(checks)) {
      const problem = check(value[key], place === '' ? key : `${place}.${key}`);
      if (problem) return problem;
    }
    return undefined;
  };
}

function list(check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place}: expected a list, found ${describe(value)}`;
    for (const [i, item] of value.entries()) {
      const problem = check(item, `${place}[${i}]`);
      if (problem) return problem;
    }
    return undefined;
  };
}

// It is shown on the terminal: nothing in it may move the cursor.
const text = of('a text in one line', (value) => typeof value === 'string' && !/\p{Cc}/u.test(value));
const textOrNull: Check = (value, place) => (value === null ? undefined : text(value, place));
const number = of('a number', Number.isFinite);
/** NaN and Infinity are null in JSON. */
const figure: Check = (value, place) => (value === null ? undefined : number(value, place));
const count = of('a whole number above 0', (value) => Number.isSafeInteger(value) && (value as number) > 0);
const truth = of('true or false', (value) => typeof value === 'boolean');

const size: Check = (value, place) =>
  object(
    isObject(value) && 'records' in value
      ? { records: number }
      : isObject(value) && 'job' in value
        ? { job: text }
        : { seconds: number },
  )(value, place);

const versions: Check = (value, place) => {
  if (!isObject(value)) return object({})(value, place);
  return list(text)(Object.entries(value).flat(), place);
};

/** What a comparison uses. */
const resultsShape: Readonly<Record<string, Check>> = {
  commandLine: text,
  interrupted: truth,
  rounds: number,
  size,
  attributes: number,
  environment: object({
    ...Object.fromEntries(['cpu', 'system', 'node', 'fileSystem', 'date', 'engine', 'engineVersion'].map((key) => [key, text])),
    ...Object.fromEntries(['cores', 'memoryBytes', 'syncMs'].map((key) => [key, number])),
    ...Object.fromEntries(['journalMode', 'synchronous'].map((key) => [key, textOrNull])),
    versions,
  }),
  floors: list(object({ load: text, batchSize: count, rates: list(figure) })),
  trials: list(
    object({
      ...Object.fromEntries(['id', 'strategy', 'load', 'unit'].map((key) => [key, text])),
      ...Object.fromEntries(['processes', 'workers', 'batchSize'].map((key) => [key, count])),
      faults: list(of('a text', (value) => typeof value === 'string')),
      runs: list(object({ round: count, rate: figure })),
    }),
  ),
};
