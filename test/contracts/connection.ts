import { describe, it, type TestContext } from 'node:test';
import { mergeRows } from '../../src/records/merge-rows.js';
import type { Rows, SqlValue } from '../../src/records/types.js';
import type { Connection, OpenOptions, Reader, Transaction } from '../../src/stores/connection.js';
import { mapText } from '../support/documents.js';
import { describeFind } from './connection-find.js';
import { describeJournal } from './connection-journal.js';
import { describeRows } from './connection-rows.js';
import { describeTransactions } from './connection-transactions.js';

/** A store of an engine, empty and without tables, that a test has for itself. */
export interface StoreUnderTest {
  open(options?: Partial<OpenOptions>): Promise<Connection>;
  /** Every row, as `dumpStore` writes it, seen by somebody outside. */
  dump(): Promise<string[]>;
  /** Commits a record from outside of this thread's turns, without a wait; false when the engine lets nobody commit now. */
  insertOutside(id: string): Promise<boolean>;
}

export interface EngineUnderTest {
  /** Others can commit while somebody reads. */
  readonly commitsBesideReaders: boolean;
  /** One transaction that writes keeps out all others, also those that have nothing to do with it. */
  readonly writesAlone: boolean;
  create(t: TestContext): Promise<StoreUnderTest>;
}

/** Runs a test on a connection to a new store with tables. */
export type ConnectionTest = (
  title: string,
  body: (connection: Connection, store: StoreUnderTest, t: TestContext) => Promise<void>,
  options?: Partial<OpenOptions>,
) => void;

/** What every {@link Connection} must do. */
export function describeConnection(name: string, engine: EngineUnderTest): void {
  const test: ConnectionTest = (title, body, options) =>
    it(title, { timeout: 60_000 }, async (t) => {
      const { store, connection } = await newStore(engine, t, options);
      await body(connection, store, t);
    });
  describe(`${name}: the contract of a connection`, () => {
    describeTransactions(test, engine);
    describeRows(test, engine);
    describeFind(test);
    describeJournal(test);
  });
}

/** A store with tables and a connection to it. All that is opened of it is closed when the test ends. */
export async function newStore(engine: EngineUnderTest, t: TestContext, options?: Partial<OpenOptions>) {
  const made = await engine.create(t);
  const connections: Connection[] = [];
  t.after(async () => {
    for (const connection of connections) await connection.close();
  });
  const open: StoreUnderTest['open'] = async (more) => {
    const connection = await made.open(more);
    connections.push(connection);
    return connection;
  };
  const connection = await open(options);
  await connection.transaction(() => connection.createSchema());
  return { store: { ...made, open } satisfies StoreUnderTest, connection };
}

/** The row of a bare record. */
export function bare(...ids: string[]): SqlValue[] {
  return ids.flatMap((id) => [id, 't', `{"id":${JSON.stringify(id)},"type":"t"}`]);
}

/** The rows of a record with these sections. */
export function rowsOfRecord(id: string, type: string, sections: object = {}): Rows {
  const mapped = mapText(JSON.stringify({ id, type, ...sections }));
  if (!mapped.ok) throw new Error(`no record: ${JSON.stringify(mapped.problems)}`);
  return mapped.rows;
}

export function relationshipRows(...relationships: readonly (readonly [string, string, string])[]): Rows {
  return { relationship: relationships.flatMap(([subject, predicate, object]) => [subject, object, predicate]) };
}

export async function insertAll(tx: Transaction, ...rows: Rows[]): Promise<void> {
  for (const [name, values] of mergeRows(rows)) await tx.insert(name, values);
}

/** The ids of all records, in order. */
export async function idsIn(reader: Reader): Promise<string[]> {
  const found = await reader.find({});
  const ids = (await found.page(0, found.count)).map(({ id }) => id);
  await found.close();
  return ids;
}
