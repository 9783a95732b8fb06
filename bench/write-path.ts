/**
 * What each step of the write path brings: the notebook's 10 x 1000 records written in one transaction, step upon step, from the bare loop to what the
 * store does. `node dist/bench/write-path.js [repeats]` prints a table; times are of the inserts and the COMMIT alone, medians of rounds in turn.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sortedRows } from '../src/kosh/batch.js';
import { defaultStoreInfo, userId } from '../src/records/kosh.js';
import { mergeRows } from '../src/records/merge-rows.js';
import { type InsertName, inserts, type Rows, type SqlValue } from '../src/records/types.js';
import { GeneratedSource } from '../src/sources/generated.js';
import type { Part } from '../src/sources/source.js';
import { sqliteDdl } from '../src/stores/schema.js';

interface Step {
  readonly name: string;
  readonly foreignKeys: boolean;
  readonly rowsAStatement: number;
  readonly or: '' | 'OR ROLLBACK ';
  readonly allColumns: boolean;
  readonly sorted: boolean;
}

const bare: Step = {
  name: 'bare loop: a statement a row, all columns, foreign keys on',
  foreignKeys: true,
  rowsAStatement: 1,
  or: '',
  allColumns: true,
  sorted: false,
};

const changes: readonly (Partial<Step> & Pick<Step, 'name'>)[] = [
  { name: '+ references checked once a batch', foreignKeys: false },
  { name: '+ 48 rows a statement', rowsAStatement: 48 },
  { name: '+ OR ROLLBACK: no journal for the statement', or: 'OR ROLLBACK ' },
  { name: '+ columns that are NULL left out', allColumns: false },
  { name: '+ rows in the order of their keys', sorted: true },
];

const steps: Step[] = [bare];
for (const change of changes) steps.push({ ...(steps.at(-1) ?? bare), ...change });

/** Columns that the short form of an insert leaves out. */
const longForms: Partial<Record<InsertName, InsertName>> = { string: 'stringFull', scalar: 'scalarFull' };

async function notebookParts(): Promise<Part[]> {
  const options = { ensembles: 10, datasets: 1000, attributes: 10, prefix: '', batchSize: 2000, workers: 1 };
  const source = new GeneratedSource(options, () => ({
    info: defaultStoreInfo,
    creator: userId('default'),
    ensembles: async () => new Map(),
  }));
  const parts: Part[] = [];
  for (const chunk of (await source.plan()).chunks) {
    for await (const { content } of source.units(chunk)) if (typeof content !== 'function') parts.push(content);
  }
  return parts;
}

function rowsOf(parts: readonly Part[], { sorted }: Step): Map<InsertName, SqlValue[]> {
  if (sorted) return sortedRows(parts);
  const rows: Rows[] = parts.flatMap((part) => part.records.map((record) => record.rows));
  const relationship = parts.flatMap((part) => part.relationships.flatMap((r) => [r.subject, r.object, r.predicate]));
  return mergeRows([...rows, { relationship }]);
}

/** Seconds. */
function write(path: string, rows: ReadonlyMap<InsertName, readonly SqlValue[]>, step: Step): number {
  const db = new Database(path);
  db.pragma('synchronous = FULL');
  db.pragma(`foreign_keys = ${step.foreignKeys ? 'ON' : 'OFF'}`);
  for (const statement of sqliteDdl()) db.exec(statement);
  const statements = new Map<string, Database.Statement>();
  const start = performance.now();
  db.exec('BEGIN IMMEDIATE');
  for (const [name, values] of rows) {
    const width = inserts[name].columns.length;
    const long = step.allColumns ? (longForms[name] ?? name) : name;
    const { table, columns } = inserts[long];
    const padding: null[] = new Array(columns.length - width).fill(null);
    for (let from = 0; from < values.length; from += width * step.rowsAStatement) {
      const block: SqlValue[] = [];
      for (let at = from; at < Math.min(from + width * step.rowsAStatement, values.length); at += width) {
        block.push(...values.slice(at, at + width), ...padding);
      }
      const row = `(${columns.map(() => '?').join(',')})`;
      const sql = `INSERT ${step.or}INTO "${table}" (${columns.join(',')}) VALUES ${new Array(block.length / columns.length).fill(row).join(',')}`;
      let statement = statements.get(sql);
      if (!statement) statements.set(sql, (statement = db.prepare(sql)));
      statement.run(block);
    }
  }
  db.exec('COMMIT');
  const seconds = (performance.now() - start) / 1000;
  db.close();
  return seconds;
}

const repeats = Number(process.argv[2] ?? 5);
const parts = await notebookParts();
const times = steps.map((): number[] => []);
const directory = mkdtempSync(join(process.cwd(), 'write-path-'));
try {
  for (let round = 0; round <= repeats; round++) {
    for (const [n, step] of steps.entries()) {
      const path = join(directory, `${round}-${n}.sqlite`);
      const seconds = write(path, rowsOf(parts, step), step);
      rmSync(path);
      // The first round warms up.
      if (round > 0) times[n]?.push(seconds);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const medians = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN);
console.log('| step | s | speed |\n| --- | ---: | ---: |');
for (const [n, { name }] of steps.entries()) {
  const median = medians[n] as number;
  console.log(`| ${name} | ${median.toFixed(3)} | ${((medians[0] as number) / median).toFixed(2)} x |`);
}
