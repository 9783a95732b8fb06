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
import { storeInfoRecord, userId, userRecord } from '../src/records/kosh.js';
import type { Datum, Relationship } from '../src/records/types.js';
import { quoteColumn, sqliteDdl, tables } from '../src/stores/schema.js';

export interface FloorResult {
  /** From before the first record is made, or the document read, to the end of COMMIT. The tables are there already. */
  readonly seconds: number;
  readonly rows: number;
}

interface PlainRecord {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, Datum>>;
}

interface PlainDocument {
  readonly records: readonly PlainRecord[];
  readonly relationships: readonly Relationship[];
}

const user = process.env.USER || 'default';

/** One prepared INSERT a table, and a count of what went through them. */
class BareLoop {
  rows = 0;
  readonly #db: Database.Database;
  readonly #record;
  readonly #relationship;
  readonly #scalar;
  readonly #scalarList;
  readonly #string;
  readonly #stringList;
  readonly #stringListEntry;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#record = this.#prepare('Record');
    this.#relationship = this.#prepare('Relationship');
    this.#scalar = this.#prepare('ScalarData');
    this.#scalarList = this.#prepare('ListScalarData');
    this.#string = this.#prepare('StringData');
    this.#stringList = this.#prepare('ListStringDataMaster');
    this.#stringListEntry = this.#prepare('ListStringDataEntry');
  }

  #prepare(name: string): Database.Statement {
    const columns = tables.find((table) => table.name === name)?.columns ?? [];
    const names = columns.map((column) => quoteColumn(column.name)).join(', ');
    return this.#db.prepare(`INSERT INTO "${name}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
  }

  insertRecord({ id, type, data }: PlainRecord, raw: string): void {
    this.#record.run(id, type, raw);
    this.rows++;
    for (const name in data) this.#insertDatum(id, name, data[name] as Datum);
  }

  #insertDatum(id: string, name: string, datum: Datum): void {
    const { value } = datum;
    const tags = datum.tags ? JSON.stringify(datum.tags) : null;
    const units = datum.units ?? null;
    this.rows++;
    if (typeof value === 'string') this.#string.run(id, name, value, tags, units);
    else if (typeof value === 'number') this.#scalar.run(id, name, value, tags, units);
    else if (isTexts(value)) {
      this.#stringList.run(id, name, tags, units);
      this.rows += value.length;
      for (let index = 0; index < value.length; index++) this.#stringListEntry.run(id, name, index, value[index]);
    } else if (isNumbers(value)) this.#scalarList.run(id, name, Math.min(...value), Math.max(...value), tags, units);
    else throw new Error(`${id}: the floor does not know the kind of datum that ${name} is`);
  }

  insertRelationship(subject: string, predicate: string, object: string): void {
    this.#relationship.run(subject, object, predicate);
    this.rows++;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && typeof value[0] === 'string';
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

/** Opens a new store, and runs `work` in one transaction together with the creation of the tables, so that both cost one sync. */
function fill(store: string, work: (loop: BareLoop) => void): FloorResult {
  const db = new Database(store);
  db.pragma('journal_mode = DELETE');
  db.pragma('synchronous = FULL');
  db.exec('BEGIN IMMEDIATE');
  for (const statement of sqliteDdl()) db.exec(statement);
  const loop = new BareLoop(db);
  const started = performance.now();
  for (const record of [storeInfoRecord(), userRecord(user), userRecord('anonymous')]) loop.insertRecord(record, record.raw);
  work(loop);
  db.exec('COMMIT');
  const seconds = (performance.now() - started) / 1000;
  db.close();
  return { seconds, rows: loop.rows };
}

/** The notebook's job: `ensembles`, each with `datasets`, each with `attributes` of its own. */
function generated(loop: BareLoop, ensembles: number, datasets: number, attributes: number): void {
  const creator = { value: userId(user) };
  const add = (id: string, type: string, data: PlainRecord['data']) => {
    const sections = { curve_sets: {}, library_data: {}, files: {}, user_defined: { kosh_information: {} } };
    loop.insertRecord({ id, type, data }, JSON.stringify({ id, type, data, ...sections }));
  };
  for (let e = 0; e < ensembles; e++) {
    const ensemble = `ensemble_${e}`;
    const shared: Record<string, Datum> = {};
    for (let k = 0; k < attributes; k++) shared[`ensemble_att_${k}`] = { value: `ensemble_${e}_attributes_${k}` };
    add(ensemble, 'kosh_ensemble', { ...shared, creator, name: { value: 'Unnamed Ensemble' } });
    for (let d = 0; d < datasets; d++) {
      const own: Record<string, Datum> = {};
      for (let k = 0; k < attributes; k++) own[`dataset_att_${k}`] = { value: `dataset_${d}_attributes_${k}` };
      const dataset = `${ensemble}_dataset_${d}`;
      add(dataset, 'dataset', { ...own, creator, name: { value: 'Unnamed Dataset' }, ...shared });
      loop.insertRelationship(dataset, 'is a member of ensemble', ensemble);
    }
  }
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
  generated: (loop) => generated(loop, ensembles, datasets, attributes),
  document: (loop) => document(loop, rest[0] ?? ''),
};
const work = jobs[job ?? ''];
if (!work || !store)
  throw new Error('usage: floor.js generated STORE ENSEMBLES DATASETS ATTRIBUTES | floor.js document STORE FILE');
process.stdout.write(`${JSON.stringify(fill(store, work))}\n`);
