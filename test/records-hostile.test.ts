import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRecord } from '../src/records/parse.js';
import { rowsOf } from '../src/records/rows.js';
import type { Problem } from '../src/records/types.js';
import { mapText, problemsOf } from './support/documents.js';

/** A record whose member has this text, as a reader that only splits would hand it over. */
function problemOf(key: string, text: string): Problem {
  const parsed = parseRecord(
    new Map([
      ['id', '"x"'],
      ['type', '"t"'],
      [key, text],
    ]),
    () => 'x',
  );
  assert.ok(!parsed.ok, text.slice(0, 100));
  assert.equal(parsed.problems.length, 1, JSON.stringify(parsed.problems));
  return parsed.problems[0] as Problem;
}

describe('text that is not JSON', () => {
  const cases: [text: string, pointer: string, offset: number, found: string][] = [
    ['{"m":{"value":NaN}}', '/data/m/value', 14, 'NaN'],
    ['{"m":{"value":[1,-Infinity]}}', '/data/m/value/1', 17, '-Infinity'],
    ['{"m":{"value":01}}', '/data/m/value', 15, '1'],
    ['{"m":{"value":"a}}', '/data/m/value', 14, '"a}}'],
    ['{"m":{"value":1,}}', '/data/m', 16, '}'],
    ['{"m":{"value":tru}}', '/data/m/value', 14, 'tru'],
    ['{"m":', '/data/m', 5, 'the end of the text'],
    ['', '/data', 0, 'the end of the text'],
    ['{} {}', '/data', 3, '{'],
    ['{},"id":"y"', '/data', 2, ','],
  ];
  for (const [text, pointer, offset, found] of cases) {
    test(JSON.stringify(text), () => {
      const problem = problemOf('data', text);
      assert.deepEqual([problem.code, problem.pointer, problem.found], ['ERR_NOT_JSON', pointer, found]);
      assert.match(problem.message, new RegExp(`at character ${offset} of /data`));
    });
  }

  test('NaN and Infinity are named', () => {
    assert.match(problemOf('extra', '[NaN]').message, /NaN is no JSON number/);
    assert.match(problemOf('user_defined', '{"a":-Infinity}').message, /-Infinity is no JSON number/);
  });

  test('every member is read, also those that are only kept', () => {
    for (const key of ['id', 'type', 'data', 'curve_sets', 'library_data', 'files', 'user_defined', 'application', 'extra']) {
      assert.equal(problemOf(key, '{"a":}').code, 'ERR_NOT_JSON', key);
    }
  });
});

describe('JSON that the readers of Sina refuse', () => {
  const anywhere = ['data', 'user_defined', 'extra'];

  test('numbers that are not finite', () => {
    const long = '9'.repeat(400);
    for (const number of ['1e400', '-1E+309', '123456e0399', long, `-${long}.5`, `${'9'.repeat(250)}e99`]) {
      for (const key of anywhere) {
        const problem = problemOf(key, `{"pad":{"value":"${'x'.repeat(77)}"},"m":{"value":1,"n":[0,${number}]}}`);
        assert.deepEqual([problem.code, problem.pointer], ['ERR_RECORD', `/${key}/m/n/1`], number);
      }
    }
  });

  test('half a surrogate pair in a value or a key', () => {
    for (const half of ['\\ud800', '\\uDC00', '\\ud83d\\u0041', '\\ude00\\ud83d', '\\\\\\ud800']) {
      for (const key of anywhere) {
        assert.equal(problemOf(key, `{"m":{"value":"a${half}b"}}`).pointer, `/${key}/m/value`, half);
        assert.match(problemOf(key, `{"m":{"value":1,"${half}":1}}`).pointer, /\/m\//);
      }
    }
    assert.equal(problemOf('type', '"\\ud800"').pointer, '/type');
    assert.equal(problemsOf('{"id":"x","type":"t","\\ud800":1}').length, 1);
  });

  test('what only looks like them passes', () => {
    const text = `{"v":["1e400 \\\\ud800 \\ud83d\\ude00","${'7'.repeat(400)}",1e100,1e-400,1.${'3'.repeat(400)}]}`;
    const mapped = mapText(`{"id":"x","type":"t","user_defined":${text}}`);
    assert.ok(mapped.ok, JSON.stringify(mapped));
    assert.ok(String(mapped.rows.record?.[2]).endsWith(`"user_defined":${text}}`));
  });
});

describe('nesting', () => {
  const nested = (levels: number) => `${'{"l":{"library_data":'.repeat(levels)}{}${'}}'.repeat(levels)}`;

  test('252 levels pass, more are refused', () => {
    const list = (levels: number) => `{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)}}`;
    const pad = `"pad":["${'[{'.repeat(300)}"]`;
    assert.ok(mapText(`{"id":"x","type":"t","user_defined":${list(252)},${pad}}`).ok);
    assert.equal(problemOf('user_defined', list(253)).found, 'more than 252 levels');
    assert.ok(mapText(`{"id":"x","type":"t","library_data":${nested(125)}}`).ok);
    assert.equal(problemOf('library_data', nested(127)).pointer, '/library_data');
  });

  test('100,000 levels are refused in every place', () => {
    const lists = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const key of ['id', 'type', 'data', 'curve_sets', 'library_data', 'files', 'user_defined', 'extra']) {
      for (const text of [lists, '['.repeat(100_000), nested(50_000), `{"a":{"value":${lists}}}`]) {
        assert.match(problemOf(key, text).found ?? '', /more than 252 levels/, key);
      }
    }
  });

  test('brackets that do not match do not overflow the stack either', () => {
    for (const text of ['[},'.repeat(1_000_000), '[}'.repeat(100_000), '{"a":]'.repeat(100_000)]) {
      assert.match(problemOf('extra', text).message, /^not valid JSON at character [15] of \/extra$/);
    }
  });
});

/** A generator with a seed (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test('whatever the members hold, there are rows or problems, and nothing is thrown', () => {
  const next = random(20_240_601);
  const pick = <T>(items: readonly T[]) => items[Math.floor(next() * items.length)] as T;
  const keys = [
    'id',
    'type',
    'data',
    'curve_sets',
    'library_data',
    'files',
    'user_defined',
    'value',
    'units',
    'tags',
    '__proto__',
    'l',
    '10',
  ];
  const sides = ['independent', 'dependent', 'mimetype', 'local_id', 'application', 'constructor'];
  const value = (depth: number): unknown => {
    const simple = [0, -1.5, 1e300, '', 'a', 'run', true, false, null, [], {}];
    if (depth === 0 || next() < 0.3) return pick(simple);
    if (next() < 0.3) return Array.from({ length: 3 }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: 4 }, () => [pick([...keys, ...sides]), value(depth - 1)]));
  };
  let accepted = 0;
  for (let n = 0; n < 1500; n++) {
    const members = new Map([
      ['id', '"x"'],
      ['type', '"t"'],
    ]);
    for (let k = 0; k < 3; k++) members.set(pick([...keys, ...sides]), JSON.stringify(value(4)));
    const parsed = parseRecord(members, () => 'x');
    const mapped = parsed.ok ? rowsOf(parsed.record) : parsed;
    if (!mapped.ok) assert.ok(mapped.problems.length > 0 && mapped.problems.every(({ found, expected }) => found && expected));
    else accepted++;
    if (parsed.ok) assert.equal(typeof JSON.parse(parsed.record.raw), 'object');
  }
  assert.ok(accepted > 150 && accepted < 1350, `${accepted} of 1500 accepted`);
  assert.equal(({} as Record<string, unknown>).value, undefined);
});
