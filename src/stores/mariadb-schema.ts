import { IngestError } from '../errors.js';
import { type ColumnFacts, ColumnRules, collationFolds } from './column-rules.js';
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
const anyText = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin';
/** A key has 3072 bytes at most: with four for a character, the uri of 1500 does not fit into that of Document. */
const narrowText = 'CHARACTER SET latin1 COLLATE latin1_nopad_bin';

const types: Readonly<Record<string, string>> = { 'TEXT(16777216)': 'LONGTEXT', REAL: 'DOUBLE' };

/** The statements that create a store: the tables of the reference, whatever the character set of the database. */
export function mariadbDdl(): string[] {
  return [...tables.map(createTable), marksDdl];
}

export function createMarks(): string {
  return marksDdl;
}

function createTable({ name, columns, primaryKey, recordKeys, index }: Table): string {
  const lines = [
    ...columns.map((column) => {
      const type = types[column.type] ?? column.type;
      return `${quoteColumn(column.name)} ${type}${column.name === 'uri' ? ` ${narrowText}` : ''}${column.notNull ? ' NOT NULL' : ''}`;
    }),
    `PRIMARY KEY (${primaryKey.map(quoteColumn).join(', ')})`,
    ...recordKeys.map((column) => `FOREIGN KEY (${column}) REFERENCES "Record" (id) ON DELETE CASCADE`),
    ...(index ? [`INDEX ${index.name} (${index.column})`] : []),
  ];
  return `CREATE TABLE IF NOT EXISTS "${name}" (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB ${anyText}`;
}

/** What the tables of a store are like. */
export interface SchemaFacts {
  readonly kind: 'none' | 'sina';
  /** What its columns take. */
  readonly rules: ColumnRules;
  /** How the ids are compared, when different ones can be equal. */
  readonly foldedIds: FoldedIds | undefined;
}

/** A collation that takes different texts for the same, and its character set. */
export interface FoldedIds {
  readonly charset: string;
  readonly collation: string;
}

interface Column extends ColumnFacts {
  readonly collation: string | null;
  readonly engine: string | null;
  readonly inKey: number;
}

const select = `SELECT c.TABLE_NAME AS "table", c.COLUMN_NAME AS "column", c.DATA_TYPE AS dataType,
  CAST(c.CHARACTER_MAXIMUM_LENGTH AS DOUBLE) AS maxCharacters, CAST(c.CHARACTER_OCTET_LENGTH AS DOUBLE) AS maxBytes,
  c.CHARACTER_SET_NAME AS charset, c.COLLATION_NAME AS collation, c.COLUMN_KEY = 'PRI' AS inKey, t.ENGINE AS engine
  FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${tables.map(() => '?').join(', ')})`;

/**
 * Looks at the tables. One that is missing is created with the others, as Sina does; one that is there and is not Sina's is `ERR_STORE_SCHEMA`, and so is one
 * that cannot keep what a store promises: without transactions, or without the primary key.
 */
export async function readSchema(session: MariadbSession, store: string): Promise<SchemaFacts> {
  const columns = (await session.query(
    select,
    tables.map(({ name }) => name),
  )) as unknown as Column[];
  const missing = tables.filter((table) => !columns.some((column) => column.table === table.name));
  for (const table of tables) if (!missing.includes(table)) checkTable(table, columns, store);
  const id = columns.find(({ table, column }) => table === 'Record' && column === 'id');
  return {
    kind: missing.length > 0 ? 'none' : 'sina',
    rules: new ColumnRules(columns, session.facts.maxPacketBytes),
    foldedIds:
      id?.collation && id.charset && collationFolds(id.collation) ? { charset: id.charset, collation: id.collation } : undefined,
  };
}

const texts = /char|text|blob|binary/;
const numbers = /int|double|float|decimal|bit|bool/;

function checkTable({ name, columns, primaryKey }: Table, all: readonly Column[], store: string): void {
  const refuse = (what: string): never => {
    throw new IngestError('ERR_STORE_SCHEMA', `${store} is not a Kosh store: the table ${name} ${what}`, {
      hint: 'Give another database: in an empty one the tables are created. Or rename that table.',
    });
  };
  const found = all.filter((column) => column.table === name);
  const engine = found[0]?.engine;
  if (engine !== 'InnoDB')
    refuse(`is kept by ${engine ?? 'a view'}, which has no transactions: ALTER TABLE "${name}" ENGINE=InnoDB`);
  for (const { name: wanted, type } of columns) {
    const dataType = found.find((one) => one.column === wanted)?.dataType;
    const kind = /REAL|INTEGER/.test(type) ? numbers : texts;
    if (dataType === undefined) refuse(`has no column ${wanted}`);
    else if (!kind.test(dataType)) refuse(`has a column ${wanted} of the type ${dataType}`);
  }
  const key = found.filter(({ inKey }) => inKey).map(({ column }) => column);
  if (key.length !== primaryKey.length || !primaryKey.every((column) => key.includes(column))) {
    refuse(`has not the primary key (${primaryKey.join(', ')}): a record could be in it twice`);
  }
}
