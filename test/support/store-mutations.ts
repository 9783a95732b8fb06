import { quoteColumn, type Table, tables } from '../../src/stores/schema.js';

/** Something that is done to a store from outside, and the differences that it has to show as. */
export interface Mutation {
  readonly name: string;
  /** In SQL of both engines; `prefix` stands before the ids of the records that it is done to. */
  readonly sql: (prefix: string) => string[];
  /** Kind, table, id and pointer of each; `#` stands for the prefix. */
  readonly expected: readonly string[];
}

/** A document whose first record has rows in every table. */
export function subject(prefix: string): object {
  return {
    records: [
      {
        id: `${prefix}full`,
        type: 'run kind',
        data: {
          num: { value: 1.5, units: 'm', tags: ['t', 'u'] },
          text: { value: 'hello', units: 'cm', tags: ['t'] },
          list: { value: [1, 2], units: 's', tags: ['l'] },
          words: { value: ['a', 'b'], units: 'w', tags: ['w'] },
        },
        curve_sets: { set: { independent: { time: { value: [0, 1] } }, dependent: { wave: { value: [2] } }, tags: ['c'] } },
        files: { '/f.txt': { mimetype: 'text/plain', tags: ['f'] } },
      },
      { id: `${prefix}other`, type: 'task' },
    ],
    relationships: [{ subject: `${prefix}full`, predicate: 'contains', object: `${prefix}other` }],
  };
}

/** The key of one row of the subject in each table, without its id. */
const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ScalarData: { name: 'num' },
  ListScalarData: { name: 'list' },
  StringData: { name: 'text' },
  ListStringDataMaster: { name: 'words' },
  ListStringDataEntry: { name: 'words', index: '1' },
  CurveSetMeta: { name: 'set' },
  Document: { uri: '/f.txt' },
};

const changed: Readonly<Record<string, string>> = {
  value: '7',
  min: '-7',
  max: '77',
  tags: `'["z"]'`,
  units: `'z'`,
  mimetype: `'z/z'`,
};
/** Rows of the subject by table. */
const rowCounts = {
  ScalarData: 1,
  ListScalarData: 3,
  StringData: 1,
  ListStringDataMaster: 1,
  ListStringDataEntry: 2,
  CurveSetMeta: 1,
  Document: 1,
};

const dataTables = tables.filter(({ name }) => name in keys);

function mutationsOf({ name: table, columns }: Table): Mutation[] {
  const key = Object.entries(keys[table] ?? {});
  const pointer = key.map(([, value]) => `/${value.replaceAll('/', '~1')}`).join('');
  const where = (prefix: string) =>
    [`id = '${prefix}full'`, ...key.map(([column, value]) => `${quoteColumn(column)} = '${value}'`)].join(' AND ');
  const [keyColumn = ''] = key[0] ?? [];
  const copy = (prefix: string, column: string, value: string) => {
    const names = columns.map((one) => quoteColumn(one.name));
    const values = names.map((one) => (one === quoteColumn(column) ? value : one));
    return `INSERT INTO "${table}" (${names.join(', ')}) SELECT ${values.join(', ')} FROM "${table}" WHERE ${where(prefix)}`;
  };
  const others = columns.filter((column) => column.name in changed).map((column) => column.name);
  const extra = pointer.replace(/^\/[^/]*/, '/extra');
  return [
    {
      name: `${table}: a row is missing`,
      sql: (prefix) => [`DELETE FROM "${table}" WHERE ${where(prefix)}`],
      expected: [`row ${table} #full ${pointer}`],
    },
    {
      name: `${table}: a row too many`,
      sql: (prefix) => [copy(prefix, keyColumn, `'extra'`)],
      expected: [`row ${table} #full ${extra}`],
    },
    {
      name: `${table}: a row without a record`,
      sql: (prefix) => [copy(prefix, 'id', `'${prefix}gone'`)],
      expected: [`reference ${table} #gone /id`],
    },
    ...others.map((column) => ({
      name: `${table}: ${column} is another`,
      sql: (prefix: string) => [`UPDATE "${table}" SET ${column} = ${changed[column]} WHERE ${where(prefix)}`],
      expected: [`row ${table} #full ${pointer}/${column}`],
    })),
  ];
}

const setRaw = (raw: string) => (prefix: string) => [`UPDATE "Record" SET raw = ${raw} WHERE id = '${prefix}full'`];

const ofRecords: readonly Mutation[] = [
  {
    name: 'Record: a row is missing, and all that belonged to it is left',
    sql: (prefix) => [`DELETE FROM "Record" WHERE id = '${prefix}full'`],
    expected: [
      'record Record #full ',
      ...Object.keys(rowCounts).map((table) => `reference ${table} #full /id`),
      'reference Relationship #full /subject_id',
    ],
  },
  {
    name: 'Record: the type is another',
    sql: (prefix) => [`UPDATE "Record" SET type = 'z' WHERE id = '${prefix}full'`],
    expected: ['row Record #full /type', 'record Record #full /type'],
  },
  {
    name: 'Record: the text has another value',
    sql: setRaw(`replace(raw, '"value":1.5', '"value":1.25')`),
    expected: ['row ScalarData #full /num/value', 'record Record #full /data/num/value'],
  },
  {
    name: 'Record: the text says more',
    sql: setRaw(`replace(raw, '"user_defined":{}', '"user_defined":{"more":1}')`),
    expected: ['record Record #full /user_defined/more'],
  },
  {
    name: 'Record: the text is no JSON',
    sql: setRaw(`replace(raw, '1.5', 'NaN')`),
    expected: ['raw Record #full ', 'record Record #full '],
  },
  {
    name: 'Record: the text is JSON, and no record',
    sql: setRaw(`replace(raw, '{"value":1.5', '{"no value":1.5')`),
    expected: ['raw Record #full /data/num', 'record Record #full /data/num/no value', 'record Record #full /data/num/value'],
  },
  { name: 'Record: there is no text', sql: setRaw('NULL'), expected: ['raw Record #full ', 'record Record #full '] },
];

const ofRelationships: readonly Mutation[] = [
  {
    name: 'Relationship: a row is missing',
    sql: (prefix) => [`DELETE FROM "Relationship" WHERE subject_id = '${prefix}full'`],
    expected: ['relationship Relationship #full /relationships/0'],
  },
  {
    name: 'Relationship: the predicate is another',
    sql: (prefix) => [`UPDATE "Relationship" SET predicate = 'z' WHERE subject_id = '${prefix}full'`],
    expected: ['relationship Relationship #full /relationships/0'],
  },
  ...['subject_id', 'object_id'].map((column) => ({
    name: `Relationship: ${column} names no record`,
    sql: (prefix: string) => [
      `INSERT INTO "Relationship" (subject_id, object_id, predicate) VALUES ${
        column === 'subject_id' ? `('${prefix}gone', '${prefix}full', 'p')` : `('${prefix}full', '${prefix}gone', 'p')`
      }`,
    ],
    expected: [`reference Relationship #gone /${column}`],
  })),
];

/** A table of what can be wrong with a store. */
export const mutations: readonly Mutation[] = [...dataTables.flatMap(mutationsOf), ...ofRecords, ...ofRelationships];
