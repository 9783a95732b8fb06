import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { membersOf, parseRelationship } from '../src/records/parse.js';
import { problemLimit } from '../src/records/problems.js';
import { mapText, parseText, problemsOf } from './support/documents.js';

/** The one problem of a record with these members beside id and type: its place and what was found. */
function place(members: string): [string, string | undefined] {
  const problems = problemsOf(`{"id":"x","type":"t",${members}}`);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  assert.ok(problems[0]?.expected && problems[0].message);
  return [problems[0].pointer, problems[0].found];
}

function accepted(members: string): void {
  const mapped = mapText(`{"id":"x","type":"t",${members}}`);
  assert.ok(mapped.ok, JSON.stringify(mapped));
}

const curveSet = (curve: string) => `"curve_sets":{"s":{"independent":{"c":${curve}},"dependent":{}}}`;

/** Members of a record that Sina refuses, with the place and the finding that the problem names. */
const refusals: [members: string, pointer: string, found: string][] = [
  ['"data":[1]', '/data', 'list [1]'],
  ['"data":5', '/data', 'number 5'],
  ['"data":{"m":5}', '/data/m', 'number 5'],
  ['"data":{"m":null}', '/data/m', 'null'],
  ['"data":{"m":[]}', '/data/m', 'list []'],
  ['"data":{"m":{}}', '/data/m', 'object {}'],
  ['"data":{"m":{"__proto__":{"value":1}}}', '/data/m', 'object {"__proto__"}'],
  ['"data":{"m":{"value":{"a":1}}}', '/data/m/value', 'object {"a"}'],
  ['"data":{"a/b~c":{"value":[1,"a"]}}', '/data/a~1b~0c/value/1', 'text "a"'],
  ['"data":{"m":{"value":["a",true]}}', '/data/m/value/1', 'true'],
  ['"data":{"m":{"value":[null]}}', '/data/m/value/0', 'null'],
  ['"data":{"m":{"value":["a",[1]]}}', '/data/m/value/1', 'list [1]'],
  ['"data":{"m":{"value":1,"tags":"oops"}}', '/data/m/tags', 'text "oops"'],
  ['"data":{"m":{"value":1,"tags":{"a":1}}}', '/data/m/tags', 'object {"a"}'],
  ['"data":{"m":{"value":1,"units":["s"]}}', '/data/m/units', 'list ["s"]'],
  ['"files":["f"]', '/files', 'list ["f"]'],
  ['"files":{"/a":"text"}', '/files/~1a', 'text "text"'],
  ['"files":{"a":{"tags":"t"}}', '/files/a/tags', 'text "t"'],
  ['"files":{"a":{"mimetype":["t"]}}', '/files/a/mimetype', 'list ["t"]'],
  ['"user_defined":[1]', '/user_defined', 'list [1]'],
  ['"user_defined":"note"', '/user_defined', 'text "note"'],
  ['"curve_sets":[1]', '/curve_sets', 'list [1]'],
  ['"curve_sets":{"s":5}', '/curve_sets/s', 'number 5'],
  ['"curve_sets":{"s":{"dependent":{}}}', '/curve_sets/s/independent', 'nothing'],
  ['"curve_sets":{"s":{"independent":{},"dependent":[]}}', '/curve_sets/s/dependent', 'list []'],
  ['"curve_sets":{"s":{"independent":{},"dependent":{},"tags":"t"}}', '/curve_sets/s/tags', 'text "t"'],
  [curveSet('5'), '/curve_sets/s/independent/c', 'number 5'],
  [curveSet('{}'), '/curve_sets/s/independent/c/value', 'nothing'],
  [curveSet('{"value":3}'), '/curve_sets/s/independent/c/value', 'number 3'],
  [curveSet('{"value":[]}'), '/curve_sets/s/independent/c/value', 'list []'],
  [curveSet('{"value":[1,null]}'), '/curve_sets/s/independent/c/value/1', 'null'],
  [curveSet('{"value":["a"]}'), '/curve_sets/s/independent/c/value/0', 'text "a"'],
  [curveSet('{"value":[1],"tags":"t"}'), '/curve_sets/s/independent/c/tags', 'text "t"'],
  [curveSet('{"value":[1],"units":{"a":1}}'), '/curve_sets/s/independent/c/units', 'object {"a"}'],
  ['"library_data":{"l":null}', '/library_data/l', 'null'],
  ['"library_data":{"l":{"data":[]}}', '/library_data/l/data', 'list []'],
  ['"library_data":{"l":{"data":{"m":5}}}', '/library_data/l/data/m', 'number 5'],
  ['"library_data":{"l":{"curve_sets":{"s":{"independent":{}}}}}', '/library_data/l/curve_sets/s/dependent', 'nothing'],
  ['"library_data":{"l":{"library_data":{"i":{"data":{"m":{}}}}}}', '/library_data/l/library_data/i/data/m', 'object {}'],
];

/** Members that Sina's loader accepts although its published schema does not. */
const acceptances = [
  '"data":{"m":{"value":true},"n":{"value":null},"l":{"value":[]},"b":{"value":[true,1]}}',
  '"data":{"m":{"value":1,"units":5,"tags":["a","a",1]}}',
  '"data":{"m":{"value":1,"tags":""},"n":{"value":1,"tags":{}}}',
  '"data":{"":{"value":""}}',
  '"library_data":{"l":{"data":{"m":{"value":1}}}},"extra":[1]',
  '"library_data":{"l":[],"m":{"files":5,"user_defined":[]}}',
  '"curve_sets":{"s":{"independent":{},"dependent":{},"independent_order":5}}',
];

describe('records as Sina 1.15 loads them', () => {
  for (const [members, pointer, found] of refusals)
    test(`refused: ${members}`, () => assert.deepEqual(place(members), [pointer, found]));
  for (const members of acceptances) test(`accepted: ${members}`, () => accepted(members));

  test('identity: id or local_id, and a type', () => {
    const pointers = (text: string) => problemsOf(text).map(({ pointer }) => pointer);
    assert.deepEqual(pointers('{}'), ['/id', '/type']);
    assert.deepEqual(pointers('{"id":"","type":null}'), ['/id', '/type']);
    assert.deepEqual(pointers('{"id":null,"local_id":"a","type":5.5}'), ['/id', '/type']);
    assert.deepEqual(pointers('{"local_id":["a"],"type":"t"}'), ['/local_id']);
    assert.deepEqual(pointers('{"id":12345678901234567890,"type":true}'), ['/id', '/type']);
    assert.deepEqual(pointers('{"id":"x","type":"run"}'), ['/application']);
  });

  test('the id is told with the problems when it can be read', () => {
    const parsed = parseText('{"id":"x"}');
    assert.equal(parsed.ok ? undefined : parsed.id, 'x');
  });

  test('no id is made for a record that is refused', () => {
    assert.equal(parseText('{"local_id":"a","type":"t","data":5}').ok, false);
  });

  test('all problems of a record are told, up to a limit', () => {
    const emptyCurve = '/curve_sets/s/independent/c/value';
    const pointers = problemsOf(
      `{"type":"run","data":{"a":1,"b":{}},${curveSet('{"value":[]}')},"files":[1],"user_defined":5}`,
    ).map(({ pointer }) => pointer);
    assert.deepEqual(pointers, ['/id', '/application', '/data/a', '/data/b', emptyCurve, '/files', '/user_defined']);
    const many = Array.from({ length: 1000 }, (_, n) => `"d${n}":${n}`).join(',');
    assert.equal(problemsOf(`{"id":"x","type":"t","data":{${many}}}`).length, problemLimit);
  });
});

describe('names that meet in the tables', () => {
  const curves = (one: string, other: string) => `"curve_sets":{"s":{"independent":{"m":${one}},"dependent":{"m":${other}}}}`;
  const beside = (value: string) => `"data":{"m":{"value":${value}}},${curveSet('{"value":[1]}').replace('"c"', '"m"')}`;

  test('curves of one name with different units', () => {
    const [pointer, found] = place(curves('{"value":[1],"units":"s"}', '{"value":[1],"units":"ms"}'));
    assert.deepEqual([pointer, found], ['/curve_sets/s/dependent/m/units', 'text "ms"']);
    accepted(curves('{"value":[1],"units":"s"}', '{"value":[1],"units":null}'));
  });

  test('a curve and a number of its name with different units', () => {
    const members = `"data":{"c":{"value":1,"units":"kg"}},${curveSet('{"value":[1],"units":"g"}')}`;
    assert.equal(place(members)[0], '/curve_sets/s/independent/c/units');
  });

  for (const value of ['[1]', '["a"]', '"a"', 'null']) {
    test(`a curve with the name of a datum of value ${value}`, () => {
      assert.equal(place(beside(value))[0], '/curve_sets/s/independent/m');
    });
  }

  test('in libraries the place is that of the library', () => {
    const library = `{"data":{"m":{"value":"s"}},${curveSet('{"value":[1]}').replace('"c"', '"m"')}}`;
    assert.equal(place(`"library_data":{"a/b":${library}}`)[0], '/library_data/a~1b/curve_sets/s/independent/m');
    assert.equal(
      place(`"library_data":{"l":{"library_data":{"i":${library}}}}`)[0],
      '/library_data/l/library_data/i/curve_sets/s/independent/m',
    );
  });
});

describe('relationships', () => {
  const idForLocal = (localId: string) => (localId === 'a' ? 'id of a' : undefined);
  const parse = (text: string) => parseRelationship(membersOf(text), idForLocal);
  const triple = (text: string) => {
    const parsed = parse(text);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return parsed.relationship;
  };
  const pointers = (text: string) => {
    const parsed = parse(text);
    assert.ok(!parsed.ok);
    for (const { code, found, expected } of parsed.problems) assert.ok(code === 'ERR_RELATIONSHIP' && found && expected);
    return parsed.problems.map(({ pointer }) => pointer);
  };

  test('members that are not read have to be JSON all the same', () => {
    const members = (other: string) =>
      new Map([
        ['subject', '"s"'],
        ['predicate', '"p"'],
        ['object', '"o"'],
        ['local_object', '[1 2]'],
        ['x', other],
      ]);
    const parsed = parseRelationship(members('{"y":1 2}'), idForLocal);
    assert.deepEqual(!parsed.ok && parsed.problems.map(({ pointer }) => pointer), ['/local_object/0', '/x/y']);
    assert.ok(parseRelationship(new Map([...members('{}')].filter(([key]) => key !== 'local_object')), idForLocal).ok);
  });

  test('ids, local ids, and ids before local ids', () => {
    const expected = { subject: 's', predicate: 'p', object: 'id of a' };
    assert.deepEqual(triple('{"subject":"s","predicate":"p","local_object":"a","extra":1}'), expected);
    assert.deepEqual(triple('{"subject":"s","local_subject":"zz","predicate":"p","local_object":"a"}'), expected);
    assert.deepEqual(triple('{"subject":5,"predicate":0,"object":""}'), { subject: '5', predicate: '0', object: '' });
  });

  test('what is missing, unknown or no text', () => {
    assert.deepEqual(pointers('{}'), ['/subject', '/predicate', '/object']);
    assert.deepEqual(pointers('{"local_subject":"zz","predicate":null,"object":["o"]}'), [
      '/local_subject',
      '/predicate',
      '/object',
    ]);
    assert.deepEqual(pointers('{"subject":null,"local_subject":"a","predicate":"p","object":"o"}'), ['/subject']);
  });
});
