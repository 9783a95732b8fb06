import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { codeOf } from '../src/errors.js';
import { membersOf, parseRecord } from '../src/records/parse.js';
import { parseText } from './support/documents.js';

function rawOf(text: string): string {
  const parsed = parseText(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.record.raw;
}

const noSections = '"data":{},"curve_sets":{},"library_data":{},"files":{},"user_defined":{}';

describe('raw', () => {
  test('values stand as they were written', () => {
    const values = '[1152921504606846977,18446744073709551616,-0.0,1.0,1e2,1E+02,0.1234567890123456789,5e-324,1e-400]';
    const text =
      `{"id":"x","type":"t","data":{"l":{"value":${values}}},"curve_sets":{},"library_data":{},"files":{},` +
      `"user_defined":{"v":${values},"s":"\\u00e9\\/é\\ud83d\\ude00 \\"{[,:]} \\\\"}}`;
    assert.equal(rawOf(text), text);
  });

  test('keys keep their order, whatever they are called', () => {
    const data = '{"10":{"value":1},"2":{"value":2},"__proto__":{"value":3},"b":{"value":4},"1":{"value":5}}';
    const raw = rawOf(`{"9":1,"id":"x","type":"t","data":${data},"__proto__":{"a":1},"1":2}`);
    assert.equal(
      raw,
      `{"id":"x","type":"t","data":${data},${noSections.slice('"data":{},'.length)},"9":1,"__proto__":{"a":1},"1":2}`,
    );
  });

  test('white space between the parts goes, white space in texts stays', () => {
    const raw = rawOf('\n{ "id" : "x  y" ,\t"type":"t", "files" : { "a b" : { "tags" : [ "c d" , "e" ] } , "f" : { } }\r\n}');
    assert.equal(
      raw,
      '{"id":"x  y","type":"t","data":{},"curve_sets":{},"library_data":{},"files":{"a b":{"tags":["c d","e"]},"f":{}},"user_defined":{}}',
    );
  });

  test('sections that are absent, null or empty become {}', () => {
    for (const empty of ['null', '[]', '{}', '""', '0', 'false']) {
      const sections = ['data', 'curve_sets', 'library_data', 'files', 'user_defined']
        .map((key) => `"${key}":${empty}`)
        .join(',');
      assert.equal(rawOf(`{"id":"x","type":"t",${sections}}`), `{"id":"x","type":"t",${noSections}}`);
    }
  });

  test('a run has application, user and version before what else it has', () => {
    const raw = rawOf('{"z":1,"version":"1.0","application":"hydro","type":"run","id":"x"}');
    assert.equal(raw, `{"id":"x","type":"run",${noSections},"application":"hydro","user":null,"version":"1.0","z":1}`);
    assert.match(rawOf('{"id":"x","type":"run","application":null}'), /"application":null,"user":null,"version":null}$/);
  });

  test('the keys of a run are nothing special in another record', () => {
    assert.equal(rawOf('{"id":"x","type":"t","user":"u"}'), `{"id":"x","type":"t",${noSections},"user":"u"}`);
  });

  test('a local_id gives way to the id made for it, and stays beside an id', () => {
    const made = parseRecord(membersOf('{"local_id":"a\\u0022","type":"t"}'), (localId) => `<${localId}>`);
    assert.ok(made.ok);
    assert.equal(made.localId, 'a"');
    assert.equal(made.record.id, '<a">');
    assert.equal(made.record.raw, `{"id":"<a\\">","type":"t",${noSections}}`);
    const both = parseRecord(membersOf('{"local_id":"a","type":"t","id":"x"}'), () => assert.fail('asked for an id'));
    assert.ok(both.ok);
    assert.equal(both.localId, undefined);
    assert.equal(both.record.raw, `{"id":"x","type":"t",${noSections},"local_id":"a"}`);
  });

  test('integers for id, type and local_id: the number in raw, its digits as text', () => {
    const parsed = parseText('{"id":5,"type":-12}');
    assert.ok(parsed.ok);
    assert.deepEqual([parsed.record.id, parsed.record.type], ['5', '-12']);
    assert.equal(parsed.record.raw, `{"id":5,"type":-12,${noSections}}`);
    const local = parseText('{"local_id":0,"type":"t"}');
    assert.ok(local.ok);
    assert.equal(local.localId, '0');
  });
});

describe('membersOf', () => {
  test('decodes keys and keeps values, in order; of a repeated key the last value at the first place', () => {
    const members = membersOf(' { "b\\u0022/" : [ 1.0 , "x y" ] , "10":1,"a":{"k" : " : , } " },"2":2,"10":  -0.0  } ');
    assert.deepEqual(
      [...members],
      [
        ['b"/', '[1.0,"x y"]'],
        ['10', '-0.0'],
        ['a', '{"k":" : , } "}'],
        ['2', '2'],
      ],
    );
    assert.equal(membersOf('{}').size, 0);
    assert.equal(membersOf('\t{ }\n').size, 0);
  });

  test('every prefix of an object is refused, and so is everything else', () => {
    const text = '{"a":[1,{"b":"\\u00e9"}],"c":-1.5e3,"d":null}';
    const others = [
      '[]',
      '1',
      'null',
      '"{}"',
      '{"a":1}x',
      '{"a":1,}',
      "{'a':1}",
      '{"a":01}',
      '{"a":/**/1}',
      '{"a":1 "b":2}',
      '{"a":NaN}',
    ];
    for (const wrong of [...others, ...Array.from(text, (_, n) => text.slice(0, n))]) {
      assert.throws(
        () => membersOf(wrong),
        (error) => codeOf(error) === 'ERR_NOT_JSON',
        wrong,
      );
    }
    assert.throws(() => membersOf('{"a":[1,2 3]}'), /character 10/);
  });

  test('is not stopped by depth', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    assert.equal(membersOf(`{"a": ${deep}}`).get('a'), deep);
  });
});
