import { storeInfoRecord, userId, userRecord } from '../../src/records/kosh.js';
import type { Datum } from '../../src/records/types.js';
import { quoteColumn, sqliteDdl, tables } from '../../src/stores/schema.js';

export interface PlainRecord {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, Datum>>;
}

/** What runs a statement, as `prepare` of better-sqlite3 makes it. */
export interface Runnable {
  run(...values: unknown[]): unknown;
}

/** One prepared INSERT a table, and a count of what went through them. */
export class BareLoop {
  rows = 0;
  readonly #prepareSql: (sql: string) => Runnable;
  readonly #record;
  readonly #relationship;
  readonly #scalar;
  readonly #scalarList;
  readonly #string;
  readonly #stringList;
  readonly #stringListEntry;

  constructor(prepare: (sql: string) => Runnable) {
    this.#prepareSql = prepare;
    this.#record = this.#prepare('Record');
    this.#relationship = this.#prepare('Relationship');
    this.#scalar = this.#prepare('ScalarData');
    this.#scalarList = this.#prepare('ListScalarData');
    this.#string = this.#prepare('StringData');
    this.#stringList = this.#prepare('ListStringDataMaster');
    this.#stringListEntry = this.#prepare('ListStringDataEntry');
  }

  #prepare(name: string): Runnable {
    const columns = tables.find((table) => table.name === name)?.columns ?? [];
    const names = columns.map((column) => quoteColumn(column.name)).join(', ');
    return this.#prepareSql(`INSERT INTO "${name}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
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

const user = process.env.USER || 'default';

/** What of better-sqlite3 a loop needs. */
export interface BareDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): Runnable;
}

/** Creates the tables of a store with what Kosh puts into every one, in one transaction. */
export function createBareStore(db: BareDatabase): BareLoop {
  db.exec('BEGIN IMMEDIATE');
  for (const statement of sqliteDdl()) db.exec(statement);
  const loop = new BareLoop((sql) => db.prepare(sql));
  insertOwnRecords(loop);
  db.exec('COMMIT');
  return loop;
}

/** What Kosh puts into every store. */
export function insertOwnRecords(loop: BareLoop): void {
  for (const record of [storeInfoRecord(), userRecord(user), userRecord('anonymous')]) loop.insertRecord(record, record.raw);
}

export interface NotebookSizes {
  readonly ensembles: number;
  /** In each ensemble. */
  readonly datasets: number;
  /** Own attributes of each record. */
  readonly attributes: number;
}

/**
 * The notebook's job: `ensembles`, each with `datasets`, each with `attributes` of its own. What it yields writes one record, with its relationship: the
 * caller may put a transaction around it.
 */
export function* notebookUnits(loop: BareLoop, sizes: NotebookSizes): Generator<() => void> {
  const { ensembles, datasets, attributes } = sizes;
  const creator = { value: userId(user) };
  const add = (id: string, type: string, data: PlainRecord['data']) => {
    const sections = { curve_sets: {}, library_data: {}, files: {}, user_defined: { kosh_information: {} } };
    loop.insertRecord({ id, type, data }, JSON.stringify({ id, type, data, ...sections }));
  };
  for (let e = 0; e < ensembles; e++) {
    const ensemble = `ensemble_${e}`;
    const shared: Record<string, Datum> = {};
    for (let k = 0; k < attributes; k++) shared[`ensemble_att_${k}`] = { value: `ensemble_${e}_attributes_${k}` };
    yield () => add(ensemble, 'kosh_ensemble', { ...shared, creator, name: { value: 'Unnamed Ensemble' } });
    for (let d = 0; d < datasets; d++) {
      yield () => {
        const own: Record<string, Datum> = {};
        for (let k = 0; k < attributes; k++) own[`dataset_att_${k}`] = { value: `dataset_${d}_attributes_${k}` };
        const dataset = `${ensemble}_dataset_${d}`;
        add(dataset, 'dataset', { ...own, creator, name: { value: 'Unnamed Dataset' }, ...shared });
        loop.insertRelationship(dataset, 'is a member of ensemble', ensemble);
      };
    }
  }
}
