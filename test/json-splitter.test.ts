import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Element } from '../src/sources/json-scan.js';
import { DocumentFault } from '../src/sources/json-scan.js';
import { JsonSplitter } from '../src/sources/json-splitter.js';
import { tempDirectory } from './support/temp.js';

async function split(t: TestContext, document: string | Buffer, bufferBytes = 64): Promise<Element[]> {
  const path = join(tempDirectory(t), 'document.json');
  writeFileSync(path, document);
  const file = openSync(path, 'r');
  t.after(() => closeSync(file));
  const found: Element[] = [];
  for await (const elements of new JsonSplitter(
    (buffer, start) => readSync(file, buffer, { offset: start }),
    ['records', 'relationships'],
    bufferBytes,
  ).elements()) {
    found.push(...elements);
  }
  return found;
}

async function faultOf(t: TestContext, document: string | Buffer): Promise<DocumentFault> {
  const error = await split(t, document).then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DocumentFault, String(error));
  return error;
}

const document = ` { "other" : {"records":[1]}, "records":[ {"id":"a{\\"}]", "type" : "t","x":[1, 2.50,{"k" : "v w"}]},{},
  {"ünï":"😀 \\u00e9","n":-0.0,"big":12345678901234567890} , 7 ], "relationships":[],"z":null} `;

test('the elements are the same, wherever a read ends', async (t) => {
  const whole = await split(t, document, 4096);
  assert.deepEqual(
    whole.map(({ array, index, members, text }) => [array, index, members ? [...members] : text]),
    [
      [
        'records',
        0,
        [
          ['id', '"a{\\"}]"'],
          ['type', '"t"'],
          ['x', '[1,2.50,{"k":"v w"}]'],
        ],
      ],
      ['records', 1, []],
      [
        'records',
        2,
        [
          ['ünï', '"😀 \\u00e9"'],
          ['n', '-0.0'],
          ['big', '12345678901234567890'],
        ],
      ],
      ['records', 3, '7'],
    ],
  );
  const bytes = Buffer.from(document);
  assert.equal(bytes.subarray(whole[2]?.offset).toString().slice(0, 7), '{"ünï":');
  for (let size = 1; size < 80; size++) assert.deepEqual(await split(t, document, size), whole, `buffer of ${size} bytes`);
});

test('white space goes from values of any length, and stays in their texts', async (t) => {
  const texts = ['a b', ' \t ', 'end \\', '"', '\\"  x', 'ünï 😀', '\u0001 c', '[ { , } ]'];
  for (const entries of [1, 5000]) {
    const value = Array.from({ length: entries }, (_, n) => ({ [texts[n % texts.length] as string]: texts, n }));
    const spaced = JSON.stringify({ records: [{ value }] }, null, '\t \r');
    assert.ok(entries === 1 || spaced.length > 2 ** 19);
    const [element] = await split(t, spaced);
    assert.equal(element?.members?.get('value'), JSON.stringify(value));
  }
  // Not one value, and not to become one.
  for (const text of ['[1 2]', '[1 .5]', '[- 1]', '[1\n5]', '[tr ue]', '["a" "b"]', '[1 "b"]', '{"a":1 "b":2}', '["a" 1,2 3]']) {
    const [element] = await split(t, `{"records":[{"a":  ${text}}]}`);
    assert.throws(() => JSON.parse(element?.members?.get('a') ?? '1'), text);
  }
  // Not white space in JSON: left for the reader of the value to refuse.
  const [element] = await split(t, '{"records":[{"a":[ 1,\u0001 2,\f3 ]}]}');
  assert.equal(element?.members?.get('a'), '[1,\u0001 2,\f3]');
});

test('a document without arrays has no elements', async (t) => {
  assert.deepEqual(await split(t, '{}'), []);
  assert.deepEqual(await split(t, '{"records":[]}'), []);
});

const faults: [name: string, document: string | Buffer, offset: number, code: string][] = [
  ['an empty file', '', 0, 'ERR_NOT_JSON'],
  ['white space only', ' \n', 2, 'ERR_NOT_JSON'],
  ['text', 'hello', 0, 'ERR_NOT_JSON'],
  ['a list', '[]', 0, 'ERR_DOCUMENT'],
  ['binary', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]), 0, 'ERR_NOT_JSON'],
  ['a byte order mark', '\ufeff{"records":[]}', 0, 'ERR_NOT_JSON'],
  ['a record that is cut off', '{"records":[{"id":"x","type":"t"', 32, 'ERR_NOT_JSON'],
  ['a list that is cut off', '{"records":[{"id":"x"}', 22, 'ERR_NOT_JSON'],
  ['something behind the end', '{"records":[]} x', 15, 'ERR_NOT_JSON'],
  ['a comma too many', '{"records":[{"id":"x"},]}', 23, 'ERR_NOT_JSON'],
  ['a key without quotes', '{records:[]}', 1, 'ERR_NOT_JSON'],
  ['a missing colon', '{"records" []}', 11, 'ERR_NOT_JSON'],
  ['a missing comma in a record', '{"records":[{"id":"x" "type":"t"}]}', 22, 'ERR_NOT_JSON'],
  ['records that are no list', '{"records":{"id":"x"}}', 11, 'ERR_DOCUMENT'],
  ['records twice', '{"records":[],"records":[]}', 14, 'ERR_DOCUMENT'],
  ['text that is not UTF-8', Buffer.from('{"records":[{"id":"\xe9"}]}', 'latin1'), 12, 'ERR_NOT_JSON'],
  ['a repeated key whose first value is not JSON', '{"records":[{"a":[1 2],"a":1}]}', 27, 'ERR_NOT_JSON'],
  ['another member that is not JSON', '{"a":[1,}],"records":[]}', 5, 'ERR_NOT_JSON'],
];

for (const [name, bad, offset, code] of faults) {
  test(`${name} is refused with its place`, async (t) => {
    const fault = await faultOf(t, bad);
    assert.deepEqual({ offset: fault.offset, code: fault.code }, { offset, code });
    assert.ok(fault.expected && fault.found);
  });
}
