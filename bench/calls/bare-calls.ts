/**
 * What the library's calls are compared with: one thread, one prepared single-row INSERT a table, one transaction a record with its relationship, in
 * the same journal mode and as durable (synchronous FULL), and the foreign keys checked.
 *
 *     node dist/bench/calls/bare-calls.js STORE MODE ENSEMBLES DATASETS ATTRIBUTES
 *
 * Creates the store and prints one JSON line, a {@link LoopResult}.
 */
import Database from 'better-sqlite3';
import { createBareStore, type NotebookSizes, notebookUnits } from '../support/bare-loop.js';
import { type JournalMode, prepareStore, usedJournalMode } from './journal-mode.js';
import { type LoopResult, sizesFrom } from './loop.js';

function run(store: string, mode: JournalMode, sizes: NotebookSizes): LoopResult {
  prepareStore(store, mode);
  const db = new Database(store);
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  const loop = createBareStore(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  let records = 0;
  const started = performance.now();
  for (const write of notebookUnits(loop, sizes)) {
    begin.run();
    write();
    commit.run();
    records++;
  }
  const seconds = (performance.now() - started) / 1000;
  const journalMode = usedJournalMode(store);
  db.close();
  return { seconds, records, journalMode };
}

const [store = '', mode = '', ...sizes] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(run(store, mode as JournalMode, sizesFrom(sizes)))}\n`);
