import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { datasetRecord, ensembleRecord, inheritedAttributes, storeInfoRecord, userId, userRecord } from '../src/records/kosh.js';
import { parseRecord, parseRelationship } from '../src/records/parse.js';
import { rowsOf } from '../src/records/rows.js';
import type { Rows, SinaRecord } from '../src/records/types.js';
import { elementsOf, golden, mapText } from './support/documents.js';
import { type DumpRow, dumpRows, readDump } from './support/rows.js';

const files = readdirSync(golden('sina'));
const documents = files.filter((name) => /^\d\d_.*(?<!rows)\.json$/.test(name)).map((name) => name.replace('.json', ''));
const refused = files.filter((name) => /^b\d\d_.*(?<!error)\.json$/.test(name));

function rows(record: SinaRecord): Rows {
  const mapped = rowsOf(record);
  assert.ok(mapped.ok, JSON.stringify(mapped));
  return mapped.rows;
}

function rowsOfText(text: string): DumpRow[] {
  const mapped = mapText(text);
  assert.ok(mapped.ok, JSON.stringify(mapped));
  return dumpRows(mapped.rows);
}

/** The ids that the reference made in document 07, where two records have none of their own. */
function madeIds(dump: DumpRow[]): Map<string, string> {
  const made = dump.filter(({ table, id }) => table === 'Record' && String(id).length === 36);
  const isA = (row: DumpRow) => dump.some(({ table, id }) => table === 'ScalarData' && id === row.id);
  return new Map(made.map((row) => [isA(row) ? 'a' : 'b', String(row.id)]));
}

describe('the rows of a document are those that Sina 1.15 writes', () => {
  assert.equal(documents.length, 12);
  for (const name of documents) {
    test(name, () => {
      const expected = readDump(golden(`sina/${name}.rows.jsonl`));
      const ids = madeIds(expected);
      const all: Rows[] = elementsOf(golden(`sina/${name}.json`), 'records').map((members) => {
        const parsed = parseRecord(members, (localId) => ids.get(localId) ?? '');
        assert.ok(parsed.ok, JSON.stringify(parsed));
        return rows(parsed.record);
      });
      for (const members of elementsOf(golden(`sina/${name}.json`), 'relationships')) {
        const parsed = parseRelationship(members, (localId) => ids.get(localId));
        assert.ok(parsed.ok, JSON.stringify(parsed));
        const { subject, object, predicate } = parsed.relationship;
        all.push({ relationship: [subject, object, predicate] });
      }
      assert.deepEqual(dumpRows(...all), expected);
    });
  }
});

describe('what Sina refuses is refused, with the place, what was found and what is expected', () => {
  // b09 (an endpoint that is not in the store) and b11 (an id that is there already) are for the store to find, b17 (cut off) for the reader.
  const elsewhere = ['b09', 'b11', 'b17'];
  assert.equal(refused.length, 18);
  for (const name of refused.filter((file) => !elsewhere.includes(file.slice(0, 3)))) {
    test(name, () => {
      const problems = [];
      for (const members of elementsOf(golden(`sina/${name}`), 'records')) {
        const parsed = parseRecord(members, (localId) => localId);
        const result = parsed.ok ? rowsOf(parsed.record) : parsed;
        if (!result.ok) problems.push(...result.problems);
      }
      for (const members of elementsOf(golden(`sina/${name}`), 'relationships')) {
        const parsed = parseRelationship(members, (localId) => (localId === 'a' ? 'the id of a' : undefined));
        if (!parsed.ok) problems.push(...parsed.problems);
      }
      assert.equal(problems.length, 1, JSON.stringify(problems));
      for (const { code, pointer, found, expected, message } of problems) {
        assert.equal(code, name.startsWith('b08') ? 'ERR_RELATIONSHIP' : 'ERR_RECORD');
        assert.match(pointer, /^\/./);
        assert.ok(message && found && expected);
      }
    });
  }
});

test('the notebook of Kosh: its 113 records, made here, have the rows that Kosh wrote', () => {
  const creator = userId('default');
  const all: Rows[] = [storeInfoRecord(), userRecord('default'), userRecord('anonymous')].map(rows);
  const attributes = (prefix: string, n: number) =>
    Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`${prefix}_att_${k}`, `${prefix}_${n}_attributes_${k}`]));
  for (let e = 0; e < 10; e++) {
    const id = `ensemble_${e}`;
    const shared = attributes('ensemble', e);
    all.push(rows(ensembleRecord({ id, metadata: shared, creator })));
    for (let d = 0; d < 10; d++) {
      const inherited = inheritedAttributes(new Map(Object.entries(shared)));
      const dataset = datasetRecord({ id: `${id}_dataset_${d}`, metadata: attributes('dataset', d), creator, inherited });
      all.push(rows(dataset), { relationship: [dataset.id, id, 'is a member of ensemble'] });
    }
  }
  const expected = readDump(golden('kosh/notebook_10x10.rows.jsonl'));
  assert.equal(expected.filter(({ table }) => table === 'Record').length, 113);
  assert.deepEqual(dumpRows(...all), expected);
});

describe('mapping to rows', () => {
  const rangeOf = (text: string, wanted: string) => {
    const row = rowsOfText(text).find(({ table, name }) => table === 'ListScalarData' && name === wanted);
    return { min: row?.min, max: row?.max, tags: row?.tags, units: row?.units };
  };
  const curves = (independent: string, dependent = '{}') =>
    `{"id":"x","type":"t","curve_sets":{"s":{"independent":${independent},"dependent":${dependent}}}}`;

  test('rows come in the order of the primary key', () => {
    const mapped = mapText(
      '{"id":"x","type":"t","data":{"b":{"value":1},"10":{"value":2},"2":{"value":3},"a":{"value":[1]},"\\ue000":{"value":[1]}},' +
        '"files":{"z":{},"y":{}},"curve_sets":{"s2":{"independent":{"c":{"value":[1]},"B":{"value":[1]}},"dependent":{}},"s1":{"independent":{},"dependent":{}}}}',
    );
    assert.ok(mapped.ok);
    const { scalar, scalarList, document, curveSet } = mapped.rows;
    assert.deepEqual(scalar, ['x', '10', 2, 'x', '2', 3, 'x', 'b', 1]);
    assert.deepEqual(scalarList, ['x', 'B', 1, 1, 'x', 'a', 1, 1, 'x', 'c', 1, 1, 'x', '\ue000', 1, 1]);
    assert.deepEqual(document, ['x', 'y', null, null, 'x', 'z', null, null]);
    assert.deepEqual(curveSet, ['s1', 'x', null, 's2', 'x', null]);
  });

  test('a table without anything has no list of rows', () => {
    const mapped = mapText('{"id":"x","type":"t","data":{"n":{"value":null},"l":{"value":[],"tags":["a"]}}}');
    assert.ok(mapped.ok);
    assert.deepEqual(Object.keys(mapped.rows), ['record']);
  });

  test('curves of one name become one: widest range, all tags, the units of either', () => {
    const text = curves('{"m":{"value":[1,true,5],"tags":["b","a"]}}', '{"m":{"value":[-3,2],"tags":["c","b"],"units":"s"}}');
    assert.deepEqual(rangeOf(text, 'm'), { min: -3, max: 5, tags: ['a', 'b', 'c'], units: 's' });
  });

  test('empty tags and units of a curve are NULL, and agree with any', () => {
    const alone = curves('{"m":{"value":[1],"tags":[],"units":""}}');
    assert.deepEqual(rangeOf(alone, 'm'), { min: 1, max: 1, tags: null, units: null });
    const together = curves('{"m":{"value":[1],"units":"s"}}', '{"m":{"value":[1],"units":""}}');
    assert.deepEqual(rangeOf(together, 'm'), { min: 1, max: 1, tags: null, units: 's' });
  });

  test('a number with the name of a curve widens its range, an empty list gives it its labels', () => {
    const curve = '"curve_sets":{"s":{"independent":{"m":{"value":[1,2],"tags":["c"]}},"dependent":{}}}';
    const record = (datum: string) => `{"id":"x","type":"t","data":{"m":${datum}},${curve}}`;
    const number = record('{"value":7,"units":"kg","tags":["d"]}');
    assert.deepEqual(rangeOf(number, 'm'), { min: 1, max: 7, tags: ['c', 'd'], units: 'kg' });
    assert.deepEqual(rangeOf(record('{"value":false}'), 'm'), { min: 0, max: 2, tags: ['c'], units: null });
    assert.deepEqual(rangeOf(record('{"value":[],"units":"kg"}'), 'm'), { min: 1, max: 2, tags: ['c'], units: 'kg' });
  });

  test('"constructor" and "__proto__" are names like others', () => {
    const text =
      '{"id":"x","type":"t","data":{"__proto__":{"value":1}},"library_data":{"__proto__":{"data":{"__proto__":{"value":2}}}},' +
      '"curve_sets":{"__proto__":{"independent":{"constructor":{"value":[3]},"toString":{"value":[4]}},"dependent":{}}}}';
    const names = rowsOfText(text)
      .filter(({ table }) => table !== 'Record')
      .map(({ table, name }) => `${table} ${name}`);
    assert.deepEqual(names.sort(), [
      'CurveSetMeta __proto__',
      'ListScalarData constructor',
      'ListScalarData toString',
      'ScalarData __proto__',
      'ScalarData __proto__/__proto__',
    ]);
  });

  test('what a library holds replaces what has its name outside', () => {
    const text =
      '{"id":"x","type":"t","data":{"l/m":{"value":1},"l/i/m":{"value":1}},"curve_sets":{"l/s":{"independent":{"gone":{"value":[1]}},"dependent":{}}},' +
      '"library_data":{"l":{"data":{"m":{"value":"inner"}},"curve_sets":{"s":{"independent":{"c":{"value":[1]}},"dependent":{}}},' +
      '"library_data":{"i":{"data":{"m":{"value":2}}}}}},"extra":1}';
    const data = rowsOfText(text)
      .filter(({ table }) => table !== 'Record')
      .map(({ table, name, value }) => [table, name, value]);
    assert.deepEqual(data.sort(), [
      ['CurveSetMeta', 'l/s', undefined],
      ['ListScalarData', 'l/c', undefined],
      ['ScalarData', 'l/i/m', 2],
      ['StringData', 'l/m', 'inner'],
    ]);
  });

  test('tags keep an empty list, NULL stands for none and for null', () => {
    const text =
      '{"id":"x","type":"t","data":{"a":{"value":1,"tags":[]},"b":{"value":1,"tags":null},"c":{"value":1,"units":5}},"files":{"f":{"tags":[]}}}';
    const mapped = mapText(text);
    assert.ok(mapped.ok);
    assert.deepEqual(mapped.rows.scalarFull, ['x', 'a', 1, '[]', null, 'x', 'c', 1, null, '5']);
    assert.deepEqual(mapped.rows.scalar, ['x', 'b', 1]);
    assert.deepEqual(mapped.rows.document, ['x', 'f', null, '[]']);
  });
});
