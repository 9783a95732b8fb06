/**
 * What the load is compared with: one thread, one transaction, one prepared single-row INSERT a table, rows in natural order, with the journal mode
 * and the synchronous setting of the product and the foreign keys checked as better-sqlite3 does by default.
 *
 *     node dist/bench/floor.js generated STORE ENSEMBLES DATASETS ATTRIBUTES
 *     node dist/bench/floor.js document STORE FILE
 *
 * Creates the store and prints one JSON line, a {@link FloorResult}.
 */
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Relationship } from '../src/records/types.js';
import { sqliteDdl } from '../src/stores/schema.js';
import { BareLoop, insertOwnRecords, notebookUnits, type PlainRecord } from './support/bare-loop.js';

export interface FloorResult {
  /** From before the first record is made, or the document read, to the end of COMMIT. The tables are there already. */
  readonly seconds: number;
  readonly rows: number;
}

interface PlainDocument {
  readonly records: readonly PlainRecord[];
  readonly relationships: readonly Relationship[];
}

/** Opens a new store, and runs `work` in one transaction together with the creation of the tables, so that both cost one sync. */
function fill(store: string, work: (loop: BareLoop) => void): FloorResult {
  const db = new Database(store);
  db.pragma('journal_mode = DELETE');
  db.pragma('synchronous = FULL');
  db.exec('BEGIN IMMEDIATE');
  for (const statement of sqliteDdl()) db.exec(statement);
  const loop = new BareLoop((sql) => db.prepare(sql));
  const started = performance.now();
  insertOwnRecords(loop);
  work(loop);
  db.exec('COMMIT');
  const seconds = (performance.now() - started) / 1000;
  db.close();
  return { seconds, rows: loop.rows };
}

function document(loop: BareLoop, file: string): void {
  const { records, relationships } = JSON.parse(readFileSync(file, 'utf8')) as PlainDocument;
  const missing = { curve_sets: {}, library_data: {}, files: {}, user_defined: {} };
  for (const record of records) loop.insertRecord(record, JSON.stringify({ ...missing, ...record }));
  for (const { subject, predicate, object } of relationships) loop.insertRelationship(subject, predicate, object);
}

const [job, store = '', ...rest] = process.argv.slice(2);
const [ensembles = 0, datasets = 0, attributes = 0] = rest.map(Number);
const jobs: Readonly<Record<string, (loop: BareLoop) => void>> = {
  generated: (loop) => {
    for (const write of notebookUnits(loop, { ensembles, datasets, attributes })) write();
  },
  document: (loop) => document(loop, rest[0] ?? ''),
};
const work = jobs[job ?? ''];
if (!work || !store)
  throw new Error('usage: floor.js generated STORE ENSEMBLES DATASETS ATTRIBUTES | floor.js document STORE FILE');
process.stdout.write(`${JSON.stringify(fill(store, work))}\n`);
