import type { LoadSummary } from '../../src/ingest/summary.js';

const member = 'is a member of ensemble';

interface Text {
  readonly id: string;
  readonly type?: string;
  readonly [key: string]: unknown;
}

const dataset = (id: string, values: object = {}, rest: object = {}): Text => ({
  id,
  type: 'dataset',
  data: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
  ...rest,
});
const ensemble = (id: string, values: object = {}): Text => ({ ...dataset(id, values), type: 'kosh_ensemble' });
export const document = (records: readonly (Text | string)[], ...links: [string, string, string?][]) => {
  const relationships = links.map(([subject, object, predicate = member]) => ({ subject, predicate, object }));
  const texts = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)));
  return `{"records":[${texts.join(',')}],"relationships":${JSON.stringify(relationships)}}`;
};

export interface Case {
  readonly name: string;
  readonly way: 'error' | 'skip' | 'replace' | 'merge';
  readonly existing: string;
  /** Documents, in their order. */
  readonly input: readonly string[];
  readonly counts?: Partial<LoadSummary['existing']>;
  readonly inserted?: number;
  readonly links?: number;
  /** Code, pointer and the values of each. */
  readonly rejects?: readonly (readonly [code: string, pointer: string, found?: string, expected?: string])[];
  /** Attributes afterwards, all but the creator. */
  readonly after?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Parts of the raw afterwards. */
  readonly raw?: Readonly<Record<string, readonly string[]>>;
}

const curves = (order: string[] | undefined, names: string[]) => ({
  curve_sets: {
    s: {
      independent: { t: { value: [0, 1] } },
      dependent: Object.fromEntries(names.map((name) => [name, { value: [1, 2] }])),
      ...(order ? { dependent_order: order } : {}),
    },
  },
});

export const cases: Case[] = [
  {
    name: 'error refuses the document whole',
    way: 'error',
    existing: document([dataset('a', { x: 1 })]),
    input: [document([dataset('b'), dataset('a', { x: 1 })])],
    rejects: [['ERR_RECORD_EXISTS', '/records/1/id']],
    after: { a: { x: 1 } },
  },
  {
    name: 'skip leaves what is there, says that it differs, and inserts the others',
    way: 'skip',
    existing: document([dataset('a', { x: 1 }), dataset('b', { x: 1 })]),
    input: [document([dataset('a', { x: 2 }), dataset('b', { x: 1 }), dataset('c', { x: 3 })], ['c', 'a', 'p'])],
    counts: { skipped: 2, different: 1, differing: ['a'] },
    inserted: 1,
    links: 1,
    after: { a: { x: 1 }, b: { x: 1 }, c: { x: 3 } },
  },
  {
    name: 'skip finds no difference in the order of keys, the form of a number, stamps and the creator',
    way: 'skip',
    existing: document([
      '{"id":"a","type":"t","data":{"x":{"value":1e2},"n":{"value":9007199254740993}},"user_defined":{"kosh_information":{"x_last_modified":5,"last_update_from_db":6}}}',
      dataset('b', { creator: 'one', y: 1 }),
    ]),
    input: [
      document([
        '{"data":{"n":{"value":9007199254740993.0},"x":{"value":100}},"type":"t","id":"a","user_defined":{}}',
        dataset('b', { y: 1, creator: 'other', _associated_data_: null }),
      ]),
    ],
    counts: { skipped: 2, different: 0 },
  },
  {
    name: 'skip tells large integers apart that are one double',
    way: 'skip',
    existing: document(['{"id":"a","type":"t","data":{"n":{"value":9007199254740993}}}', dataset('b', {}, { type: 't' })]),
    input: [document(['{"id":"a","type":"t","data":{"n":{"value":9007199254740992}}}', dataset('b', {}, { type: 'u' })])],
    counts: { skipped: 2, different: 2, differing: ['a', 'b'] },
  },
  {
    name: 'what a member took over from its ensemble is no difference',
    way: 'skip',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { x: 1, root: '/p' })], ['a', 'e']),
    input: [document([dataset('a', { x: 1 })])],
    counts: { skipped: 1, different: 0 },
  },
  {
    name: 'a record that stays joins no ensemble whose attributes it lacks',
    way: 'skip',
    existing: document([ensemble('e', { root: '/p', z: 1 }), dataset('a', { x: 1 })]),
    input: [document([dataset('a', { x: 1 })], ['a', 'e'])],
    rejects: [
      ['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/root', 'nothing', 'text "/p"'],
      ['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/z', 'nothing', 'number 1'],
    ],
  },
  {
    name: 'the same load again with skip changes nothing',
    way: 'skip',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p' })], ['a', 'e']),
    input: [document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p' })], ['a', 'e'])],
    counts: { skipped: 2, relationships: 1 },
  },
  {
    name: 'relationships alone that are there are no error',
    way: 'merge',
    existing: document([dataset('a'), dataset('b')], ['a', 'b', 'p']),
    input: [document([], ['a', 'b', 'p'], ['b', 'a', 'p'], ['b', 'a', 'p'])],
    counts: { relationships: 2 },
    links: 1,
  },
  {
    name: 'replace gives new rows, and the relationships stay',
    way: 'replace',
    existing: document([dataset('a', { x: 1, old: 'o' }, { files: { f: {} } }), dataset('b')], ['a', 'b', 'p'], ['b', 'a', 'q']),
    input: [document([dataset('a', { x: 2 })], ['a', 'b', 'p'])],
    counts: { replaced: 1, relationships: 1 },
    after: { a: { x: 2 } },
  },
  {
    name: 'a member is given what it lacks of its ensemble',
    way: 'replace',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p', x: 1 })], ['a', 'e']),
    input: [document([dataset('a', { x: 2 })])],
    counts: { replaced: 1 },
    after: { a: { x: 2, root: '/p' } },
  },
  {
    name: 'a member with another value than its ensemble is refused',
    way: 'replace',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p' }), dataset('b')], ['a', 'e']),
    input: [document([dataset('b', { root: '/q' }), dataset('a', { root: '/q' })], ['b', 'e'])],
    rejects: [
      // Found before the store is asked for the memberships that it has.
      ['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/root', 'text "/q"', 'text "/p"'],
    ],
    after: { a: { root: '/p' }, b: {} },
  },
  {
    name: 'an ensemble cannot change what members in the store have',
    way: 'replace',
    existing: document(
      [ensemble('e', { root: '/p' }), dataset('a', { root: '/p' }), dataset('b', { root: '/p' })],
      ['a', 'e'],
      ['b', 'e'],
    ),
    input: [document([ensemble('e', { root: '/q' }), dataset('a', { x: 1 })])],
    rejects: [['ERR_ENSEMBLE_ATTRIBUTE', '/records/0/data/root', 'text "/q"', 'text "/p"']],
    after: { e: { root: '/p' }, a: { root: '/p' }, b: { root: '/p' } },
  },
  {
    name: 'an ensemble and its members together, the member first',
    way: 'replace',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p' })], ['a', 'e']),
    input: [document([dataset('a', { x: 1 }), ensemble('e', { root: '/q' })])],
    counts: { replaced: 2 },
    after: { e: { root: '/q' }, a: { x: 1, root: '/q' } },
  },
  {
    name: 'another type is refused, and so is the store-info record',
    way: 'replace',
    existing: document([dataset('a')]),
    input: [document([ensemble('a')]), document([dataset('__kosh_store_info__', { sources_type: 'x' })])],
    rejects: [
      ['ERR_RECORD_DIFFERS', '/records/0/type', '"kosh_ensemble"', '"dataset"'],
      ['ERR_RECORD_DIFFERS', '/records/0'],
    ],
  },
  {
    name: 'merge adds what is lacking everywhere and keeps the text of numbers',
    way: 'merge',
    existing: document([
      `{"id":"a","type":"t","data":{"x":{"value":1.50},"creator":{"value":"me"}},"files":{"f":{}},"user_defined":{"k":{"deep":1}},"more":[1.0],${JSON.stringify(curves(['u'], ['u'])).slice(1, -1)}}`,
    ]),
    input: [
      document([
        `{"id":"a","type":"t","data":{"x":{"value":1.5,"units":"m"},"big":{"value":1152921504606846977},"creator":{"value":"you"}},"files":{"g":{"mimetype":"m"}},"library_data":{"l":{"data":{"q":{"value":1}}}},"user_defined":{"k":{"other":-0.0}},"more":[1],${JSON.stringify(curves(undefined, ['u', 'v'])).slice(1, -1)}}`,
      ]),
    ],
    counts: { merged: 1 },
    after: { a: { x: 1.5, big: 2 ** 60 } },
    raw: {
      a: [
        '"x":{"value":1.50,"units":"m"}',
        '1152921504606846977',
        '"creator":{"value":"me"}',
        '"g":{"mimetype":"m"}',
        '"q":',
        '"other":-0.0',
        '"more":[1.0]',
        '"dependent_order":["u","v"]',
      ],
    },
  },
  {
    name: 'merge lists every conflict with both values, and changes nothing of the document',
    way: 'merge',
    existing: document([dataset('a', { x: 1, y: [1, 2] }, { user_defined: { k: 'o' } }), dataset('b', { z: 'z' })]),
    input: [
      document([
        dataset('c'),
        dataset('a', { x: 2, y: [1, 3], n: 1 }, { user_defined: { k: 'p' } }),
        dataset('b', { z: 'y', w: 1 }),
      ]),
    ],
    rejects: [
      ['ERR_RECORD_DIFFERS', '/records/1/data/x/value', '2', '1'],
      ['ERR_RECORD_DIFFERS', '/records/1/data/y/value', '[1,3]', '[1,2]'],
      ['ERR_RECORD_DIFFERS', '/records/1/user_defined/k', '"p"', '"o"'],
      ['ERR_RECORD_DIFFERS', '/records/2/data/z/value', '"y"', '"z"'],
    ],
    after: { a: { x: 1, y: [1, 2] }, b: { z: 'z' } },
  },
  {
    name: 'what an ensemble gains reaches members of the store',
    way: 'merge',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { root: '/p' })], ['a', 'e']),
    input: [document([ensemble('e', { step: 2 })])],
    counts: { merged: 1 },
    after: { e: { root: '/p', step: 2 }, a: { root: '/p', step: 2 } },
  },
  {
    name: 'a record joins an ensemble and is given its attributes',
    way: 'merge',
    existing: document([ensemble('e', { root: '/p' }), dataset('a', { x: 1 })]),
    input: [document([dataset('a', { y: 2 })], ['a', 'e'])],
    counts: { merged: 1 },
    links: 1,
    after: { a: { x: 1, y: 2, root: '/p' } },
  },
  {
    name: 'the datasets that use a file come together',
    way: 'merge',
    existing: document([{ ...dataset('f', { uri: '/u', associated: ['a'] }), type: 'file' }]),
    input: [document([{ ...dataset('f', { uri: '/u', associated: ['b', 'a'] }), type: 'file' }])],
    counts: { merged: 1 },
    after: { f: { uri: '/u', associated: ['a', 'b'] } },
  },
  {
    name: 'twins of one load meet in their order',
    way: 'merge',
    existing: document([dataset('o')]),
    input: [document([dataset('a', { x: 1 })]), document([dataset('a', { y: 2 })]), document([dataset('a', { x: 3 })])],
    inserted: 1,
    counts: { merged: 1 },
    rejects: [['ERR_RECORD_DIFFERS', '/records/0/data/x/value', '3', '1']],
    after: { a: { x: 1, y: 2 } },
  },
  {
    name: 'twins with skip: the first one stays; with the second goes what it lacks',
    way: 'skip',
    existing: document([dataset('o')]),
    input: [
      document([dataset('a', { x: 1 })]),
      document([dataset('a', { x: 2 }), dataset('b')], ['b', 'nowhere', 'p']),
      document([dataset('a', { x: 3 }), dataset('c')], ['c', 'a', 'p']),
    ],
    inserted: 2,
    links: 1,
    counts: { skipped: 1, different: 1, differing: ['a'] },
    rejects: [['ERR_MISSING_ENDPOINT', '/relationships/0/object', '"nowhere"']],
    after: { a: { x: 1 } },
  },
  {
    name: 'a record of a refused document comes with the next one that has it',
    way: 'skip',
    existing: document([dataset('o')]),
    input: [
      document([dataset('a', { x: 1 })], ['a', 'nowhere', 'p']),
      document([dataset('a', { x: 2 })]),
      document([dataset('c')], ['c', 'a', 'p']),
    ],
    inserted: 2,
    links: 1,
    rejects: [['ERR_MISSING_ENDPOINT', '/relationships/0/object', '"nowhere"']],
    after: { a: { x: 2 } },
  },
];
