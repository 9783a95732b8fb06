import assert from 'node:assert/strict';
import test from 'node:test';
import { AttributeTemplate } from '../src/records/attribute-template.js';
import { datasetRecord } from '../src/records/kosh.js';
import { rowsOf } from '../src/records/rows.js';

test('a template makes the rows that the record would have', () => {
  const metadata = { b: 'x"\\\n', '10': 'ü', a: '' };
  const inherited = new Map([['ensemble_att_0', 'v😀']]);
  const record = datasetRecord({ id: 'i"d', metadata, creator: 'c', inherited });
  const names = [...Object.keys(metadata), 'creator', 'name', 'ensemble_att_0'];
  const values = [...Object.values(metadata), 'c', 'Unnamed Dataset', 'v😀'];
  const mapped = rowsOf(record);
  assert.ok(mapped.ok);
  assert.deepEqual(new AttributeTemplate('dataset', names).rows('i"d', values), mapped.rows);
});

test('a template without attributes makes an empty data section', () => {
  const { record } = new AttributeTemplate('t', []).rows('a', []);
  assert.deepEqual((JSON.parse(record?.[2] as string) as { data: object }).data, {});
});
