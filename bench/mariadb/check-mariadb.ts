/**
 * Looks at a store in MariaDB from outside, on one node.
 *
 *     node dist/bench/mariadb/check-mariadb.js URL [--digest]
 *
 * Prints one JSON line, a {@link MariadbCheck}.
 */
import type { Connection } from 'mariadb';
import { type Table, tables } from '../../src/stores/schema.js';
import type { StoreCheck } from '../check-store.js';
import { RowDigest, rowsByKey } from '../support/row-digest.js';
import { connectBare } from './connect.js';

/** The same as of a store in SQLite; the integrity is what `CHECK TABLE` says. */
export type MariadbCheck = Pick<StoreCheck, 'integrity' | 'danglingRows' | 'rows' | 'digests'>;

async function check(connection: Connection, withDigests: boolean): Promise<MariadbCheck> {
  const found = { integrity: 'ok', danglingRows: 0, rows: {} as Record<string, number>, digests: {} as Record<string, string> };
  for (const table of tables) {
    const [{ Msg_text: said } = { Msg_text: 'nothing' }] = await connection.query<{ Msg_text: string }[]>(
      `CHECK TABLE "${table.name}"`,
    );
    if (said !== 'OK') found.integrity = `${table.name}: ${said}`;
    found.rows[table.name] = await count(connection, `"${table.name}"`);
    for (const column of table.recordKeys) found.danglingRows += await count(connection, without(table.name, column));
    if (withDigests) found.digests[table.name] = await digest(connection, table);
  }
  const { digests, ...rest } = found;
  return withDigests ? found : rest;
}

/** Rows that name a record that is not there. */
function without(table: string, column: string): string {
  return `"${table}" t LEFT JOIN "Record" r ON r.id = t.${column} WHERE r.id IS NULL`;
}

async function count(connection: Connection, from: string): Promise<number> {
  const [row] = await connection.query<{ count: number }[]>(`SELECT count(*) AS count FROM ${from}`);
  return row?.count ?? Number.NaN;
}

async function digest(connection: Connection, table: Table): Promise<string> {
  const digest = new RowDigest(table);
  for (const row of await connection.query<unknown[][]>({ sql: rowsByKey(table), rowsAsArray: true })) digest.add(row);
  return digest.end();
}

const [url = '', flag] = process.argv.slice(2);
const { connection } = await connectBare(url);
const result = await check(connection, flag === '--digest');
await connection.end();
process.stdout.write(`${JSON.stringify(result)}\n`);
