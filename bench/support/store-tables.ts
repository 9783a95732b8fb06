import Database from 'better-sqlite3';
import { serverOptions } from '../../src/stores/mariadb-options.js';
import { marksTable } from '../../src/stores/mariadb-schema.js';
import { MariadbSession } from '../../src/stores/mariadb-session.js';
import { parseMariadbUrl } from '../../src/stores/mariadb-url.js';
import { quoteColumn, type Table, tables } from '../../src/stores/schema.js';
import { isOnServer } from '../../src/stores/store-location.js';

/** A row, its values in the order of the table's columns. */
export type Row = readonly unknown[];

/** The tables of a store as they are, past everything that the project makes of them. */
export interface StoreTables {
  /** All rows of a table. */
  rows(table: Table): Promise<Row[]>;
  /** What a query answers, in SQL that both engines take. */
  all(sql: string): Promise<Row[]>;
  /** What the engine complains about when it checks itself. */
  integrity(): Promise<string[]>;
  /** Rows that refer to a record that is not there. */
  foreignKeys(): Promise<string[]>;
  marks(): Promise<number>;
  close(): Promise<void>;
}

/** How many complaints of one kind are listed. */
const listed = 20;

/** Opens a store that nobody else uses any more. */
export function openTables(store: string): Promise<StoreTables> {
  return isOnServer(store) ? openMariadbTables(store) : openSqliteTables(store);
}

async function openSqliteTables(path: string): Promise<StoreTables> {
  // To be written: who was killed in a COMMIT has left a journal, which the next one who opens the store rolls back.
  const db = new Database(path, { fileMustExist: true });
  const all = (sql: string) => db.prepare(sql).raw().all() as Row[];
  return {
    rows: async (table) => all(selectAll(table)),
    all: async (sql) => all(sql),
    integrity: async () =>
      all('PRAGMA integrity_check')
        .flatMap(([said]) => (said === 'ok' ? [] : [String(said)]))
        .slice(0, listed),
    foreignKeys: async () =>
      all('PRAGMA foreign_key_check')
        .slice(0, listed)
        .map(([table, row, parent]) => `${table} row ${row} refers to no ${parent}`),
    marks: async () => 0,
    close: async () => void db.close(),
  };
}

async function openMariadbTables(url: string): Promise<StoreTables> {
  const options = serverOptions(parseMariadbUrl(url, 'store'), process.env);
  const session = await MariadbSession.open(options, { first: 0, patienceMs: 30_000 });
  const all = async (sql: string) => (await session.query(sql)).map((row) => Object.values(row));
  const checkTable = async ({ name }: Table) => {
    const [said] = (await session.query(`CHECK TABLE "${name}"`)).map(({ Msg_text }) => String(Msg_text));
    return said === 'OK' ? [] : [`${name}: ${said}`];
  };
  const danglingIn = async ({ name, recordKeys }: Table) => {
    const found = recordKeys.map((key) =>
      all(`SELECT t.${key} FROM "${name}" t LEFT JOIN "Record" r ON r.id = t.${key} WHERE r.id IS NULL LIMIT ${listed}`),
    );
    return (await Promise.all(found)).flat().map(([id]) => `${name} refers to no record ${id}`);
  };
  return {
    rows: (table) => all(selectAll(table)),
    all,
    integrity: async () => (await Promise.all(tables.map(checkTable))).flat(),
    foreignKeys: async () => (await Promise.all(tables.map(danglingIn))).flat().slice(0, listed),
    marks: async () => Number((await all(`SELECT count(*) FROM "${marksTable}"`))[0]?.[0]),
    close: () => session.close(),
  };
}

function selectAll({ name, columns }: Table): string {
  return `SELECT ${columns.map((column) => quoteColumn(column.name)).join(', ')} FROM "${name}"`;
}
