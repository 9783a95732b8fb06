/**
 * What a load into MariaDB is compared with: `LOAD DATA INFILE` of the same rows by the server itself, a file a table, one after the other in one session and
 * one transaction, with foreign keys checked, into the tables that the product creates.
 *
 *     node dist/bench/mariadb/load-data.js URL FOLDER FILES
 *
 * FOLDER and FILES (JSON) are those of `make-rows.js`. Creates the tables and prints one JSON line, a {@link LoadDataResult}.
 */
import { join } from 'node:path';
import type { UpsertResult } from 'mariadb';
import { mariadbDdl } from '../../src/stores/mariadb-schema.js';
import { connectBare } from './connect.js';
import { assertLoaded, type DataFile, loadStatement } from './data-file.js';

export interface LoadDataResult {
  /** From before the first LOAD DATA to the end of COMMIT. The tables are there already. */
  readonly seconds: number;
  /** What their creation took. */
  readonly schemaSeconds: number;
}

const [url = '', folder = '', given = '[]'] = process.argv.slice(2);
const files = JSON.parse(given) as DataFile[];
const { connection } = await connectBare(url);
const started = performance.now();
for (const statement of mariadbDdl()) await connection.query(statement);
const created = performance.now();
for (const file of files) {
  const from = `INFILE ${connection.escape(join(folder, file.table))}`;
  assertLoaded(await connection.query<UpsertResult>(loadStatement(from, file)), file);
}
await connection.query('COMMIT');
const ended = performance.now();
await connection.end();
const result: LoadDataResult = { seconds: (ended - created) / 1000, schemaSeconds: (created - started) / 1000 };
process.stdout.write(`${JSON.stringify(result)}\n`);
