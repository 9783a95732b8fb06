import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attributesOf, defaultStoreInfo, ensembleRecord, userId } from '../src/records/kosh.js';
import {
  checkDatasetType,
  checkEnsembleAttribute,
  checkJoin,
  checkMemberAttribute,
  checkMemberMetadata,
  type EnsembleView,
  isMemberOf,
} from '../src/records/kosh-rules.js';
import type { DatumValue, Problem } from '../src/records/types.js';
import { koshCase } from './support/documents.js';

const creator = userId('default');
const E = view(
  ensembleRecord({ id: 'E', name: 'ens', creator, metadata: { root: '/p', n: 3, l: [1, 2], s: ['a', 'b'], f: 1.5, none: null } }),
);
const E2 = view(ensembleRecord({ id: 'E2', creator, metadata: { root: '/p' } }));
const E3 = view(ensembleRecord({ id: 'E3', creator, metadata: { other: 1 } }));

function view(record: { id: string; raw: string }): EnsembleView {
  return { id: record.id, attributes: attributesOf(record.raw) };
}

function attributes(values: Record<string, DatumValue>): Map<string, DatumValue> {
  return new Map(Object.entries(values));
}

/** Code and place of each problem; all must say what was found and what is expected. */
function told(problems: readonly Problem[]): string[] {
  return problems.map(({ code, pointer, message, found, expected }) => {
    assert.ok(message && found && expected);
    return `${code} ${pointer}`;
  });
}

describe('ensemble.create', () => {
  test('an attribute of the ensemble, with another value', () => {
    assert.equal(koshCase('member with conflicting attribute').ok, false);
    assert.deepEqual(told(checkMemberMetadata(E, { a: 1, root: '/q', n: 4 })), [
      'ERR_ENSEMBLE_ATTRIBUTE /data/root',
      'ERR_ENSEMBLE_ATTRIBUTE /data/n',
    ]);
  });

  test('name, creator and id are attributes of the ensemble too', () => {
    const problems = checkMemberMetadata(E, { name: 'mine', creator: 'jane', id: 'D' });
    assert.deepEqual(
      told(problems),
      ['/data/name', '/data/creator', '/id'].map((place) => `ERR_ENSEMBLE_ATTRIBUTE ${place}`),
    );
    assert.deepEqual(checkMemberMetadata(E, { name: 'ens', creator: 'default', id: 'E' }), []);
  });

  test('equal values pass, equal as in Python', () => {
    assert.equal(koshCase('member with equal attribute').ok, true);
    const equal: Record<string, DatumValue>[] = [
      { root: '/p' },
      { n: 3.0 },
      { l: [true, 2] },
      { none: null },
      { constructor: 1 },
    ];
    for (const metadata of equal) assert.deepEqual(checkMemberMetadata(E, metadata), [], JSON.stringify(metadata));
    const different: Record<string, DatumValue>[] = [
      { n: '3' },
      { none: 0 },
      { none: '' },
      { s: 'a' },
      { l: [2, 1] },
      { l: [1] },
      { l: [1, 2, 3] },
      { n: null },
    ];
    for (const metadata of different) assert.equal(checkMemberMetadata(E, metadata).length, 1, JSON.stringify(metadata));
  });

  test('an ensemble in an ensemble', () => {
    assert.equal(koshCase('ensemble from ensemble').ok, false);
    assert.deepEqual(told(checkDatasetType('kosh_ensemble', defaultStoreInfo)), ['ERR_ENSEMBLE /type']);
    assert.deepEqual(checkDatasetType('dataset', defaultStoreInfo), []);
    assert.equal(checkDatasetType('mine', { ensemblesType: 'mine' }).length, 1);
  });
});

describe('ensemble.add', () => {
  const D = { id: 'D', attributes: attributes({ a: 1, name: 'mine', creator: 'other' }), ensembles: [] };

  test('an ensemble that shares an attribute with one that the dataset is in', () => {
    assert.equal(koshCase('second ensemble shares an attribute').ok, false);
    assert.deepEqual(told(checkJoin(E2, { ...D, ensembles: [E] })), ['ERR_ENSEMBLE_ATTRIBUTE /data/root']);
    assert.equal(koshCase('second ensemble disjoint attributes').ok, true);
    assert.deepEqual(checkJoin(E3, { ...D, ensembles: [E] }), []);
  });

  test('a dataset that has an attribute with another value', () => {
    const dataset = { ...D, attributes: attributes({ root: '/q', n: 3 }) };
    assert.deepEqual(told(checkJoin(E, dataset)), ['ERR_ENSEMBLE_ATTRIBUTE /data/root']);
    assert.deepEqual(checkJoin(E, { ...D, attributes: attributes({ root: '/p', n: 3, l: [1, 2] }) }), []);
  });

  test('a member already: nothing to do, whatever it holds', () => {
    const member = { ...D, attributes: attributes({ root: '/q' }), ensembles: [E2, E] };
    assert.deepEqual(checkJoin(E, member), []);
    assert.ok(isMemberOf('E', member));
    assert.ok(!isMemberOf('E3', member));
  });
});

describe('setting attributes', () => {
  test('of a member: what an ensemble controls keeps its value', () => {
    assert.equal(koshCase('set ensemble-owned attribute on member').ok, false);
    const member = { ensembles: [E3, E] };
    assert.deepEqual(told(checkMemberAttribute('root', '/q', member)), ['ERR_ENSEMBLE_ATTRIBUTE /data/root']);
    assert.deepEqual(checkMemberAttribute('root', '/p', member), []);
    assert.deepEqual(checkMemberAttribute('own', 1, member), []);
    assert.deepEqual(checkMemberAttribute('name', 'mine', member), []);
    assert.deepEqual(checkMemberAttribute('creator', 'me', member), []);
  });

  test('of an ensemble: no other ensemble of a member may have it', () => {
    assert.equal(koshCase('set attribute on ensemble').ok, true);
    assert.deepEqual(told(checkEnsembleAttribute('other', 'E', [E, E3])), ['ERR_ENSEMBLE_ATTRIBUTE /data/other']);
    assert.deepEqual(checkEnsembleAttribute('root', 'E', [E, E3]), []);
    assert.deepEqual(checkEnsembleAttribute('late', 'E', [E, E3]), []);
    assert.deepEqual(checkEnsembleAttribute('name', 'E', [E, E3]), []);
  });
});
