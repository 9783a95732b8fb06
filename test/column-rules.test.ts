import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemLimit } from '../src/records/problems.js';
import { type InsertName, inserts, type Problem, type Rows, type SqlValue } from '../src/records/types.js';
import { type ColumnFacts, ColumnRules, collationFolds, escapeNonAscii } from '../src/stores/column-rules.js';
import { tables } from '../src/stores/schema.js';

const mebibyte = 2 ** 20;
const emoji = '😀';
/** Half of an emoji. */
const half = '\ud83d';

/** What the server says of the tables of a store in one character set (MariaDB 10.11). */
function factsOf(charset: string, changes: Partial<ColumnFacts> & { of?: string } = {}): ColumnFacts[] {
  const { of, ...change } = changes;
  return tables.flatMap(({ name: table, columns }) =>
    columns.map(({ name: column, type }) => {
      const size = Number(/\d+/.exec(type)?.[0] ?? 65_535);
      const text = (dataType: string, maxCharacters: number, maxBytes: number) => ({
        dataType,
        maxCharacters,
        maxBytes,
        charset,
      });
      let fact: Omit<ColumnFacts, 'table' | 'column'> = {
        dataType: 'double',
        maxCharacters: null,
        maxBytes: null,
        charset: null,
      };
      if (type.startsWith('VARCHAR')) fact = text('varchar', size, size * (charset === 'latin1' ? 1 : 4));
      else if (column === 'raw') fact = text('longtext', 2 ** 32 - 1, 2 ** 32 - 1);
      else if (type === 'TEXT') fact = text('text', size, size);
      return { table, column, ...fact, ...(of === `${table}.${column}` ? change : {}) };
    }),
  );
}

const rulesOf = (charset: string, changes?: Parameters<typeof factsOf>[1], packet = 16 * mebibyte) =>
  new ColumnRules(factsOf(charset, changes), packet);

/** A row of an insert that fits, with some of its columns changed. */
function rowOf(name: InsertName, changes: Record<string, SqlValue> = {}): Rows {
  const usual: Record<string, SqlValue> = {
    value: name.startsWith('scalar') ? 1.5 : 'v',
    min: 1,
    max: 2,
    index: 3,
    name: 'a/b',
    uri: '/x',
  };
  return { [name]: inserts[name].columns.map((column) => changes[column] ?? usual[column] ?? 'i') };
}

/** The one problem of a row. */
function problemOf(rules: ColumnRules, rows: Rows): Problem {
  const problems = rules.problems(rows);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] as Problem;
}

const data = 'the attribute "a/b"';
const list = 'the list or curve "a/b"';

/** Each text of each insert: how many it takes, what a problem calls it, and where it is said to be. A `*` is the text itself. */
const texts: [insert: InsertName, column: string, limit: number, what: string, pointer: string][] = [
  ['record', 'id', 255, 'the id *', '/id'],
  ['record', 'type', 255, 'the type *', '/type'],
  ['scalar', 'id', 255, 'the id *', '/id'],
  ['scalar', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['scalarFull', 'id', 255, 'the id *', '/id'],
  ['scalarFull', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['scalarFull', 'tags', 65_535, `the tags of ${data}`, '/data/a~1b/tags'],
  ['scalarFull', 'units', 255, `the units of ${data}`, '/data/a~1b/units'],
  ['string', 'id', 255, 'the id *', '/id'],
  ['string', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['string', 'value', 15_000, data, '/data/a~1b/value'],
  ['stringFull', 'id', 255, 'the id *', '/id'],
  ['stringFull', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['stringFull', 'value', 15_000, data, '/data/a~1b/value'],
  ['stringFull', 'tags', 65_535, `the tags of ${data}`, '/data/a~1b/tags'],
  ['stringFull', 'units', 255, `the units of ${data}`, '/data/a~1b/units'],
  ['scalarList', 'id', 255, 'the id *', '/id'],
  ['scalarList', 'name', 255, 'the name of the list or curve *', '/data/*'],
  ['scalarListFull', 'id', 255, 'the id *', '/id'],
  ['scalarListFull', 'name', 255, 'the name of the list or curve *', '/data/*'],
  ['scalarListFull', 'tags', 65_535, `the tags of ${list}`, '/data/a~1b/tags'],
  ['scalarListFull', 'units', 255, `the units of ${list}`, '/data/a~1b/units'],
  ['stringList', 'id', 255, 'the id *', '/id'],
  ['stringList', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['stringList', 'tags', 65_535, `the tags of ${data}`, '/data/a~1b/tags'],
  ['stringList', 'units', 255, `the units of ${data}`, '/data/a~1b/units'],
  ['stringListEntry', 'id', 255, 'the id *', '/id'],
  ['stringListEntry', 'name', 255, 'the name of the attribute *', '/data/*'],
  ['stringListEntry', 'value', 15_000, `entry 3 of ${data}`, '/data/a~1b/value/3'],
  ['curveSet', 'name', 255, 'the name of the curve set *', '/curve_sets/*'],
  ['curveSet', 'id', 255, 'the id *', '/id'],
  ['curveSet', 'tags', 65_535, 'the tags of the curve set "a/b"', '/curve_sets/a~1b/tags'],
  ['document', 'id', 255, 'the id *', '/id'],
  ['document', 'uri', 1500, 'the name of the file *', '/files/*'],
  ['document', 'mimetype', 255, 'the mimetype of the file "/x"', '/files/~1x/mimetype'],
  ['document', 'tags', 65_535, 'the tags of the file "/x"', '/files/~1x/tags'],
  ['relationship', 'subject_id', 255, 'the subject *', '/subject'],
  ['relationship', 'object_id', 255, 'the object *', '/object'],
  ['relationship', 'predicate', 255, 'the predicate *', '/predicate'],
];

const codeOf = (name: InsertName) => (name === 'relationship' ? 'ERR_RELATIONSHIP' : 'ERR_RECORD');

describe('each text of each insert', () => {
  test('all of them are in the table', () => {
    const numbers = ['min', 'max', 'index', 'raw'];
    const all = Object.entries(inserts).flatMap(([name, { columns }]) => columns.map((column) => `${name}.${column}`));
    const others = all.filter(
      (title) => !numbers.some((number) => title.endsWith(`.${number}`)) && !/scalar(Full)?\.value/.test(title),
    );
    assert.deepEqual(
      texts.map(([name, column]) => `${name}.${column}`),
      others,
    );
  });

  test('takes its limit, not one more', () => {
    for (const [name, column, limit, what, pointer] of texts) {
      const unit = column === 'tags' ? 'bytes' : 'characters';
      const size = `${(limit + 1).toLocaleString('en-US')} ${unit}`;
      const long = 'x'.repeat(limit + 1);
      for (const charset of ['latin1', 'utf8mb4', 'utf8mb3', 'koi8r']) {
        const rules = rulesOf(charset);
        assert.deepEqual(rules.problems(rowOf(name, { [column]: long.slice(1) })), []);
        assert.deepEqual(problemOf(rules, rowOf(name, { [column]: long })), {
          code: codeOf(name),
          pointer: pointer.replace('*', long),
          message: `${what.replace('*', `"${'x'.repeat(40)}…"`)} has ${size}, more than the store takes`,
          found: `text of ${size}`,
          expected: `at most ${limit.toLocaleString('en-US')} ${unit}`,
        });
      }
    }
  });

  test('is counted in characters, tags in bytes of their character set', () => {
    for (const [name, column, limit] of texts) {
      const fits = (charset: string, character: string, bytes: number) => {
        const most = column === 'tags' ? Math.floor(limit / bytes) : limit;
        const problems = (count: number) => rulesOf(charset).problems(rowOf(name, { [column]: character.repeat(count) }));
        assert.deepEqual([problems(most).length, problems(most + 1).length], [0, 1], `${name}.${column} ${charset} ${character}`);
      };
      fits('utf8mb4', emoji, 4);
      fits('utf8mb4', '€', 3);
      fits('utf8mb3', 'ж', 2);
      fits('latin1', '€', 1);
    }
  });

  test('names the character that it cannot keep', () => {
    for (const [name, column, , what, pointer] of texts) {
      const title = `${inserts[name].table}.${column} (latin1)`;
      assert.deepEqual(problemOf(rulesOf('latin1'), rowOf(name, { [column]: 'aжb' })), {
        code: codeOf(name),
        pointer: pointer.replace('*', 'aжb'),
        message: `${what.replace('*', '"aжb"')} has a character that the store's column ${title} cannot keep: "ж" (U+0436)`,
        found: '"ж" (U+0436)',
        expected: 'characters of latin1',
      });
    }
  });
});

/** Characters that a column of a character set keeps, and some that it does not. */
const characters: [charset: string | null, kept: string[], others: string[]][] = [
  ['utf8mb4', ['\0', 'é', '€', 'ж', '日', '\uffff', emoji, '\u{10ffff}'], []],
  ['utf8mb3', ['\0', 'é', '€', 'ж', '日', '\ud7ff', '\ue000', '\uffff'], ['\u{10000}', emoji, '\u{10ffff}']],
  ['utf8', ['日'], [emoji]],
  ['ascii', ['\0', '\x7f'], ['\x80', 'é', '€', emoji]],
  [
    'latin1',
    [...'\0\x7f\xa0éÿ€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ', '\x81', '\x8d', '\x8f', '\x90', '\x9d'],
    [...'\x80\x82\x8e\x9e\x9fĀżſжˇ日\uffff', emoji],
  ],
  ['koi8r', ['é', 'ж', emoji], []],
  [null, ['é', 'ж', emoji], []],
];

describe('characters', () => {
  for (const [charset, kept, others] of characters) {
    const rules = rulesOf('utf8mb4', { of: 'StringData.value', charset });
    const problems = (text: string) => rules.problems(rowOf('string', { value: text }));
    test(`of ${charset}`, () => {
      for (const character of kept) assert.deepEqual(problems(`a${character}`), [], JSON.stringify(character));
      for (const character of others) assert.equal(problems(`a${character}`).length, 1, JSON.stringify(character));
    });
    test(`half of a surrogate pair is none of ${charset}`, () => {
      for (const text of [half, `${half}a`, emoji[1] as string, `a${half}`, `${half}${half}${emoji[1]}`]) {
        const { message, found, expected } = problemOf(rules, rowOf('string', { value: text }));
        assert.match(message, /^the attribute "a\/b" has half of a surrogate pair, which is no character: U\+D(83D|E00)$/);
        assert.ok(found?.startsWith('U+D') && expected === 'surrogates in pairs');
      }
    });
  }

  test('that cannot be seen are not shown', () => {
    const found = ['\x9b', '\u200b', '\u2028', '\ufeff'].map(
      (value) => problemOf(rulesOf('latin1'), rowOf('string', { value })).found,
    );
    assert.deepEqual(found, ['U+009B', 'U+200B', 'U+2028', 'U+FEFF']);
  });

  test('and length are two problems', () => {
    const problems = rulesOf('latin1').problems(rowOf('string', { value: 'ж'.repeat(15_001) }));
    assert.deepEqual(
      problems.map(({ expected }) => expected),
      ['at most 15,000 characters', 'characters of latin1'],
    );
  });
});

test('binary columns count bytes of UTF-8', () => {
  const varbinary = { dataType: 'varbinary', maxCharacters: 10, maxBytes: 10, charset: null };
  const rules = rulesOf('utf8mb4', { of: 'StringData.value', ...varbinary });
  assert.deepEqual(rules.problems(rowOf('string', { value: 'ж'.repeat(5) })), []);
  assert.equal(problemOf(rules, rowOf('string', { value: `${'ж'.repeat(5)}a` })).found, 'text of 11 bytes');
});

test('a number must be finite', () => {
  const numbers: [InsertName, string, string][] = [
    ['scalar', 'value', '/data/a~1b/value'],
    ['scalarFull', 'value', '/data/a~1b/value'],
    ['scalarList', 'min', '/data/a~1b'],
    ['scalarList', 'max', '/data/a~1b'],
    ['scalarListFull', 'min', '/data/a~1b'],
    ['scalarListFull', 'max', '/data/a~1b'],
  ];
  const rules = rulesOf('latin1');
  for (const [name, column, pointer] of numbers) {
    for (const value of [Number.MAX_VALUE, -Number.MIN_VALUE, -0])
      assert.deepEqual(rules.problems(rowOf(name, { [column]: value })), []);
    for (const value of [Number('1e400'), Number('-1e400'), Number.NaN]) {
      const problem = problemOf(rules, rowOf(name, { [column]: value }));
      assert.equal(problem.pointer, pointer);
      assert.deepEqual([problem.found, problem.expected], [`number ${value}`, 'a finite number']);
      assert.match(
        problem.message,
        /^the (attribute|list or curve) "a\/b" has the number (-?Infinity|NaN), which no column keeps$/,
      );
    }
  }
});

describe('raw', () => {
  const record = (raw: string): Rows => ({ record: ['i', 't', raw] });

  test('is escaped unless its column is of utf8mb4', () => {
    for (const charset of ['latin1', 'ascii', 'utf8mb3', 'koi8r', 'utf16']) {
      assert.ok(rulesOf(charset).rawIsEscaped);
      assert.deepEqual(rulesOf(charset).problems(record(`{"a":"ж${emoji}${half}"}`)), []);
    }
    assert.ok(new ColumnRules([], mebibyte).rawIsEscaped);
    assert.ok(rulesOf('utf8mb4', { of: 'Record.raw', charset: null, dataType: 'longblob' }).rawIsEscaped);
    assert.ok(!rulesOf('utf8mb4').rawIsEscaped);
    assert.ok(!rulesOf('latin1', { of: 'Record.raw', charset: 'utf8mb4' }).rawIsEscaped);
    assert.deepEqual(rulesOf('utf8mb4').problems(record(`{"a":"ж${emoji}"}`)), []);
    const { pointer, message } = problemOf(rulesOf('utf8mb4'), record(`{"a":"${half}"}`));
    assert.deepEqual([pointer, message], ['', 'the record has half of a surrogate pair, which is no character: U+D83D']);
  });

  test('is measured as it is written', () => {
    const limits: [charset: string, character: string, bytes: number][] = [
      ['latin1', 'x', 1],
      ['latin1', 'é', 6],
      ['latin1', emoji, 12],
      ['utf8mb4', 'x', 1],
      ['utf8mb4', 'é', 2],
      ['utf8mb4', emoji, 4],
    ];
    for (const [charset, character, bytes] of limits) {
      const rules = rulesOf(charset, { of: 'Record.raw', dataType: 'text', maxBytes: 65_535, maxCharacters: 65_535 });
      const most = Math.floor(65_535 / bytes);
      assert.deepEqual(rules.problems(record(character.repeat(most))), []);
      const problem = problemOf(rules, record(character.repeat(most + 1)));
      const size = `${((most + 1) * bytes).toLocaleString('en-US')} bytes`;
      assert.deepEqual(problem, {
        code: 'ERR_RECORD',
        pointer: '',
        message: `the record has ${size}, more than the store takes`,
        found: `text of ${size}`,
        expected: 'at most 65,535 bytes',
      });
    }
  });

  test('fits the packet with what is escaped', () => {
    const sizes: [charset: string, character: string, bytes: number][] = [
      ['latin1', 'x', 1],
      ['latin1', "'", 2],
      ['latin1', '"', 2],
      ['latin1', '\\', 2],
      ['latin1', '\0', 2],
      ['latin1', 'é', 7],
      ['latin1', emoji, 14],
      ['utf8mb4', "'", 2],
      ['utf8mb4', '€', 3],
      ['utf8mb4', emoji, 4],
    ];
    for (const [charset, character, bytes] of sizes) {
      const rules = rulesOf(charset, {}, 1.5 * mebibyte);
      // Beside the raw: its id and type of a letter each, and 1 KiB.
      const most = Math.floor((1.5 * mebibyte - 1024 - 2) / bytes);
      assert.deepEqual(rules.problems(record(character.repeat(most))), [], character);
      const problem = problemOf(rules, record(character.repeat(most + 1)));
      const size = `${((most + 1) * bytes + 1026).toLocaleString('en-US')} bytes`;
      assert.deepEqual(problem, {
        code: 'ERR_RECORD',
        pointer: '',
        message: `the record has ${size}, more than the server takes at once: its max_allowed_packet is 1.5 MiB`,
        found: size,
        expected: 'at most 1,572,864 bytes',
      });
    }
  });
});

test('any row fits the packet', () => {
  const rules = rulesOf('utf8mb4', { of: 'StringData.tags', maxBytes: 2 ** 32 - 1 }, mebibyte);
  const { pointer, message } = problemOf(rules, rowOf('stringFull', { tags: 'x'.repeat(mebibyte) }));
  assert.equal(pointer, '/data/a~1b');
  assert.match(message, /^the attribute "a\/b" has 1,049,\d{3} bytes, .* max_allowed_packet is 1 MiB$/);
});

test('texts that fit one by one need not fit a packet together', () => {
  const text = '€'.repeat(mebibyte / 8);
  const rules = new ColumnRules([], mebibyte);
  assert.deepEqual(rules.problems(rowOf('stringFull', { value: text, tags: text })), []);
  assert.equal(rules.problems(rowOf('stringFull', { value: text, tags: text, units: text })).length, 1);
});

test('what is too long for its column is not said to be too long for the packet', () => {
  const { expected } = problemOf(rulesOf('latin1', {}, mebibyte), rowOf('string', { value: 'x'.repeat(2 * mebibyte) }));
  assert.equal(expected, 'at most 15,000 characters');
});

test('every row is looked at', () => {
  const rules = rulesOf('latin1');
  const rows = { string: ['i', 'a', 'fine', 'i', 'b', 'fine', 'i', 'c', 'ж'], scalar: ['i', 'd', 1, 'i', 'e', Number('1e400')] };
  assert.deepEqual(
    rules.problems(rows).map(({ pointer }) => pointer),
    ['/data/c/value', '/data/e/value'],
  );
});

test('what is wrong with a value in many rows is said once, and not more than a few', () => {
  const rules = rulesOf('latin1');
  const id = 'ж'.repeat(300);
  const entry = (n: number, value: string): SqlValue[] => [id, 'жé', n, value];
  const rows: Rows = {
    record: [id, 't', '{}'],
    stringList: [id, 'жé', null, null],
    stringListEntry: [...entry(0, 'fine'), ...entry(1, 'ж'), ...entry(2, 'ж')],
  };
  assert.deepEqual(
    rules.problems(rows).map(({ pointer }) => pointer),
    ['/id', '/id', '/data/жé', '/data/жé/value/1', '/data/жé/value/2'],
  );
  const many = Array.from({ length: 1000 }, (_, n) => entry(n, 'ж')).flat();
  assert.equal(rules.problems({ stringListEntry: many }).length, problemLimit);
});

test('columns are found in any case, and what is not known is left to the server', () => {
  const fact = { table: 'stringdata', column: 'VALUE', maxCharacters: 3, maxBytes: 3, charset: 'latin1', dataType: 'VARCHAR' };
  const rules = new ColumnRules([fact], mebibyte);
  assert.equal(problemOf(rules, rowOf('string', { value: 'four' })).expected, 'at most 3 characters');
  assert.deepEqual(rules.problems(rowOf('stringFull', { value: 'abc', name: 'ж'.repeat(1000), units: emoji.repeat(1000) })), []);
  assert.equal(problemOf(rules, rowOf('stringFull', { name: half })).found, 'U+D83D');
  assert.deepEqual(rules.problems({}), []);
});

test('huge values make small problems', () => {
  const size = 10 * mebibyte;
  for (const charset of ['latin1', 'utf8mb4']) {
    const rules = rulesOf(charset, {}, 64 * mebibyte);
    for (const value of ['x'.repeat(size), 'ж'.repeat(size), emoji.repeat(size / 2)]) {
      const problems = [...rules.problems(rowOf('string', { value })), ...rules.problems(rowOf('stringFull', { units: value }))];
      assert.ok(problems.length >= 2 && JSON.stringify(problems).length < 1500);
    }
    assert.deepEqual(rules.problems({ record: ['i', 't', `"${'x'.repeat(size)}ж"`] }), []);
    assert.equal(rules.problems({ record: ['i', 't', `"${'ж'.repeat(size)}"`] }).length, charset === 'latin1' ? 1 : 0);
  }
});

test('escapes what is beyond ASCII', () => {
  const cases = [
    ['{"a":"plain\\n\\u0436"}', '{"a":"plain\\n\\u0436"}'],
    ['"é€ж"', '"\\u00e9\\u20ac\\u0436"'],
    [`"${emoji}"`, '"\\ud83d\\ude00"'],
    [`"${half}"`, '"\\ud83d"'],
    ['"\x7f\x80\xff\uffff"', '"\x7f\\u0080\\u00ff\\uffff"'],
    ['', ''],
  ] as const;
  for (const [json, escaped] of cases) assert.equal(escapeNonAscii(json), escaped);
  const everything = JSON.stringify(Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).join(''));
  assert.ok(/^[\0-\x7f]*$/.test(escapeNonAscii(everything)));
  assert.ok(JSON.parse(escapeNonAscii(everything)) === JSON.parse(everything));
});

test('knows the collations that tell all texts apart', () => {
  const apart = ['binary', 'utf8mb4_nopad_bin', 'latin1_nopad_bin', 'utf8mb3_nopad_bin', 'utf8mb4_0900_bin', 'UTF8MB4_NOPAD_BIN'];
  const folding = [
    'latin1_swedish_ci',
    'latin1_bin',
    'utf8mb4_bin',
    'latin1_general_cs',
    'utf8mb4_general_nopad_ci',
    'uca1400_nopad_as_cs',
    '',
  ];
  assert.deepEqual(apart.filter(collationFolds), []);
  assert.deepEqual(folding.filter(collationFolds), folding);
});
