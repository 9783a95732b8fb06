import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { faultsMissing, type MariadbServer, mariadbMissing, startServer } from '../bench/support/mariadb-server.js';
import { connect, dataRange, type ErrorCode, exists, hasAny, type Store } from '../src/index.js';
import { quoteColumn, tables } from '../src/stores/schema.js';
import { dumpStore } from './support/dump.js';
import { all, refused } from './support/kosh.js';
import { connectOutside, dumpMariadb } from './support/mariadb-store.js';
import { loadConfigFor, loadHere } from './support/session.js';
import { tempDirectory } from './support/temp.js';

const timeout = 120_000;

/** Texts of which one is easily taken for another, or for something else: each can be an id, a name or a value. */
const texts = [
  ...[
    'A',
    'a',
    'A ',
    ' A',
    'é',
    'e',
    'e\u0301',
    'ß',
    'ss',
    'ﬁ',
    'fi',
    '😀',
    '😁',
    'שלום',
    '\u202eabc',
    'ключ',
    '日本',
    '\u{10ffff}',
  ],
  ...['\0', 'a\0', 'a\0b', '\t', '\n', '\r\n', '\x1a', '\\Z', '\\', "\\'", '\\0', '\u2028', '\uffff', '\ufeff', '\ufffd'],
  ...[
    "'",
    '"',
    '`',
    "''",
    '%',
    '_',
    '?',
    '??',
    ':x',
    '@a',
    '$1',
    '#',
    '--',
    '/*',
    ';',
    '{fn now()}',
    `');DROP TABLE "Record";--`,
  ],
  ...['null', '0', '00', '1e5', 'x'.repeat(255), '😀'.repeat(255), '日'.repeat(255)],
];

const nth = (n: number) => texts[n % texts.length] as string;

/** A document for each text, which is in it wherever a text can be; all of them are linked. Written to a folder. */
function writeDocuments(folder: string): void {
  mkdirSync(folder);
  for (const [n, id] of texts.entries()) {
    const attribute = (m: number) => {
      if (m % 3 === 0) return { value: nth(n + m), units: nth(3 * n + m), tags: [nth(m + 1), 'a tag'] };
      return m % 3 === 1 ? { value: n + m / 7, units: nth(n) } : { value: [nth(m), nth(n), ''] };
    };
    const curve = { value: [n, 2.5], units: nth(n + 5), tags: [id] };
    const record = {
      id,
      type: nth(7 * n),
      data: Object.fromEntries(texts.map((name, m) => [name, attribute(m)])),
      curve_sets: { [id]: { independent: { [`c${[...id].slice(1).join('')}`]: curve }, dependent: {}, tags: texts } },
      files: { [`/files/${n}/é'"\\`]: { mimetype: id, tags: texts } },
      user_defined: { [id]: texts },
    };
    const relationships = [{ subject: id, predicate: nth(5 * n), object: nth(n + 1) }];
    writeFileSync(join(folder, `${n}.json`), JSON.stringify({ records: [record], relationships }));
  }
}

/** Loads into the store of the URL and into a SQLite file, which must end the same. Answers the path of the file. */
async function loadBoth(directory: string, url: string, inputs: readonly string[]): Promise<string> {
  const sqlite = join(directory, 'store.sqlite');
  for (const store of [sqlite, url]) {
    const results = await loadHere(loadConfigFor(directory, { inputs, store }));
    assert.deepEqual(
      results.flatMap(({ rejects }) => rejects),
      [],
      store,
    );
  }
  return sqlite;
}

/** The text of each record as it stands in a store, by id. */
function sqliteTexts(path: string): Map<string, string> {
  const db = new Database(path, { readonly: true });
  try {
    const rows = db.prepare('SELECT id, CAST(raw AS TEXT) AS raw FROM Record').all() as { id: string; raw: string }[];
    return new Map(rows.map(({ id, raw }) => [id, raw]));
  } finally {
    db.close();
  }
}

async function mariadbTexts(url: string, t: TestContext): Promise<Map<string, string>> {
  const rows = await (await connectOutside(url, t)).query<{ id: string; raw: string }[]>('SELECT id, raw FROM "Record"');
  return new Map(rows.map(({ id, raw }) => [id, raw]));
}

const utf8mb4 = { name: 'a server of utf8mb4', args: [], missing: mariadbMissing() };
const latin1 = {
  name: 'a server of latin1, without backslashes',
  args: ['--character-set-server=latin1', '--collation-server=latin1_swedish_ci', '--sql-mode=NO_BACKSLASH_ESCAPES'],
  missing: faultsMissing(),
};

for (const { name, args, missing } of [utf8mb4, latin1]) {
  describe(`texts in tables of ours, on ${name}`, { skip: missing ?? false }, () => {
    let server: MariadbServer;
    before(async () => {
      server = await startServer({ args });
    });
    after(() => server.remove());
    const freshUrl = async () => server.url(await server.freshDatabase());

    test('documents leave the rows that they leave in SQLite', { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      writeDocuments(join(directory, 'documents'));
      const sqlite = await loadBoth(directory, url, [join(directory, 'documents')]);
      const rows = dumpStore(sqlite);
      assert.ok(rows.length > 70 * texts.length, String(rows.length));
      assert.deepEqual(await dumpMariadb(url), rows);
      assert.deepEqual(await mariadbTexts(url, t), sqliteTexts(sqlite));
    });

    test('calls of the library answer and leave what they do with SQLite', { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      const path = join(directory, 's.sqlite');
      const answers: unknown[] = [];
      for (const store of [await connect(path, { username: 'default' }), await connect(url, { username: 'default' })]) {
        answers.push(await useTexts(store));
        await store.close();
      }
      assert.deepEqual(answers[1], answers[0]);
      // Files have records with ids of their own, another one each time.
      const alike = (lines: string[]) =>
        lines.filter((line) => !/"id":"[0-9a-f]{32}"/.test(line)).map((line) => line.replace(/[0-9a-f]{32}/g, 'an id'));
      const rows = alike(dumpStore(path));
      assert.ok(rows.length > 4 * texts.length, String(rows.length));
      assert.deepEqual(alike(await dumpMariadb(url)), rows);
    });

    test('the text of a record is kept to the letter', { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      const input = join(directory, 'raw.json');
      const numbers =
        '"i":{"value":1152921504606846977},"b":{"value":1e308},"z":{"value":-0.0},"s":{"value":1e-320},"o":{"value":1.0}';
      const more = '[1.50,9007199254740993,18446744073709551616,-0.0,1E2,"\\u00e9\\ud83d\\ude00\\/","é😀"]';
      writeFileSync(
        input,
        `{"records": [{"id":"raw", "type":"t", "data":{${numbers},"__proto__":{"value":5},"10":{"value":[1e-5]}}, "more":${more}}]}`,
      );
      const sqlite = await loadBoth(directory, url, [input]);
      const raw = (await mariadbTexts(url, t)).get('raw');
      assert.equal(raw, sqliteTexts(sqlite).get('raw'));
      assert.ok(raw?.includes(numbers) && raw.includes(`"more":${more}`), raw);
      assert.deepEqual(await dumpMariadb(url), dumpStore(sqlite));
    });

    test('texts as long as their columns are kept as in SQLite', { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      // 65,535 bytes in UTF-8, with the two brackets and quotes.
      const tags = [`${'日'.repeat(21_843)}xy`];
      assert.equal(Buffer.byteLength(JSON.stringify(tags)), 65_535);
      const records = ['x', 'é', '日', '😀'].map((letter) => ({
        id: letter.repeat(255),
        type: letter.repeat(255),
        data: {
          [letter.repeat(255)]: { value: letter.repeat(15_000), units: letter.repeat(255), tags },
          list: { value: [letter.repeat(15_000), letter] },
        },
        files: { [(letter > 'é' ? 'ÿ' : letter).repeat(1500)]: { mimetype: letter.repeat(255), tags } },
        curve_sets: {
          [letter.repeat(255)]: { independent: { [`c${letter.repeat(254)}`]: { value: [1] } }, dependent: {}, tags },
        },
      }));
      const input = join(directory, 'long.json');
      writeFileSync(input, JSON.stringify({ records }));
      assert.deepEqual(await dumpMariadb(url).catch(() => []), []);
      const sqlite = await loadBoth(directory, url, [input]);
      assert.deepEqual(await dumpMariadb(url), dumpStore(sqlite));
    });

    test('a record with a text that the store cannot keep is refused by name, and the others are loaded', {
      timeout,
    }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      const good = { id: 'good', type: 't', data: { n: { value: 1 } } };
      const half = '\ud83d';
      const bad: Record<string, [object, string, RegExp]> = {
        'a long id': [{ id: 'i'.repeat(256) }, '/records/0/id', /^the id "i+…" has 256 characters/],
        'a long type': [{ type: 't'.repeat(256) }, '/records/0/type', /^the type "t+…" has 256 characters/],
        'a long name': [
          { data: { ['n'.repeat(256)]: { value: 1 } } },
          `/records/0/data/${'n'.repeat(256)}`,
          /^the name of the attribute "n+…" has 256/,
        ],
        'a long value': [
          { data: { note: { value: 'v'.repeat(15_001) } } },
          '/records/0/data/note/value',
          /^the attribute "note" has 15,001 characters/,
        ],
        'long emoji': [
          { data: { note: { value: '😀'.repeat(15_001) } } },
          '/records/0/data/note/value',
          /^the attribute "note" has 15,001 characters/,
        ],
        'a long entry': [
          { data: { list: { value: ['a', 'v'.repeat(15_001)] } } },
          '/records/0/data/list/value/1',
          /^entry 1 of the attribute "list" has 15,001/,
        ],
        'long units': [
          { data: { x: { value: 1, units: 'u'.repeat(256) } } },
          '/records/0/data/x/units',
          /^the units of the attribute "x" has 256/,
        ],
        'long tags': [
          { data: { x: { value: 1, tags: ['t'.repeat(65_532)] } } },
          '/records/0/data/x/tags',
          /^the tags of the attribute "x" has 65,536 bytes/,
        ],
        'a long curve': [
          { curve_sets: { set: { independent: { ['c'.repeat(256)]: { value: [1] } }, dependent: {} } } },
          `/records/0/data/${'c'.repeat(256)}`,
          /^the name of the list or curve "c+…" has 256 characters/,
        ],
        'a long curve set': [
          { curve_sets: { ['s'.repeat(256)]: { independent: { c: { value: [1] } }, dependent: {} } } },
          `/records/0/curve_sets/${'s'.repeat(256)}`,
          /^the name of the curve set "s+…" has 256 characters/,
        ],
        'a long uri': [
          { files: { ['u'.repeat(1501)]: {} } },
          `/records/0/files/${'u'.repeat(1501)}`,
          /^the name of the file "u+…" has 1,501 characters/,
        ],
        'a uri of other letters': [
          { files: { 'résumé 日本': {} } },
          '/records/0/files/résumé 日本',
          /^the name of the file "résumé 日本" has a character .*Document\.uri \(latin1\) cannot keep: "日" \(U\+65E5\)$/,
        ],
        'a long mimetype': [
          { files: { f: { mimetype: 'm'.repeat(256) } } },
          '/records/0/files/f/mimetype',
          /^the mimetype of the file "f" has 256 characters/,
        ],
        'half of an id': [{ id: `half ${half}` }, '/records/0/id', /^half a surrogate pair/],
        'half of a name': [{ data: { [half]: { value: 1 } } }, `/records/0/data/${half}`, /^half a surrogate pair/],
        'half of a value': [{ data: { note: { value: `a${half}b` } } }, '/records/0/data/note/value', /^half a surrogate pair/],
      };
      const entries = Object.entries(bad);
      for (const [n, [file, [record]]] of entries.entries()) {
        writeFileSync(join(directory, `${file}.json`), JSON.stringify({ records: [{ id: `bad ${n}`, type: 't', ...record }] }));
      }
      writeFileSync(join(directory, 'good.json'), JSON.stringify({ records: [good] }));
      const predicate = 'p'.repeat(256);
      const relationships = [{ subject: 'linked', predicate, object: 'linked' }];
      writeFileSync(join(directory, 'linked.json'), JSON.stringify({ records: [{ id: 'linked', type: 't' }], relationships }));
      const results = await loadHere(loadConfigFor(directory, { inputs: [directory], store: url }));
      const rejects = new Map(results.flatMap((result) => result.rejects).map((reject) => [reject.file, reject]));
      assert.equal(rejects.size, entries.length + 1);
      const check = (file: string, code: ErrorCode, pointer: string, message: RegExp) => {
        const reject = rejects.get(join(directory, `${file}.json`));
        assert.ok(reject?.found && reject.expected, file);
        assert.deepEqual({ code: reject.code, pointer: reject.pointer }, { code, pointer }, file);
        assert.match(reject.message, message);
      };
      for (const [file, [, pointer, message]] of entries) check(file, 'ERR_RECORD', pointer, message);
      check('linked', 'ERR_RELATIONSHIP', '/relationships/0/predicate', /^the predicate "p+…" has 256 characters/);
      const ids = [...(await mariadbTexts(url, t)).keys()].filter((id) => !/^(__kosh|[0-9a-f]{32}$)/.test(id));
      assert.deepEqual(ids, ['good']);

      // The server says the same of what is refused for its length.
      const outside = await connectOutside(url, t);
      const insert = (table: string, values: unknown[]) =>
        outside.query(`INSERT INTO "${table}" VALUES (${values.map(() => '?').join(', ')})`, values);
      await assert.rejects(insert('Record', ['i'.repeat(256), 't', '{}']), { errno: 1406 });
      await assert.rejects(insert('StringData', ['good', 'x', 'v'.repeat(15_001), null, null]), { errno: 1406 });
      await assert.rejects(insert('StringData', ['good', 'x', 'v', 't'.repeat(65_536), null]), { errno: 1406 });
      await assert.rejects(insert('Document', ['good', 'u'.repeat(1501), null, null]), { errno: 1406 });
      await assert.rejects(insert('Document', ['good', '日', null, null]), { errno: 1366 });
    });

    test('generated records whose ids get too long are refused one by one', { timeout }, async (t) => {
      const directory = tempDirectory(t);
      const url = await freshUrl();
      const config = loadConfigFor(directory, { store: url, prefix: '😀'.repeat(240), ensembles: 2, datasets: 2 });
      const results = await loadHere(config);
      const rejects = results.flatMap((result) => result.rejects);
      assert.deepEqual(
        rejects.map(({ file, code }) => ({ file, code })),
        // Its id, and that of the subject of its membership.
        new Array(4)
          .fill([
            { file: null, code: 'ERR_RECORD' },
            { file: null, code: 'ERR_RELATIONSHIP' },
          ])
          .flat(),
      );
      for (const { message } of rejects) assert.match(message, /has 260 characters, more than the store takes/);
      assert.equal([...(await mariadbTexts(url, t)).keys()].filter((id) => id.startsWith('😀')).length, 2);
    });
  });
}

/** Creates a record for each text, changes and finds them; answers all that was found. */
async function useTexts(store: Store): Promise<unknown> {
  const found: unknown[] = [];
  const ensemble = await store.createEnsemble({ id: 'the ensemble' });
  for (const [n, id] of texts.entries()) {
    const dataset = await ensemble.create({ id, name: nth(n + 1), metadata: { [nth(n + 2)]: nth(n + 3), list: [id, ''] } });
    await dataset.attributes.set(id, nth(n + 4));
    await dataset.attributes.set('n', n / 3);
  }
  await ensemble.attributes.set('of all', texts);
  for (const [n, id] of texts.entries()) {
    found.push(await (await store.open(id)).attributes.all());
    for (const query of [
      { data: { [id]: nth(n + 4) } },
      { data: { [nth(n + 2)]: exists() } },
      { data: { list: hasAny(id) } },
      { idPool: [id, nth(n + 1)] },
    ]) {
      found.push(await all(store.find({ ...query, idsOnly: true })));
    }
    await (await store.open(id)).associate(`/${n}/é'"\\`, nth(n));
    found.push(await all(store.find({ fileUri: `/${n}/é'"\\`, idsOnly: true })));
  }
  for (const id of texts.slice(0, 5)) await store.delete(id);
  found.push(await all(ensemble.memberIds()));
  const { records } = await store.export();
  found.push(records.map(({ id }) => id).filter((id) => !/^[0-9a-f]{32}$/.test(String(id))));
  return found;
}

describe('numbers', { skip: mariadbMissing() ?? false }, () => {
  test('a double is the same, bit for bit, when it is read; -0 is 0, as in SQLite', { timeout }, async (t) => {
    const server = await startServer();
    t.after(() => server.remove());
    const url = server.url(await server.freshDatabase());
    const directory = tempDirectory(t);
    const random = randomDoubles(20_260_715);
    const edges = [
      5e-324,
      2.2250738585072014e-308,
      2.225073858507201e-308,
      1e-320,
      1.7976931348623157e308,
      2 ** 53,
      2 ** 53 + 2,
      0.1,
      1 / 3,
    ];
    const numbers = [-0, 0, ...edges, ...edges.map((n) => -n), 1e21, 1e22, 1e23, 123456789012345680000, 1e15 / 3, 1e16 / 3];
    while (numbers.length < 10_000) numbers.push(random());
    const records = Array.from({ length: 100 }, (_, n) => ({
      id: `r${n}`,
      type: 't',
      data: Object.fromEntries(numbers.slice(100 * n, 100 * n + 100).map((value, m) => [`n${m}`, { value }])),
      curve_sets: { s: { independent: { c: { value: numbers.slice(100 * n, 100 * n + 100) } }, dependent: {} } },
    }));
    const input = join(directory, 'numbers.json');
    writeFileSync(input, JSON.stringify({ records }).replaceAll('"value":0}', '"value":-0.0}'));
    const sqlite = await loadBoth(directory, url, [input]);
    assert.deepEqual(await dumpMariadb(url), dumpStore(sqlite));

    const outside = await connectOutside(url, t);
    const bits = (value: number) => new BigUint64Array(Float64Array.of(value + 0).buffer)[0];
    for (const read of ['query', 'execute'] as const) {
      const rows = await outside[read]<{ id: string; name: string; value: number }[]>('SELECT id, name, value FROM "ScalarData"');
      assert.equal(rows.length, 10_000);
      const other = rows.filter(({ id, name, value }) => {
        const written = numbers[100 * Number(id.slice(1)) + Number(name.slice(1))] as number;
        return bits(value) !== bits(written);
      });
      assert.deepEqual(other, []);
    }
    const ranges = await outside.query<{ id: string; min: number; max: number }[]>('SELECT id, min, max FROM "ListScalarData"');
    for (const { id, min, max } of ranges) {
      const of = numbers.slice(100 * Number(id.slice(1)), 100 * Number(id.slice(1)) + 100);
      assert.deepEqual([bits(min), bits(max)], [bits(Math.min(...of)), bits(Math.max(...of))]);
    }
    assert.equal(ranges.length, 100);

    const store = await connect(url);
    t.after(() => store.close());
    for (let n = 0; n < 100; n++) {
      const found = await all(store.find({ data: { [`n${n}`]: numbers[n] as number }, idsOnly: true }));
      assert.ok(found.includes('r0'), String(numbers[n]));
    }
  });
});

/** Doubles of random bits, the same for a seed; none that is no number. */
function randomDoubles(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state ^ (state >>> 16)) >>> 0;
  };
  return () => {
    for (;;) {
      const [double] = new Float64Array(Uint32Array.of(next(), next()).buffer);
      if (Number.isFinite(double)) return double as number;
    }
  };
}

describe('texts in tables as the reference creates them, in latin1', { skip: faultsMissing() ?? false }, () => {
  let server: MariadbServer;
  let database: string;
  let url: string;
  const types: Readonly<Record<string, string>> = { 'TEXT(16777216)': 'LONGTEXT', REAL: 'DOUBLE' };
  before(async () => {
    server = await startServer({ args: latin1.args });
    database = await server.freshDatabase();
    url = server.url(database);
    const ddl = tables.map(({ name, columns, primaryKey, recordKeys, index }) => {
      const lines = [
        ...columns.map(
          (column) => `${quoteColumn(column.name)} ${types[column.type] ?? column.type}${column.notNull ? ' NOT NULL' : ''}`,
        ),
        `PRIMARY KEY (${primaryKey.map(quoteColumn).join(', ')})`,
        ...recordKeys.map((column) => `FOREIGN KEY(${column}) REFERENCES "Record" (id) ON DELETE CASCADE`),
      ];
      return `CREATE TABLE "${name}" (${lines.join(', ')});${index ? `CREATE INDEX ${index.name} ON "${name}" (${index.column});` : ''}`;
    });
    await server.sql(`SET sql_mode = 'ANSI_QUOTES'; ${ddl.join('\n')}`, database);
    const collation =
      'SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = DATABASE() AND collation_name IS NOT NULL';
    assert.equal(await server.sql(collation, database), 'latin1_swedish_ci');
  });
  after(() => server.remove());

  const western = 'résumé €uro “quoted” ÿ\x81';
  const anywhere = { 日本: ['😀', { ключ: 'שלום\u2028' }], mixed: `${western} ﬁ` };

  test('letters of latin1 are as in SQLite; any others survive in the text of the record, and nowhere else', {
    timeout,
  }, async (t) => {
    const directory = tempDirectory(t);
    const input = join(directory, 'west.json');
    const data = {
      [western]: { value: western, units: western, tags: [western] },
      list: { value: [western] },
      none: { value: null },
    };
    const files = { [western]: { mimetype: western } };
    const records = [
      { id: western, type: western, data, files, user_defined: anywhere },
      { id: 'other', type: 't' },
    ];
    const relationships = [{ subject: western, predicate: western, object: 'other' }];
    writeFileSync(input, JSON.stringify({ records, relationships }));
    const sqlite = await loadBoth(directory, url, [input]);
    assert.deepEqual(await dumpMariadb(url), dumpStore(sqlite));

    const raw = (await mariadbTexts(url, t)).get(western) as string;
    assert.match(raw, /^[\x20-\x7e]*$/);
    assert.match(raw, /\\u65e5\\u672c/);
    assert.deepEqual(JSON.parse(raw), JSON.parse(sqliteTexts(sqlite).get(western) as string));

    const store = await connect(url);
    t.after(() => store.close());
    const exported = (await store.export()).records.find(({ id }) => id === western);
    assert.deepEqual(exported?.user_defined, anywhere);
    await (await store.open(western)).attributes.set('later', 'é');
    const changed = JSON.parse((await mariadbTexts(url, t)).get(western) as string) as Record<string, Record<string, unknown>>;
    assert.deepEqual(changed.user_defined?.日本, anywhere.日本);
    assert.deepEqual(changed.data?.later, { value: 'é' });
    assert.deepEqual(await (await store.open(western)).attributes.get(western), western);
  });

  test('a value with other letters is refused, by the name of its attribute', { timeout }, async (t) => {
    const directory = tempDirectory(t);
    const bad: Record<string, [object, string, RegExp]> = {
      value: [
        { data: { 'the note': { value: 'a日' } } },
        '/records/0/data/the note/value',
        /^the attribute "the note" has a character .*StringData\.value \(latin1\).*"日" \(U\+65E5\)$/,
      ],
      entry: [
        { data: { list: { value: ['a', '😀'] } } },
        '/records/0/data/list/value/1',
        /^entry 1 of the attribute "list" has a character/,
      ],
      name: [{ data: { ключ: { value: 1 } } }, '/records/0/data/ключ', /^the name of the attribute "ключ" has a character/],
      type: [{ type: '日' }, '/records/0/type', /^the type "日" has a character/],
      id: [{ id: '日' }, '/records/0/id', /^the id "日" has a character/],
    };
    for (const [file, [record]] of Object.entries(bad)) {
      writeFileSync(join(directory, `${file}.json`), JSON.stringify({ records: [{ id: `bad ${file}`, type: 't', ...record }] }));
    }
    writeFileSync(join(directory, 'good.json'), JSON.stringify({ records: [{ id: 'good one', type: 't' }] }));
    const results = await loadHere(loadConfigFor(directory, { inputs: [directory], store: url }));
    const rejects = results.flatMap((result) => result.rejects);
    assert.equal(rejects.length, Object.keys(bad).length, JSON.stringify(rejects));
    for (const [file, [, pointer, message]] of Object.entries(bad)) {
      const reject = rejects.find((one) => one.file === join(directory, `${file}.json`));
      assert.equal(reject?.pointer, pointer);
      assert.match(reject.message, message);
    }
    const ids = [...(await mariadbTexts(url, t)).keys()];
    assert.ok(ids.includes('good one') && !ids.some((id) => id.startsWith('bad')), ids.join());

    const store = await connect(url);
    t.after(() => store.close());
    const dataset = await store.create({ id: 'd', metadata: { note: western } });
    const error = await refused('ERR_RECORD', () => dataset.attributes.set('other note', 'ключ'));
    assert.match(error.message, /"d".*the attribute "other note" has a character/);
    await refused('ERR_RECORD', () => store.create({ id: 'new', metadata: { ключ: 1 } }));
    assert.deepEqual(Object.keys(await dataset.attributes.all()).sort(), ['creator', 'id', 'name', 'note']);
  });

  test('what Kosh asks of such tables is found, and what it wrote there is read', { timeout }, async (t) => {
    const store = await connect(url);
    t.after(() => store.close());
    await store.create({ id: 'asked for', metadata: { note: western, n: 0.1, list: ['ä', 'ö'] } });
    const ask = (sql: string) => server.sql(sql, database);
    assert.equal(
      await ask(`SELECT id FROM StringData WHERE name = 'note' AND value = '${western}' AND id LIKE 'a%'`),
      'asked for',
    );
    assert.equal(await ask("SELECT id FROM ScalarData WHERE name = 'n' AND value = 0.1"), 'asked for');
    assert.equal(await ask("SELECT id FROM ListStringDataEntry WHERE name = 'list' AND value IN ('ö')"), 'asked for');
    for (const data of [
      { note: western, n: 0.1 },
      { list: hasAny('ö', 'x') },
      { note: dataRange({ min: 'r', max: 's' }), n: exists() },
    ]) {
      assert.deepEqual(await all(store.find({ data, idsOnly: true })), ['asked for']);
    }
    // As ujson writes it, and as orjson does.
    const raw = (id: string, text: string) =>
      `{"id":"${id}","type":"dataset","data":{"note":{"value":"${text}"}},"user_defined":{"kosh_information":{}}}`;
    const outside = await connectOutside(url, t);
    for (const [id, text] of [
      ['ujson', '\\u00e9\\/'],
      ['orjson', 'é/'],
    ] as const) {
      await outside.query('INSERT INTO "Record" VALUES (?, ?, ?)', [id, 'dataset', raw(id, text)]);
      await outside.query('INSERT INTO "StringData" (id, name, value) VALUES (?, ?, ?)', [id, 'note', 'é/']);
      const dataset = await store.open(id);
      assert.equal(await dataset.attributes.get('note'), 'é/');
      await dataset.attributes.set('more', 'ß');
      assert.deepEqual(await dataset.attributes.all(), { id, note: 'é/', more: 'ß' });
    }
    assert.deepEqual(await all(store.find({ data: { note: 'é/', more: 'ß' }, idsOnly: true })), ['orjson', 'ujson']);
  });

  test('texts that the tables cannot hold are asked for: nothing is found', {
    timeout,
  }, async (t) => {
    const store = await connect(url);
    t.after(() => store.close());
    await store.create({ id: 'here', metadata: { note: 'x' } });
    const find = (query: object) => all(store.find({ ...query, idsOnly: true }));
    assert.deepEqual(await find({ data: { note: '日本' } }), []);
    assert.deepEqual(await find({ data: { ключ: exists() } }), []);
    assert.deepEqual(await find({ data: { note: hasAny('日本') } }), []);
    assert.deepEqual(await find({ fileUri: '/日/%' }), []);
    assert.deepEqual(await find({ idPool: ['日本', 'here'] }), ['here']);
    await refused('ERR_RECORD_NOT_FOUND', () => store.open('日本'));
    await refused('ERR_RECORD_NOT_FOUND', () => store.delete('日本'));
    await refused('ERR_RECORD', () => store.create({ id: '日本' }));
  });
});

describe('a uri that no table of ours can hold', { skip: mariadbMissing() ?? false }, () => {
  test('is asked for: nothing is found', { timeout }, async (t) => {
    const server = await startServer();
    t.after(() => server.remove());
    const store = await connect(server.url(await server.freshDatabase()));
    t.after(() => store.close());
    assert.deepEqual(await all(store.find({ fileUri: '/日/%', idsOnly: true })), []);
    assert.deepEqual(await all(store.find({ fileUri: '/日', idsOnly: true })), []);
  });
});
