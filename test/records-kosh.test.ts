import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecordDraft } from '../src/records/draft.js';
import {
  attributesOf,
  checkMetadata,
  datasetRecord,
  defaultStoreInfo,
  ensembleRecord,
  inheritedAttributes,
  sameAttributes,
  storeInfoFrom,
  storeInfoRecord,
  userId,
  userRecord,
} from '../src/records/kosh.js';
import { membersOf, parseRecord } from '../src/records/parse.js';
import type { DatumValue } from '../src/records/types.js';
import { golden, koshCase } from './support/documents.js';
import { readDump } from './support/rows.js';

const creator = userId('default');
const metadata = { root: '/p', n: 3, l: [1, 2], s: ['a', 'b'], f: 1.5, none: null };
const shared = attributesOf(ensembleRecord({ id: 'E', name: 'ens', creator, metadata }));

function attributes(values: Record<string, DatumValue>): Map<string, DatumValue> {
  return new Map(Object.entries(values));
}

describe('records, with the data in the order in which Kosh 3.1 leaves it in raw', () => {
  const sections = '"curve_sets":{},"library_data":{},"files":{},"user_defined":{"kosh_information":{}}}';

  test('store info and users', () => {
    assert.equal(
      storeInfoRecord().raw,
      '{"id":"__kosh_store_info__","type":"__kosh_storeinfo__","data":{"sources_type":{"value":"file"},"users_type":{"value":"user"},' +
        '"groups_type":{"value":"group"},"loaders_type":{"value":"koshloader"},"ensembles_type":{"value":"kosh_ensemble"},' +
        '"ensemble_predicate":{"value":"is a member of ensemble"},"kosh_min_version":{"value":"1.2.1"},"reserved_types":{"value":' +
        `["__kosh_storeinfo__","file","user","group","kosh_ensemble","koshloader"]}},${sections}`,
    );
    const id = '294de3557d9d00b3d2d8a1e6aab028cf';
    assert.equal(
      userRecord('anonymous').raw,
      `{"id":"${id}","type":"user","data":{"username":{"value":"anonymous"}},${sections}`,
    );
  });

  test('ensemble: metadata, creator, name', () => {
    const record = ensembleRecord({
      id: 'E',
      creator,
      name: 'ens',
      metadata: { z: 1, creator: 'me', b: [1, 2], n: null, f: true },
    });
    const data = `{"z":{"value":1},"creator":{"value":"${creator}"},"b":{"value":[1,2]},"n":{"value":null},"f":{"value":true},"name":{"value":"ens"}}`;
    assert.equal(record.raw, `{"id":"E","type":"kosh_ensemble","data":${data},${sections}`);
  });

  test('dataset: metadata, creator, name, then what it inherits by name', () => {
    const inherited = inheritedAttributes(attributes({ z: 1, root: '/p', creator: 'c', b: [1], name: 'ens', id: 'E', n: null }));
    const metadata = { y: -0, z: true, id: 'ignored', _associated_data_: null, name: 'given' };
    const record = datasetRecord({ id: 'D', creator: 'c', name: 'not this', metadata, inherited });
    const data =
      '{"y":{"value":-0.0},"z":{"value":1},"name":{"value":"given"},"creator":{"value":"c"},"b":{"value":[1]},"n":{"value":null},"root":{"value":"/p"}}';
    assert.equal(record.raw, `{"id":"D","type":"dataset","data":${data},${sections}`);
    assert.deepEqual(Object.keys(record.data), ['y', 'z', 'name', 'creator', 'b', 'n', 'root']);
    assert.equal(datasetRecord({ id: 'D', creator, metadata: {}, type: 'mine' }).type, 'mine');
  });

  test('what is made here is what a document with this text would give', () => {
    const metadata = Object.fromEntries([
      ['__proto__', 'p'],
      ['quote"', [0.1, 1e21]],
      ['10', ['é', '\u2028']],
    ]) as Record<string, DatumValue>;
    const made = datasetRecord({ id: 'D"', creator, metadata });
    const parsed = parseRecord(membersOf(made.raw), () => '');
    assert.ok(parsed.ok);
    assert.deepEqual(made, parsed.record);
    assert.deepEqual(Object.keys(made.data), ['10', '__proto__', 'quote"', 'creator', 'name']);
  });

  test('store info is read from a stored record; what is missing or strange is as in a new store', () => {
    assert.deepEqual(storeInfoFrom(storeInfoRecord().raw), defaultStoreInfo);
    const raw =
      '{"data":{"sources_type":{"value":"__kosh_source__"},"users_type":{"value":5},"reserved_types":{"value":["a"]},"groups_type":null}}';
    assert.deepEqual(storeInfoFrom(raw), { ...defaultStoreInfo, sourcesType: '__kosh_source__', reservedTypes: ['a'] });
  });
});

describe('attributes', () => {
  test('are read from raw in its order; id and _associated_data_ are none', () => {
    const raw =
      '{"data":{"b":{"value":1.0,"units":"s"},"10":{"value":[true]},"__proto__":{"value":"p"},"id":{"value":"x"},"_associated_data_":{"value":1},"2":{"value":null}}}';
    assert.deepEqual(
      [...attributesOf(raw)],
      [
        ['b', 1],
        ['10', [true]],
        ['__proto__', 'p'],
        ['2', null],
      ],
    );
    assert.deepEqual([...attributesOf('{}')], []);
    const record = datasetRecord({ id: 'D', creator, metadata: { a: 1 } });
    assert.deepEqual(attributesOf(record), attributes({ a: 1, creator, name: 'Unnamed Dataset' }));
  });

  test('all but creator, id and name are inherited', () => {
    assert.deepEqual([...inheritedAttributes(shared).keys()], ['f', 'l', 'n', 'none', 'root', 's']);
  });

  test('a member has, after ensemble.create, what Kosh gives it', () => {
    const record = datasetRecord({ id: 'D', creator, metadata: { a: 1 }, inherited: inheritedAttributes(shared) });
    const expected = { ...(koshCase('member inherits').result as Record<string, DatumValue>), creator };
    assert.deepEqual({ ...Object.fromEntries(attributesOf(record)), id: 'D' }, expected);
  });

  test('are the same in whatever order, with values as Python compares them', () => {
    assert.ok(sameAttributes(attributes({ a: 1, b: [true, 'x'] as string[] }), attributes({ b: [1, 'x'] as string[], a: true })));
    for (const other of [{ a: 1 }, { a: 1, c: null }, { a: 1, b: 2 }, { a: 1, b: null, c: 1 }]) {
      assert.ok(!sameAttributes(attributes({ a: 1, b: null }), attributes(other)), JSON.stringify(other));
    }
  });

  test('set in a stored record: those that were there keep their place and lose their labels, all else stands', () => {
    const raw =
      '{"id":"D","type":"t","data":{"10":{"value":1.0},"b":{"value":1,"units":"s"}},"curve_sets":{},"library_data":{},"files":{"f":{}},"user_defined":{"big":1152921504606846977}}';
    const draft = new RecordDraft('D', raw, () => 1500);
    draft.setAttributes(attributes({ b: 'new', c: [-0] }));
    const stamped = raw
      .replace('{"value":1,"units":"s"}', '{"value":"new"},"c":{"value":[-0.0]}')
      .replace('6977}', '6977,"kosh_information":{"b_last_modified":1.5,"c_last_modified":1.5}}');
    assert.equal(draft.toString(), stamped);
    assert.deepEqual(draft.rows().record, ['D', 't', stamped]);
  });

  test('the members of the golden store have what setting an attribute of the ensemble gave them', () => {
    const stored = readDump(golden('kosh/behaviours.rows.jsonl')).filter(({ table, id }) => table === 'Record' && id === 'D');
    const before = datasetRecord({ id: 'D', creator, metadata: { a: 1 }, inherited: inheritedAttributes(shared) });
    const after = new RecordDraft('D', before.raw);
    after.setAttributes(attributes({ other: 1, late: 'v' }));
    assert.deepEqual(
      [JSON.parse(after.toString()).data],
      stored.map(({ raw }) => (raw as { data: unknown }).data),
    );
  });
});

describe('metadata from a caller', () => {
  test('numbers, texts, booleans, null and lists of one kind pass', () => {
    const metadata = {
      a: 1,
      b: -0,
      c: '',
      d: true,
      e: null,
      f: [],
      g: [1, true],
      h: ['a', ''],
      '': 1,
      mime_type: 'x',
      id: Number.NaN,
    };
    assert.deepEqual(checkMetadata(metadata), []);
  });

  const wrong: [name: string, value: unknown, found: string][] = [
    ['undefined', undefined, 'nothing'],
    ['NaN', Number.NaN, 'number NaN'],
    ['infinite', Number.NEGATIVE_INFINITY, 'number -Infinity'],
    ['bigint', 5n, 'bigint 5'],
    ['date', new Date(0), 'date'],
    ['map', new Map(), 'map'],
    ['function', () => 1, 'function'],
    ['symbol', Symbol('s'), 'symbol Symbol(s)'],
    ['object', { a: 1 }, 'object {"a"}'],
    ['typed list', new Float64Array(2), 'float64array'],
    ['mixed list', [1, 'a'], 'text "a"'],
    ['mixed list', ['a', false], 'false'],
    ['list of lists', [[1]], 'list [1]'],
    ['null in a list', ['a', null], 'null'],
    ['hole in a list', new Array(1), 'nothing'],
    ['NaN in a list', [1, Number.NaN], 'number NaN'],
    ['half a pair', 'a\ud800', 'text "a\\ud800"'],
    ['schema', 'x', 'text "x"'],
  ];
  for (const [name, value, found] of wrong) {
    test(`refused: ${name} ${found}`, () => {
      const problems = checkMetadata({ fine: 1, [name]: value });
      assert.deepEqual(
        problems.map(({ code, pointer }) => `${code} ${pointer}`),
        [`ERR_RECORD /data/${name}`],
      );
      assert.ok(problems[0]?.message.includes(JSON.stringify(name)));
      assert.ok(problems[0]?.found?.startsWith(found), problems[0]?.found);
    });
  }

  test('Kosh refuses the same', () => {
    assert.equal(koshCase('dict attribute').ok, false);
    assert.equal(koshCase('mixed list attribute').ok, false);
    assert.equal(koshCase('bool attribute').ok, true);
  });
});
