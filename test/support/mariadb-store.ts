import type { TestContext } from 'node:test';
import { type Connection, createConnection } from 'mariadb';
import { tables } from '../../src/stores/schema.js';
import { line, type Row } from './dump.js';

/** A connection from outside, closed when the test ends. Names stand in double quotes. */
export async function connectOutside(url: string, t: Pick<TestContext, 'after'>): Promise<Connection> {
  const connection = await connect(url);
  t.after(() => connection.end());
  return connection;
}

/** Every row of a store in MariaDB, as `dumpStore` writes it. */
export async function dumpMariadb(url: string): Promise<string[]> {
  const connection = await connect(url);
  try {
    const rows: string[] = [];
    for (const { name } of tables) {
      const found = await connection.query<Row[]>(`SELECT * FROM "${name}"`);
      for (const row of found) rows.push(line({ table: name, ...row }));
    }
    return rows.sort();
  } finally {
    await connection.end();
  }
}

async function connect(url: string): Promise<Connection> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    bigIntAsNumber: true,
    insertIdAsNumber: true,
    checkDuplicate: false,
    sessionVariables: { sql_mode: 'ANSI_QUOTES,STRICT_ALL_TABLES' },
  });
  connection.on('error', () => undefined);
  return connection;
}
