/**
 * Writes the rows of a store that holds the notebook's records, for `LOAD DATA INFILE`: a file a table, in the order in which a loop makes the records.
 *
 *     node dist/bench/mariadb/make-rows.js FOLDER ENSEMBLES DATASETS ATTRIBUTES
 *
 * They are the rows that the floor of SQLite (`bench/floor.ts`) writes. Prints one JSON line, a {@link DataFile} for each file.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { quoteColumn, sqliteDdl, tables } from '../../src/stores/schema.js';
import { sizesFrom } from '../calls/loop.js';
import { BareLoop, insertOwnRecords, notebookUnits } from '../support/bare-loop.js';
import { type DataFile, lineOf } from './data-file.js';

const [folder = '', ...sizes] = process.argv.slice(2);
const db = new Database(':memory:');
for (const statement of sqliteDdl()) db.exec(statement);
const loop = new BareLoop((sql) => db.prepare(sql));
insertOwnRecords(loop);
for (const write of notebookUnits(loop, sizesFrom(sizes))) write();

const files: DataFile[] = [];
for (const { name, columns } of tables) {
  const names = columns.map((column) => column.name);
  const rows = db
    .prepare(`SELECT ${names.map(quoteColumn).join(', ')} FROM "${name}" ORDER BY rowid`)
    .raw()
    .all() as unknown[][];
  if (rows.length === 0) continue;
  const path = join(folder, name);
  writeFileSync(path, rows.map(lineOf).join(''));
  // The server reads it, who may be another user.
  chmodSync(path, 0o644);
  files.push({ table: name, columns: names, rows: rows.length });
}
process.stdout.write(`${JSON.stringify(files)}\n`);
