import { IngestError } from '../errors.js';
import { type ColumnFacts, ColumnRules } from './column-rules.js';
import { journalTable } from './journal.js';
import { mariadbJournalDdl } from './mariadb-journal.js';
import type { MariadbSession } from './mariadb-session.js';
import { quoteColumn, type Table, tables } from './schema.js';

/**
 * Where a transaction leaves its mark, by which a later one finds out whether it was committed. A row is gone with the next transaction of the same
 * connection; those of connections that ended without saying so stay until {@link staleMarks}.
 */
export const marksTable = 'kosh_ingest_commits';

const marksDdl = `CREATE TABLE IF NOT EXISTS "${marksTable}" (
  token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE=InnoDB`;

/** Nobody runs a transaction again after a week. */
export const staleMarks = `SELECT token FROM "${marksTable}" WHERE at < CURRENT_TIMESTAMP - INTERVAL 7 DAY LIMIT 1000`;

/**
 * Texts of any language, and no two different ones equal: the collation of the server's default takes "A" for "a" and "é" for "e", and all that do not
 * say "nopad" take "a " for "a".
 */
const anyText: TextKind = { charset: 'utf8mb4', collation: 'utf8mb4_nopad_bin' };
/** A key has 3072 bytes at most: with four for a character, the uri of 1500 does not fit into that of Document. */
const narrowText: TextKind = { charset: 'latin1', collation: 'latin1_nopad_bin' };

const types: Readonly<Record<string, string>> = { 'TEXT(16777216)': 'LONGTEXT', REAL: 'DOUBLE' };

/**
 * The statements that create a store: the tables of the reference, whatever the character set of the database. `found` is that of the ids where some of the
 * tables are there already: keys that refer to them have to be of the same.
 */
export function mariadbDdl(found: TextKind = anyText): string[] {
  return [...tables.map((table) => createTable(table, found)), marksDdl, mariadbJournalDdl];
}

export function createMarks(): string {
  return marksDdl;
}

function createTable({ name, columns, primaryKey, recordKeys, index }: Table, text: TextKind): string {
  const uri = isWide(text) ? narrowText : text;
  const lines = [
    ...columns.map((column) => {
      const type = types[column.type] ?? column.type;
      return `${quoteColumn(column.name)} ${type}${column.name === 'uri' ? ` ${textSql(uri)}` : ''}${column.notNull ? ' NOT NULL' : ''}`;
    }),
    `PRIMARY KEY (${primaryKey.map(quoteColumn).join(', ')})`,
    ...recordKeys.map((column) => `FOREIGN KEY (${column}) REFERENCES "Record" (id) ON DELETE CASCADE`),
    ...(index ? [`INDEX ${index.name} (${index.column})`] : []),
  ];
  return `CREATE TABLE IF NOT EXISTS "${name}" (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB ${textSql(text)}`;
}

function textSql({ charset, collation }: TextKind): string {
  return `CHARACTER SET ${charset} COLLATE ${collation}`;
}

function isWide({ charset }: TextKind): boolean {
  return /^(utf|ucs)/.test(charset);
}

/** What the tables of a store are like. */
export interface SchemaFacts {
  readonly kind: 'none' | 'sina';
  /** What its columns take. */
  readonly rules: ColumnRules;
  /** How ids are kept; undefined without a table of records. */
  readonly ids: TextKind | undefined;
  readonly hasJournal: boolean;
}

/** A character set, and how its texts are compared. */
export interface TextKind {
  readonly charset: string;
  readonly collation: string;
}

interface Column extends ColumnFacts {
  readonly collation: string | null;
  readonly engine: string | null;
  readonly inKey: number;
  /** Not 0: the server takes "Record" and "record" for one table, and may list it in small letters. */
  readonly anyCase: number;
}

/** What there is to check of the table of marks. */
const marks: Table = {
  name: marksTable,
  columns: [{ name: 'token', type: 'CHAR(36)' }],
  primaryKey: ['token'],
  recordKeys: [],
};

/** And of that of the journal. */
const journal: Table = {
  name: journalTable,
  columns: ['load_id', 'place_key', 'place', 'text'].map((name) => ({ name, type: 'TEXT' })),
  primaryKey: ['load_id', 'place_key'],
  recordKeys: [],
};

const known: readonly Table[] = [...tables, marks, journal];

const select = `SELECT c.TABLE_NAME AS "table", c.COLUMN_NAME AS "column", c.DATA_TYPE AS dataType,
  CAST(c.CHARACTER_MAXIMUM_LENGTH AS DOUBLE) AS maxCharacters, CAST(c.CHARACTER_OCTET_LENGTH AS DOUBLE) AS maxBytes,
  c.CHARACTER_SET_NAME AS charset, c.COLLATION_NAME AS collation, c.COLUMN_KEY = 'PRI' AS inKey, t.ENGINE AS engine,
  @@lower_case_table_names AS anyCase
  FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${known.map(() => '?').join(', ')})`;

/**
 * Looks at the tables. One that is missing is created with the others, as Sina does; one that is there and is not Sina's is `ERR_STORE_SCHEMA`, and so is one
 * that cannot keep what a store promises: without transactions, or without the primary key.
 */
export async function readSchema(session: MariadbSession, store: string): Promise<SchemaFacts> {
  const listed = (await session.query(
    select,
    known.map(({ name }) => name),
  )) as unknown as Column[];
  const columns = listed.map((column) => {
    const named = ({ name }: Table) => name.toLowerCase() === column.table.toLowerCase();
    return column.anyCase === 0 ? column : { ...column, table: known.find(named)?.name ?? column.table };
  });
  const isThere = ({ name }: Table) => columns.some((column) => column.table === name);
  for (const table of known.filter(isThere)) checkTable(table, columns, store);
  const id = columns.find(({ table, column }) => table === 'Record' && column === 'id');
  return {
    kind: tables.every(isThere) ? 'sina' : 'none',
    rules: new ColumnRules(columns, session.facts.maxPacketBytes),
    hasJournal: isThere(journal),
    ids: id?.collation && id.charset ? { charset: id.charset, collation: id.collation } : undefined,
  };
}

/** The types that keep what is written, by the type of the reference: a FLOAT or an INT would round it without a word. */
const kinds: Readonly<Record<string, { readonly name: string; readonly types: RegExp }>> = {
  REAL: { name: 'double', types: /^double$/ },
  INTEGER: { name: 'int', types: /int$/ },
};
const text = { name: 'text', types: /char|text|blob|binary/ };

function checkTable({ name, columns, primaryKey }: Table, all: readonly Column[], store: string): void {
  const refuse = (what: string, way = 'rename that table'): never => {
    throw new IngestError('ERR_STORE_SCHEMA', `${store} is not a Kosh store: the table ${name} ${what}`, {
      hint: `Give another database, in an empty one the tables are created; or ${way}.`,
    });
  };
  const found = all.filter((column) => column.table === name);
  const engine = found[0]?.engine ?? undefined;
  if (engine === undefined) refuse('is a view');
  else if (engine !== 'InnoDB')
    refuse(`is kept by ${engine}, without transactions`, `change it: ALTER TABLE ${name} ENGINE=InnoDB`);
  for (const { name: wanted, type } of columns) {
    const dataType = found.find((one) => one.column === wanted)?.dataType;
    const kind = kinds[type] ?? text;
    if (dataType === undefined) refuse(`has no column ${wanted}`);
    else if (!kind.types.test(dataType)) refuse(`has a column ${wanted} of the type ${dataType}, not ${kind.name}`);
  }
  const key = found.filter(({ inKey }) => inKey).map(({ column }) => column);
  if (key.length !== primaryKey.length || !primaryKey.every((column) => key.includes(column))) {
    refuse(`does not have the primary key (${primaryKey.join(', ')})`);
  }
}
