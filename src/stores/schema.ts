/**
 * The tables of a Sina store as data, in the order in which Sina creates them
 * (Sina 1.15, `datastores/sql_schema.py`; the DDL is compared byte by byte with a store that Kosh made).
 */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Columns that reference `Record(id)` and are deleted with it. */
  readonly recordKeys: readonly string[];
  readonly index?: { readonly name: string; readonly column: string };
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull?: true;
}

const id: Column = { name: 'id', type: 'VARCHAR(255)', notNull: true };
const name: Column = { name: 'name', type: 'VARCHAR(255)', notNull: true };
const tags: Column = { name: 'tags', type: 'TEXT' };
const units: Column = { name: 'units', type: 'VARCHAR(255)' };
const text: Column = { name: 'value', type: 'VARCHAR(15000)', notNull: true };
const real = (column: string): Column => ({ name: column, type: 'REAL', notNull: true });

export const tables: readonly Table[] = [
  {
    name: 'Record',
    columns: [id, { name: 'type', type: 'VARCHAR(255)', notNull: true }, { name: 'raw', type: 'TEXT(16777216)' }],
    primaryKey: ['id'],
    recordKeys: [],
    index: { name: 'type_idx', column: 'type' },
  },
  {
    name: 'Relationship',
    columns: ['subject_id', 'object_id', 'predicate'].map((column) => ({ ...id, name: column })),
    primaryKey: ['subject_id', 'object_id', 'predicate'],
    recordKeys: ['subject_id', 'object_id'],
  },
  {
    name: 'ScalarData',
    columns: [id, name, real('value'), tags, units],
    primaryKey: ['id', 'name'],
    recordKeys: ['id'],
    index: { name: 'scalar_name_idx', column: 'name' },
  },
  {
    name: 'ListScalarData',
    columns: [id, name, real('min'), real('max'), tags, units],
    primaryKey: ['id', 'name'],
    recordKeys: ['id'],
    index: { name: 'scalarlist_name_idx', column: 'name' },
  },
  {
    name: 'StringData',
    columns: [id, name, text, tags, units],
    primaryKey: ['id', 'name'],
    recordKeys: ['id'],
    index: { name: 'string_name_idx', column: 'name' },
  },
  {
    name: 'ListStringDataMaster',
    columns: [id, name, tags, units],
    primaryKey: ['id', 'name'],
    recordKeys: ['id'],
  },
  {
    name: 'ListStringDataEntry',
    columns: [id, name, { name: 'index', type: 'INTEGER', notNull: true }, text],
    primaryKey: ['id', 'name', 'index'],
    recordKeys: ['id'],
    index: { name: 'stringlist_name_idx', column: 'name' },
  },
  {
    name: 'CurveSetMeta',
    columns: [name, id, tags],
    primaryKey: ['name', 'id'],
    recordKeys: ['id'],
    index: { name: 'curve_record_idx', column: 'id' },
  },
  {
    name: 'Document',
    columns: [id, { name: 'uri', type: 'VARCHAR(1500)', notNull: true }, { name: 'mimetype', type: 'VARCHAR(255)' }, tags],
    primaryKey: ['id', 'uri'],
    recordKeys: ['id'],
    index: { name: 'uri_idx', column: 'uri' },
  },
];

/** "index" is a word of SQL; Sina's DDL quotes that column alone. */
export function quoteColumn(column: string): string {
  return column === 'index' ? '"index"' : column;
}

/** The statements that create a store in SQLite, letter for letter those of the reference. */
export function sqliteDdl(): string[] {
  return tables.flatMap((table) => {
    const lines = [
      ...table.columns.map((c) => `${quoteColumn(c.name)} ${c.type}${c.notNull ? ' NOT NULL' : ''}`),
      `PRIMARY KEY (${table.primaryKey.map(quoteColumn).join(', ')})`,
      ...table.recordKeys.map((c) => `FOREIGN KEY(${c}) REFERENCES "Record" (id) ON DELETE CASCADE`),
    ];
    const create = `CREATE TABLE "${table.name}" (\n\t${lines.join(', \n\t')}\n)`;
    const { index } = table;
    return index ? [create, `CREATE INDEX ${index.name} ON "${table.name}" (${index.column})`] : [create];
  });
}
